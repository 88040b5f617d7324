internal import MienFFI

/// How much a live session works; ``LiveSession/setPace(_:)`` changes it while the session runs.
public struct LivePace: Sendable, Hashable, Codable {
    /// Maximum number of frames processed per second, by their timestamps, 0.1 to 240. Default 15.
    public var targetFps: Float
    /// A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels, 0 to 255; 0 skips none.
    /// Default 3.
    public var minChange: Float
    /// Whether to save energy: at most 5 frames per second are processed, each face is analyzed at most 2 times per
    /// second, and one settled face per frame. Labels then change later: a window of 5 analyses spans 2.5 s. Default
    /// `false`.
    public var lowPower: Bool

    /// Creates a pace; each value has a default.
    public init(targetFps: Float = 15, minChange: Float = 3, lowPower: Bool = false) {
        self.targetFps = targetFps
        self.minChange = minChange
        self.lowPower = lowPower
    }
}

extension LivePace {
    init(_ core: MienFFI.LivePace) {
        self.init(targetFps: core.targetFps, minChange: core.minChange, lowPower: core.lowPower)
    }

    var core: MienFFI.LivePace {
        MienFFI.LivePace(targetFps: targetFps, minChange: minChange, lowPower: lowPower)
    }
}
