internal import MienFFI

/// How faces are followed from frame to frame.
public struct TrackerOptions: Sendable, Equatable {
    /// At most so many faces are followed at a time, 1 to 32. Default 4.
    public var maxFaces: Int
    /// The detector looks at every n-th frame, 1 to 1000, every other time only around the faces
    /// that are followed. Default 5.
    public var detectEvery: Int
    /// It looks at least once in this time, microseconds, up to a minute. Default 200_000.
    public var detectWithinUs: Int
    /// A face that is not seen is remembered for so long, microseconds, up to a minute. Default 2_000_000.
    public var lostUs: Int
    /// A new track needs this detection score, 0 to 1. Default 0.7.
    public var beginScore: Float

    /// Options, each with its default unless it is given.
    public init(
        maxFaces: Int = 4,
        detectEvery: Int = 5,
        detectWithinUs: Int = 200_000,
        lostUs: Int = 2_000_000,
        beginScore: Float = 0.7
    ) {
        self.maxFaces = maxFaces
        self.detectEvery = detectEvery
        self.detectWithinUs = detectWithinUs
        self.lostUs = lostUs
        self.beginScore = beginScore
    }
}

extension TrackerOptions {
    init(_ core: MienFFI.TrackerOptions) {
        self.init(
            maxFaces: Int(core.maxFaces),
            detectEvery: Int(core.detectEvery),
            detectWithinUs: Int(core.detectWithinUs),
            lostUs: Int(core.lostUs),
            beginScore: core.beginScore
        )
    }

    func core() throws -> MienFFI.TrackerOptions {
        MienFFI.TrackerOptions(
            maxFaces: try UInt32(checked: maxFaces, "maxFaces"),
            detectEvery: try UInt32(checked: detectEvery, "detectEvery"),
            detectWithinUs: try UInt64(checked: detectWithinUs, "detectWithinUs"),
            lostUs: try UInt64(checked: lostUs, "lostUs"),
            beginScore: beginScore
        )
    }
}

/// Options of a session; immutable once it is made.
public struct StreamOptions: Sendable, Equatable {
    /// How faces are followed. Default: its defaults.
    public var tracker: TrackerOptions
    /// So many times a second each face goes through the networks, 0.1 to 240. Default 10.
    public var analyzeFps: Float
    /// At most so many settled faces are analyzed at one frame, 1 to 32. Default 2.
    public var maxAnalyses: Int
    /// The head looks at so many analyses of the track, 1 to 256. Default 5.
    public var windowFrames: Int
    /// With fewer analyses the answer counts as unsure, at most `windowFrames`. Default 3.
    public var minWindow: Int
    /// Time constant of the smoothing of probabilities, microseconds of stream time, 0 to 10 s. Default
    /// 100_000.
    public var smoothingUs: Int
    /// The label changes where another leads by this probability, 0 to 1. Default 0.1.
    public var switchMargin: Float
    /// It changes after the other has led for so long, microseconds of stream time, 0 to 10 s. Default 100_000.
    public var switchUs: Int
    /// Below this probability of the label the answer counts as unsure, 0 to 1. Default 0.5.
    public var minConfidence: Float
    /// So many good embeddings that agree settle who it is, 1 to 16. Default 3.
    public var settleFrames: Int
    /// A settled identity is asked again after so long, microseconds, up to a minute. Default 1_000_000.
    public var identifyEveryUs: Int

    /// Options, each with its default unless it is given.
    public init(
        tracker: TrackerOptions = TrackerOptions(),
        analyzeFps: Float = 10,
        maxAnalyses: Int = 2,
        windowFrames: Int = 5,
        minWindow: Int = 3,
        smoothingUs: Int = 100_000,
        switchMargin: Float = 0.1,
        switchUs: Int = 100_000,
        minConfidence: Float = 0.5,
        settleFrames: Int = 3,
        identifyEveryUs: Int = 1_000_000
    ) {
        self.tracker = tracker
        self.analyzeFps = analyzeFps
        self.maxAnalyses = maxAnalyses
        self.windowFrames = windowFrames
        self.minWindow = minWindow
        self.smoothingUs = smoothingUs
        self.switchMargin = switchMargin
        self.switchUs = switchUs
        self.minConfidence = minConfidence
        self.settleFrames = settleFrames
        self.identifyEveryUs = identifyEveryUs
    }
}

extension StreamOptions {
    init(_ core: MienFFI.StreamOptions) {
        self.init(
            tracker: TrackerOptions(core.tracker),
            analyzeFps: core.analyzeFps,
            maxAnalyses: Int(core.maxAnalyses),
            windowFrames: Int(core.windowFrames),
            minWindow: Int(core.minWindow),
            smoothingUs: Int(core.smoothingUs),
            switchMargin: core.switchMargin,
            switchUs: Int(core.switchUs),
            minConfidence: core.minConfidence,
            settleFrames: Int(core.settleFrames),
            identifyEveryUs: Int(core.identifyEveryUs)
        )
    }

    func core() throws -> MienFFI.StreamOptions {
        MienFFI.StreamOptions(
            tracker: try tracker.core(),
            analyzeFps: analyzeFps,
            maxAnalyses: try UInt32(checked: maxAnalyses, "maxAnalyses"),
            windowFrames: try UInt32(checked: windowFrames, "windowFrames"),
            minWindow: try UInt32(checked: minWindow, "minWindow"),
            smoothingUs: try UInt64(checked: smoothingUs, "smoothingUs"),
            switchMargin: switchMargin,
            switchUs: try UInt64(checked: switchUs, "switchUs"),
            minConfidence: minConfidence,
            settleFrames: try UInt32(checked: settleFrames, "settleFrames"),
            identifyEveryUs: try UInt64(checked: identifyEveryUs, "identifyEveryUs")
        )
    }
}
