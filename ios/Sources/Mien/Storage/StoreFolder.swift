import Foundation

/// The folder of a store and its files, as far as the library looks after them outside the core.
struct StoreFolder {
    private let folder: URL
    private let files = FileManager.default

    init(_ folder: URL) {
        self.folder = folder
    }

    /// `Mien` in the application's support folder.
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

    /// Makes the folder if it is missing, and keeps it out of backups and from a locked device: one that is made here,
    /// or, for `protecting`, any.
    func make(protecting: Bool) throws {
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
            throw EmotionError.storage("the store's folder cannot be made or protected (\((error as NSError).code))")
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

    /// Whether a store is here.
    var holdsStore: Bool {
        files.fileExists(atPath: path(Self.store))
    }

    /// Renames the store's files, so that a store can be begun here and nothing is deleted.
    func setAside() throws {
        let names = [Self.store, Self.fresh]
        let free = (1...).first { number in
            names.allSatisfy { !files.fileExists(atPath: path($0 + Self.lost + "\(number)")) }
        }
        guard let free else { return }
        do {
            // The store itself last: a crash before that leaves it to be renamed at the next opening.
            for name in names.reversed() where files.fileExists(atPath: path(name)) {
                try files.moveItem(atPath: path(name), toPath: path(name + Self.lost + "\(free)"))
            }
        } catch {
            throw EmotionError.storage("the files of the store cannot be renamed (\((error as NSError).code))")
        }
    }

    /// The files that were set aside, by name.
    func lostStores() throws -> [URL] {
        guard files.fileExists(atPath: folder.path) else { return [] }
        do {
            return try files.contentsOfDirectory(atPath: folder.path)
                .filter { name in [Self.store, Self.fresh].contains { name.hasPrefix($0 + Self.lost) } }
                .sorted().map { folder.appendingPathComponent($0) }
        } catch {
            throw EmotionError.storage("the folder of the store cannot be read (\((error as NSError).code))")
        }
    }

    /// Deletes the files that were set aside.
    func deleteLostStores() throws {
        for file in try lostStores() {
            do {
                try files.removeItem(at: file)
            } catch {
                throw EmotionError.storage("a lost store cannot be deleted (\((error as NSError).code))")
            }
        }
    }

    /// Does `work` while nobody else does any here, in this process or another.
    func locked<Value>(_ work: () throws -> Value) throws -> Value {
        let file = open(path(Self.lock), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw EmotionError.storage("the folder of the store cannot be used at present (\(errno))")
        }
        // Closing lets go of the lock. A file system without locks serves one process at a time.
        defer { close(file) }
        while flock(file, LOCK_EX) != 0, errno == EINTR {}
        return try work()
    }

    private func path(_ name: String) -> String {
        folder.appendingPathComponent(name).path
    }

    /// The store's file, as the core calls it.
    private static let store = "users.mien"
    /// A file that was to take its place.
    private static let fresh = "users.mien.new"
    /// What stands behind their names, with a number, once their key is lost.
    private static let lost = ".lost-"
    private static let lock = "store.lock"
}
