import Foundation

/// The folder of a store, outside the core.
struct StoreFolder {
    private let folder: URL
    private let files = FileManager.default

    init(_ folder: URL) {
        self.folder = folder
    }

    /// `Mien` in the Application Support folder of the application.
    static var ofApplication: URL {
        var folder =
            FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask).first
            ?? URL(fileURLWithPath: NSHomeDirectory()).appendingPathComponent("Library/Application Support")
        #if !os(iOS)
        // Outside a sandbox all applications share the folder.
        folder.appendPathComponent(Bundle.main.bundleIdentifier ?? ProcessInfo.processInfo.processName)
        #endif
        return folder.appendingPathComponent("Mien", isDirectory: true)
    }

    /// Creates the folder if it is missing, and excludes it from backups and from access on a locked device: if it is
    /// created here, or, with `protecting`, always.
    func make(protecting: Bool) throws(MienError) {
        let isThere = files.fileExists(atPath: folder.path)
        guard protecting || !isThere else { return }
        do {
            if !isThere {
                try files.createDirectory(
                    at: folder.deletingLastPathComponent(), withIntermediateDirectories: true, attributes: nil)
                try files.createDirectory(
                    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
            try protect()
        } catch {
            throw MienError(.storage, "the store's folder cannot be created or protected (\((error as NSError).code))")
        }
    }

    private func protect() throws {
        #if os(iOS)
        try files.setAttributes(
            [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication], ofItemAtPath: folder.path)
        #endif
        #if canImport(Darwin)
        var (values, protected) = (URLResourceValues(), folder)
        values.isExcludedFromBackup = true
        try protected.setResourceValues(values)
        #endif
    }

    /// Runs `work` while nobody else runs any for this folder, in this process or another.
    func locked<Value>(_ work: () throws -> Value) throws -> Value {
        let file = open(folder.appendingPathComponent(Self.lock).path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw MienError(.storage, "the folder of the store cannot be locked (errno \(errno))")
        }
        // Closing releases the lock. A file system without locks serves one process at a time.
        defer { close(file) }
        while flock(file, LOCK_EX) != 0, errno == EINTR {}
        return try work()
    }

    private static let lock = "store.lock"
}
