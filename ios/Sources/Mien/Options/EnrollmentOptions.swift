internal import MienFFI

/// Options of an enrollment.
public struct EnrollmentOptions: Sendable, Equatable {
    /// Number of accepted frames at which the enrollment is complete, `minFrames` to `maxFrames`. Default 5.
    public var targetFrames: Int
    /// Minimum number of accepted frames, 1 and up; with fewer no user is enrolled. Default 1.
    public var minFrames: Int
    /// Maximum number of accepted frames, up to 20. Default 10.
    public var maxFrames: Int
    /// Minimum difference to each accepted frame, 0 to 2: 1 minus the cosine of the embeddings. Default 0.01.
    public var minDifference: Float
    /// Whether the person was asked and says that all frames show one person. Then frames that look like somebody else
    /// are accepted too, except those that resemble another enrolled user. Default false.
    public var samePerson: Bool

    /// Creates options; each has a default.
    public init(
        targetFrames: Int = 5,
        minFrames: Int = 1,
        maxFrames: Int = 10,
        minDifference: Float = 0.01,
        samePerson: Bool = false
    ) {
        self.targetFrames = targetFrames
        self.minFrames = minFrames
        self.maxFrames = maxFrames
        self.minDifference = minDifference
        self.samePerson = samePerson
    }
}

extension EnrollmentOptions {
    init(_ core: MienFFI.EnrollmentOptions) {
        self.init(
            targetFrames: Int(core.targetFrames),
            minFrames: Int(core.minFrames),
            maxFrames: Int(core.maxFrames),
            minDifference: core.minDifference,
            samePerson: core.samePerson
        )
    }

    func core() throws -> MienFFI.EnrollmentOptions {
        MienFFI.EnrollmentOptions(
            targetFrames: try UInt32(checked: targetFrames, "targetFrames"),
            minFrames: try UInt32(checked: minFrames, "minFrames"),
            maxFrames: try UInt32(checked: maxFrames, "maxFrames"),
            minDifference: minDifference,
            samePerson: samePerson
        )
    }
}
