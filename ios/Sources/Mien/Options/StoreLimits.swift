internal import MienFFI

/// How much a store may hold; what is there already stays readable under lower limits.
public struct StoreLimits: Sendable, Equatable {
    /// Users. Default 100.
    public var users: Int
    /// Embeddings of a user. Default 256.
    public var embeddings: Int
    /// Bytes of all that is kept, in pages of 4096. Default 536_870_912.
    public var storeBytes: Int
    /// Bytes of a file that a user is imported from. Default 268_435_456.
    public var importBytes: Int

    /// Options, each with its default unless it is given.
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
