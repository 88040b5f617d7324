public import Foundation

/// Where an engine keeps its users.
public enum StoreLocation: Sendable, Hashable {
    /// Nowhere: nobody is known, nothing is kept.
    case none
    /// A folder `Mien` in the application's support folder. It has no part in backups, because users' faces shall
    /// not leave the device, and on iOS its files can be opened only after the device was unlocked once since it
    /// started.
    case application
    /// A folder of the application's choice, which is made where it is missing and left as it is otherwise.
    case folder(URL)
}

extension StoreLocation {
    /// The folder, made and protected; `nil` for none.
    func prepared() throws -> URL? {
        switch self {
        case .none:
            return nil
        case .folder(let folder):
            return folder
        case .application:
            return try applicationFolder()
        }
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
            throw EmotionError.storage("the application's support folder cannot be used: \(error.localizedDescription)")
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
