internal import MienFFI

/// How an enrolment goes.
public struct EnrolmentOptions: Sendable, Equatable {
    /// Frames after which the user is known well. Default 5.
    public var wanted: Int
    /// Frames without which there is no user, 1 and up. Default 1.
    public var least: Int
    /// Frames after which no more are taken, at most 20. Default 10.
    public var most: Int
    /// How much a frame must differ from each one taken: 1 less the cosine of the embeddings. Default 0.01.
    public var leastDifference: Float

    /// Options, each with its default unless it is given.
    public init(
        wanted: Int = 5,
        least: Int = 1,
        most: Int = 10,
        leastDifference: Float = 0.01
    ) {
        self.wanted = wanted
        self.least = least
        self.most = most
        self.leastDifference = leastDifference
    }
}

extension EnrolmentOptions {
    init(_ core: MienFFI.EnrolmentOptions) {
        self.init(
            wanted: Int(core.wanted),
            least: Int(core.least),
            most: Int(core.most),
            leastDifference: core.leastDifference
        )
    }

    func core() throws -> MienFFI.EnrolmentOptions {
        MienFFI.EnrolmentOptions(
            wanted: try UInt32(checked: wanted, "wanted"),
            least: try UInt32(checked: least, "least"),
            most: try UInt32(checked: most, "most"),
            leastDifference: leastDifference
        )
    }
}
