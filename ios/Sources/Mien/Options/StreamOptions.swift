internal import MienFFI

/// Options of the tracker, which follows faces from frame to frame.
public struct TrackerOptions: Sendable, Equatable {
    /// Maximum number of faces that are followed at a time, 1 to 32. Default 4.
    public var maxFaces: Int
    /// The detector runs on every n-th frame, 1 to 1000; every other time it runs only around the followed faces.
    /// Default 5.
    public var detectEvery: Int
    /// Maximum time between detections, microseconds, up to a minute. Default 200,000.
    public var detectWithinUs: Int
    /// Time that an unseen face is remembered, microseconds, up to a minute. Default 2,000,000.
    public var lostUs: Int
    /// Minimum detection score of a new track, 0 to 1. Default 0.7.
    public var beginScore: Float

    /// Creates options; each has a default.
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

/// Options of a session; immutable after creation.
public struct StreamOptions: Sendable, Equatable {
    /// Options of the tracker.
    public var tracker: TrackerOptions
    /// Number of analyses of each face per second, 0.1 to 240. Default 10.
    public var analyzeFps: Float
    /// Maximum number of settled faces analyzed in one frame, 1 to 32; the others wait for the next frame, the
    /// longest waiting first. Default 2.
    public var maxAnalyses: Int
    /// Number of the last analyses of a track that the head reads, 1 to 256. Default 5.
    public var windowFrames: Int
    /// Minimum number of analyses, 1 to `windowFrames`; with fewer the answer is unsure. Default 3.
    public var minWindow: Int
    /// Time constant of the smoothing of probabilities, microseconds of stream time, 0 to 10 s; 0 disables smoothing.
    /// Default 100,000.
    public var smoothingUs: Int
    /// Probability by which another label must lead before the label changes, 0 to 1. Default 0.1.
    public var switchMargin: Float
    /// Time that another label must lead before the label changes, microseconds of stream time, 0 to 10 s. Default
    /// 100,000.
    public var switchUs: Int
    /// Minimum probability of the label, 0 to 1; below it the answer is unsure. Default 0.5.
    public var minConfidence: Float
    /// Number of agreeing good embeddings that settle an identity, 1 to 16. Default 3.
    public var settleFrames: Int
    /// Re-identification interval of a settled identity, microseconds, up to a minute. Default 1,000,000.
    public var identifyEveryUs: Int
    /// How long speech goes on counting after its end, microseconds, up to a minute. Default 1,000,000.
    public var speechHoldUs: Int

    /// Creates options; each has a default.
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
        identifyEveryUs: Int = 1_000_000,
        speechHoldUs: Int = 1_000_000
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
        self.speechHoldUs = speechHoldUs
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
            identifyEveryUs: Int(core.identifyEveryUs),
            speechHoldUs: Int(core.speechHoldUs)
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
            identifyEveryUs: try UInt64(checked: identifyEveryUs, "identifyEveryUs"),
            speechHoldUs: try UInt64(checked: speechHoldUs, "speechHoldUs")
        )
    }
}
