internal import MienFFI

/// How an enrollment goes.
public struct EnrollmentOptions: Sendable, Equatable {
    /// Frames after which the user is known well. Default 5.
    public var targetFrames: Int
    /// Frames without which there is no user, 1 and up. Default 1.
    public var minFrames: Int
    /// Frames after which no more are taken, at most 20. Default 10.
    public var maxFrames: Int
    /// How much a frame must differ from each one taken: 1 less the cosine of the embeddings. Default 0.01.
    public var minDifference: Float

    /// Options, each with its default unless it is given.
    public init(
        targetFrames: Int = 5,
        minFrames: Int = 1,
        maxFrames: Int = 10,
        minDifference: Float = 0.01
    ) {
        self.targetFrames = targetFrames
        self.minFrames = minFrames
        self.maxFrames = maxFrames
        self.minDifference = minDifference
    }
}

extension EnrollmentOptions {
    init(_ core: MienFFI.EnrollmentOptions) {
        self.init(
            targetFrames: Int(core.targetFrames),
            minFrames: Int(core.minFrames),
            maxFrames: Int(core.maxFrames),
            minDifference: core.minDifference
        )
    }

    func core() throws -> MienFFI.EnrollmentOptions {
        MienFFI.EnrollmentOptions(
            targetFrames: try UInt32(checked: targetFrames, "targetFrames"),
            minFrames: try UInt32(checked: minFrames, "minFrames"),
            maxFrames: try UInt32(checked: maxFrames, "maxFrames"),
            minDifference: minDifference
        )
    }
}
