public import Foundation
internal import MienFFI

/// Where an engine keeps its users, and how they are encrypted. Leaving them unencrypted has to be said.
public struct StoreLocation: Sendable {
    /// The store's folder. To delete everything, delete it while no engine has the store open.
    public let folder: URL
    /// How much the store may hold.
    public let limits: StoreLimits

    private let encryption: Encryption
    /// Whether the folder is the library's to look after, whoever made it.
    private var isOwn = false

    private enum Encryption {
        case key(StoreKey)
        case vault(KeyVault)
        case none
    }

    /// A folder of the application's choice, encrypted with a key that the application keeps. Opening it throws
    /// ``EmotionError/wrongKey(_:)`` for another key and for a store that is not encrypted.
    ///
    /// A folder that is missing is made for this user alone, has no part in backups, and on iOS can be read after the
    /// device was unlocked once since it started (file protection `completeUntilFirstUserAuthentication`); one that is
    /// there keeps the protection that it has.
    public init(folder: URL, key: StoreKey, limits: StoreLimits = StoreLimits()) {
        (self.folder, encryption, self.limits) = (folder, .key(key), limits)
    }

    /// The folder of `vault`, encrypted with the random key that the vault makes and keeps. A store there that is not
    /// encrypted yet is encrypted when it is opened. The folder is made as for a key of the application.
    public init(vault: KeyVault, limits: StoreLimits = StoreLimits()) {
        (folder, encryption, self.limits) = (vault.folder, .vault(vault), limits)
    }

    /// A folder of the application's choice, not encrypted: whoever can read the device's files can read faces, names and
    /// timelines. Opening it throws ``EmotionError/wrongKey(_:)`` for a store that is encrypted. The folder is made as for
    /// a key of the application.
    public static func unencrypted(folder: URL, limits: StoreLimits = StoreLimits()) -> StoreLocation {
        StoreLocation(folder: folder, limits: limits, encryption: .none)
    }

    /// A folder `Mien` in the application's support folder, encrypted with a random key in the Keychain's entry `store` of
    /// the service `mien`.
    ///
    /// The folder has no part in backups, because users' faces shall not leave the device, and on iOS it can be read after
    /// the device was unlocked once since it started (file protection `completeUntilFirstUserAuthentication`).
    ///
    /// - Parameters:
    ///   - encrypted: whether the store is encrypted. `false` as ``unencrypted(folder:limits:)``.
    ///   - onKeyLoss: what to do if the Keychain lost the key.
    ///   - limits: how much the store may hold.
    public static func application(
        encrypted: Bool = true, onKeyLoss: KeyLoss = .refuse, limits: StoreLimits = StoreLimits()
    ) -> StoreLocation {
        let folder = StoreFolder.ofApplication
        let vault = KeyVault(folder: folder, keeper: Keychain("store"), onLoss: onKeyLoss)
        return StoreLocation(
            folder: folder, limits: limits, encryption: encrypted ? .vault(vault) : .none, isOwn: true)
    }

    private init(folder: URL, limits: StoreLimits, encryption: Encryption, isOwn: Bool = false) {
        (self.folder, self.limits, self.encryption, self.isOwn) = (folder, limits, encryption, isOwn)
    }

    /// The key that the application keeps; `nil` if a vault does, or there is none.
    public var key: StoreKey? {
        if case .key(let key) = encryption { key } else { nil }
    }

    /// The files of stores that were set aside because their key was lost (``KeyLoss/startOver``), by name. They are
    /// encrypted, and open again only if the key turns up.
    ///
    /// - Throws: ``EmotionError/storage(_:)`` if the folder cannot be read.
    public func lostStores() throws -> [URL] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try bridged { try MienFFI.lostStores(folder: folder.path).map(folder.appendingPathComponent) }
    }

    /// Deletes ``lostStores()``.
    ///
    /// - Throws: ``EmotionError/storage(_:)`` if one cannot be deleted.
    public func deleteLostStores() throws {
        for file in try lostStores() {
            do {
                try FileManager.default.removeItem(at: file)
            } catch {
                throw EmotionError.storage("a lost store cannot be deleted (\((error as NSError).code))")
            }
        }
    }
}

extension StoreLocation {
    /// The vault that keeps the store's key; `nil` if none does.
    var vault: KeyVault? {
        if case .vault(let vault) = encryption { vault } else { nil }
    }

    /// As ``EmotionEngine/salvage(_:)``.
    func salvage() throws -> SalvageReport {
        let path = folder.path
        func with(_ key: StoreKey?) throws -> SalvageReport {
            SalvageReport(try bridged { try salvageStore(folder: path, key: key?.secretBytes ?? Data()) })
        }
        switch encryption {
        case .none: return try with(nil)
        case .key(let key): return try with(key)
        case .vault(let vault):
            return try StoreFolder(folder).locked {
                // The store's state cannot be asked for: it is damaged.
                var refusal: EmotionError?
                for key in try vault.keys() ?? [] {
                    do {
                        return try with(key)
                    } catch EmotionError.wrongKey(let text) {
                        refusal = .wrongKey(text)
                    }
                }
                do {
                    return try with(nil)
                } catch EmotionError.wrongKey(let text) {
                    throw refusal ?? .wrongKey(text)
                }
            }
        }
    }

    /// An engine whose users are here.
    func open(_ pack: MienFFI.ModelPack, _ options: MienFFI.EngineOptions) throws -> OpenStore {
        let files = StoreFolder(folder)
        try files.make(protecting: isOwn)
        let (path, limits) = (folder.path, try limits.core())
        return try bridged {
            switch encryption {
            case .vault(let vault):
                try OpenStore(files, vault) { key in
                    try Engine.withEncryptedStoreOrPlain(
                        pack: pack, options: options, folder: path, key: key.secretBytes, limits: limits)
                }
            case .key(let key):
                OpenStore(
                    core: try Engine.withEncryptedStore(
                        pack: pack, options: options, folder: path, key: key.secretBytes, limits: limits))
            case .none:
                OpenStore(
                    core: try Engine.withStore(pack: pack, options: options, folder: path, limits: limits))
            }
        }
    }
}
