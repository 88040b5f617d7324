public import Foundation
internal import MienFFI

/// The location of a store: encrypted with a key of the application or of a ``KeyVault``, or explicitly unencrypted.
public struct StoreLocation: Sendable {
    /// The folder of the store. To delete the data of all users, delete it while no engine has the store open.
    public let folder: URL
    /// Maximum sizes of the store.
    public let limits: StoreLimits

    private let encryption: Encryption
    /// Whether the library protects the folder even if it exists.
    private var isOwn = false

    private enum Encryption {
        case key(StoreKey)
        case vault(KeyVault)
        case none
    }

    /// A store in a folder of the application, encrypted with a key that the application keeps. Opening it throws
    /// ``ErrorCode/wrongKey`` for a wrong key and for an unencrypted store.
    ///
    /// A missing folder is created with access for this user only, is excluded from backups, and on iOS can be read
    /// after the first unlock since the device started (file protection `completeUntilFirstUserAuthentication`); an
    /// existing folder keeps its protection.
    public init(folder: URL, key: StoreKey, limits: StoreLimits = StoreLimits()) {
        (self.folder, encryption, self.limits) = (folder, .key(key), limits)
    }

    /// A store in the folder of the vault, encrypted with the random key that the vault creates and keeps. An
    /// unencrypted store is encrypted when it is opened. A missing folder is created as for
    /// ``init(folder:key:limits:)``.
    public init(vault: KeyVault, limits: StoreLimits = StoreLimits()) {
        (folder, encryption, self.limits) = (vault.folder, .vault(vault), limits)
    }

    /// A store that is **not** encrypted: everybody who can read the files of the device can read faces, names and
    /// timelines. Opening it throws ``ErrorCode/wrongKey`` for an encrypted store. A missing folder is created
    /// as for ``init(folder:key:limits:)``.
    public static func unencrypted(folder: URL, limits: StoreLimits = StoreLimits()) -> StoreLocation {
        StoreLocation(folder: folder, limits: limits, encryption: .none)
    }

    /// A store in the folder `Mien` of Application Support, encrypted with a random key in the Keychain (entry
    /// `store` of the service `mien`).
    ///
    /// The folder is excluded from backups, because users' faces must not leave the device, and on iOS it can be read
    /// after the first unlock since the device started (file protection `completeUntilFirstUserAuthentication`).
    ///
    /// - Parameters:
    ///   - isEncrypted: whether the store is encrypted; `false`: as in ``unencrypted(folder:limits:)``.
    ///   - onKeyLoss: what to do if the Keychain lost the key.
    ///   - limits: maximum sizes of the store.
    public static func application(
        isEncrypted: Bool = true, onKeyLoss: KeyLoss = .refuse, limits: StoreLimits = StoreLimits()
    ) -> StoreLocation {
        let folder = StoreFolder.ofApplication
        let vault = KeyVault(folder: folder, keeper: Keychain("store"), onLoss: onKeyLoss)
        return StoreLocation(
            folder: folder, limits: limits, encryption: isEncrypted ? .vault(vault) : .none, isOwn: true)
    }

    private init(folder: URL, limits: StoreLimits, encryption: Encryption, isOwn: Bool = false) {
        (self.folder, self.limits, self.encryption, self.isOwn) = (folder, limits, encryption, isOwn)
    }

    /// The key that the application keeps; `nil` if a vault keeps it, or there is none.
    public var key: StoreKey? {
        if case .key(let key) = encryption { key } else { nil }
    }

    /// Lists the files of stores that were set aside because their key was lost (``KeyLoss/startOver``), by name.
    /// They are encrypted, and open again only if the key is found.
    ///
    /// - Throws: ``ErrorCode/storage`` if the folder cannot be read.
    public func lostStores() throws(MienError) -> [URL] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try bridged { try MienFFI.lostStores(folder: folder.path).map(folder.appendingPathComponent) }
    }

    /// Deletes ``lostStores()``.
    ///
    /// - Throws: ``ErrorCode/storage`` if one cannot be deleted.
    public func deleteLostStores() throws(MienError) {
        for file in try lostStores() {
            do {
                try FileManager.default.removeItem(at: file)
            } catch {
                throw MienError(.storage, "a lost store cannot be deleted (\((error as NSError).code))")
            }
        }
    }
}

extension StoreLocation {
    /// The vault that keeps the key of the store; `nil` if there is none.
    var vault: KeyVault? {
        if case .vault(let vault) = encryption { vault } else { nil }
    }

    /// See ``EmotionEngine/salvage(_:)``.
    func salvage() throws -> SalvageReport {
        let path = folder.path
        func with(_ key: StoreKey?) throws(MienError) -> SalvageReport {
            SalvageReport(try bridged { try salvageStore(folder: path, key: key?.secretBytes ?? Data()) })
        }
        switch encryption {
        case .none: return try with(nil)
        case .key(let key): return try with(key)
        case .vault(let vault):
            return try StoreFolder(folder).locked {
                // The state of the store cannot be read: it is damaged.
                var refusal: MienError?
                for key in try vault.keys() ?? [] {
                    do {
                        return try with(key)
                    } catch let error as MienError where error.code == .wrongKey {
                        refusal = error
                    }
                }
                do {
                    return try with(nil)
                } catch let error as MienError where error.code == .wrongKey {
                    throw refusal ?? error
                }
            }
        }
    }

    /// Opens an engine with this store.
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
