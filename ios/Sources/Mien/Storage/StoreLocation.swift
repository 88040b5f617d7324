public import Foundation
internal import MienFFI

/// Where an engine keeps its users.
public struct StoreLocation: Sendable, Equatable {
    /// The store's folder; `nil` for the application's own.
    let folder: URL?
    /// The key that the store is encrypted with; `nil` for a store that is not.
    public let key: StoreKey?
    /// How much the store may hold.
    public let limits: StoreLimits

    /// A folder of the application's choice, which is made where it is missing and left as it is otherwise.
    public init(folder: URL, key: StoreKey? = nil, limits: StoreLimits = StoreLimits()) {
        self.init(place: folder, key: key, limits: limits)
    }

    /// A folder `Mien` in the application's support folder. It has no part in backups, because users' faces shall
    /// not leave the device, and on iOS its files can be opened only after the device was unlocked once since it
    /// started.
    public static func application(key: StoreKey? = nil, limits: StoreLimits = StoreLimits()) -> StoreLocation {
        StoreLocation(place: nil, key: key, limits: limits)
    }

    private init(place: URL?, key: StoreKey?, limits: StoreLimits) {
        (folder, self.key, self.limits) = (place, key, limits)
    }
}

extension StoreLocation {
    /// An engine whose users are here.
    func engine(_ pack: MienFFI.ModelPack, _ options: MienFFI.EngineOptions) throws -> Engine {
        let path = try (folder ?? applicationFolder()).path
        guard let key else {
            return try Engine.withStore(pack: pack, options: options, folder: path, limits: limits.core())
        }
        return try Engine.withEncryptedStore(
            pack: pack, options: options, folder: path, key: key.bytes, limits: limits.core())
    }

    private func applicationFolder() throws -> URL {
        do {
            let files = FileManager.default
            let support = try files.url(
                for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
            var folder = support
            #if !os(iOS)
            // Outside a sandbox all applications share the folder.
            folder.appendPathComponent(Bundle.main.bundleIdentifier ?? ProcessInfo.processInfo.processName)
            #endif
            folder.appendPathComponent("Mien", isDirectory: true)
            try files.createDirectory(at: folder, withIntermediateDirectories: true, attributes: Self.protection)
            #if canImport(Darwin)
            var values = URLResourceValues()
            values.isExcludedFromBackup = true
            try folder.setResourceValues(values)
            #endif
            return folder
        } catch {
            let message = "the application's support folder cannot be used"
            throw EmotionError.storage(ErrorText(message, details: "\(message): \(error.localizedDescription)"))
        }
    }

    #if os(iOS)
    private static var protection: [FileAttributeKey: Any]? {
        [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication]
    }
    #else
    private static var protection: [FileAttributeKey: Any]? { nil }
    #endif
}
