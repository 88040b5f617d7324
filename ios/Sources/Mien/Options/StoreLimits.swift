internal import MienFFI

/// Maximum sizes of a store. Stored data stays readable under lower limits.
public struct StoreLimits: Sendable, Equatable {
    /// Maximum number of users. Default 100.
    public var users: Int
    /// Maximum number of embeddings per user. Default 256.
    public var embeddings: Int
    /// Maximum size of all stored data, bytes in pages of 4096. Default 512 MiB.
    public var storeBytes: Int
    /// Maximum size of a file that a user is imported from, bytes. Default 256 MiB.
    public var importBytes: Int

    /// Creates options; each has a default.
    public init(
        users: Int = 100,
        embeddings: Int = 256,
        storeBytes: Int = 536_870_912,
        importBytes: Int = 268_435_456
    ) {
        self.users = users
        self.embeddings = embeddings
        self.storeBytes = storeBytes
        self.importBytes = importBytes
    }
}

extension StoreLimits {
    init(_ core: MienFFI.StoreLimits) {
        self.init(
            users: Int(core.users),
            embeddings: Int(core.embeddings),
            storeBytes: Int(core.storeBytes),
            importBytes: Int(core.importBytes)
        )
    }

    func core() throws -> MienFFI.StoreLimits {
        MienFFI.StoreLimits(
            users: try UInt32(checked: users, "users"),
            embeddings: try UInt32(checked: embeddings, "embeddings"),
            storeBytes: try UInt64(checked: storeBytes, "storeBytes"),
            importBytes: try UInt64(checked: importBytes, "importBytes")
        )
    }
}
