// Written by `make contract` from the declarations in Rust; edit those.

public import Foundation
internal import MienFFI

/// Options of the face detector.
public struct DetectorOptions: Sendable, Hashable, Codable {
    /// Side of the square that the frame is fitted into, pixels: a multiple of 32. Smaller is faster and misses small
    /// faces (below about 10 pixels in the square). Range: 96 to 1280. Default: 320.
    public var size: Int
    /// Minimum detection score of a face. Range: 0 to 1. Default: 0.6.
    public var score: Float
    /// Maximum intersection over union of two boxes; above it the box with the lower score is dropped. Range: 0 to 1.
    /// Default: 0.3.
    public var overlap: Float
    /// Maximum number of faces, those with the best scores. Range: 1 to 1000. Default: 20.
    public var maxFaces: Int

    /// Creates options; each has a default.
    public init(
        size: Int = 320,
        score: Float = 0.6,
        overlap: Float = 0.3,
        maxFaces: Int = 20
    ) {
        self.size = size
        self.score = score
        self.overlap = overlap
        self.maxFaces = maxFaces
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        size = try values.decodeIfPresent(Int.self, forKey: .size) ?? size
        score = try values.decodeIfPresent(Float.self, forKey: .score) ?? score
        overlap = try values.decodeIfPresent(Float.self, forKey: .overlap) ?? overlap
        maxFaces = try values.decodeIfPresent(Int.self, forKey: .maxFaces) ?? maxFaces
    }
}

extension DetectorOptions {
    func core() throws(MienError) -> MienFFI.DetectorOptions {
        MienFFI.DetectorOptions(
            size: try UInt32(checked: size, "size"),
            score: score,
            overlap: overlap,
            maxFaces: try UInt32(checked: maxFaces, "maxFaces")
        )
    }
}

/// Limits that a usable face must keep.
public struct QualityLimits: Sendable, Hashable, Codable {
    /// Minimum distance between the eyes, pixels. Range: 0 or more. Default: 18.
    public var eyeDistance: Float
    /// Maximum turn to either side, degrees. Range: 0 or more. Default: 40.
    public var yaw: Float
    /// Maximum nod up or down, degrees. Range: 0 or more. Default: 35.
    public var pitch: Float
    /// Maximum tilt to either side, degrees. Range: 0 or more. Default: 45.
    public var roll: Float
    /// Minimum sharpness: the share of fine detail in the contrast. Range: 0 or more. Default: 0.02.
    public var sharpness: Float
    /// Minimum mean luminance, of 0 to 255. Range: 0 or more. Default: 35.
    public var darkest: Float
    /// Maximum mean luminance, of 0 to 255. Range: 0 or more. Default: 230.
    public var brightest: Float
    /// Minimum standard deviation of the luminance, of 0 to 127. Range: 0 or more. Default: 10.
    public var contrast: Float
    /// Maximum share of pixels that are nearly black or white. Range: 0 or more. Default: 0.5.
    public var clipped: Float

    /// Creates options; each has a default.
    public init(
        eyeDistance: Float = 18,
        yaw: Float = 40,
        pitch: Float = 35,
        roll: Float = 45,
        sharpness: Float = 0.02,
        darkest: Float = 35,
        brightest: Float = 230,
        contrast: Float = 10,
        clipped: Float = 0.5
    ) {
        self.eyeDistance = eyeDistance
        self.yaw = yaw
        self.pitch = pitch
        self.roll = roll
        self.sharpness = sharpness
        self.darkest = darkest
        self.brightest = brightest
        self.contrast = contrast
        self.clipped = clipped
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        eyeDistance = try values.decodeIfPresent(Float.self, forKey: .eyeDistance) ?? eyeDistance
        yaw = try values.decodeIfPresent(Float.self, forKey: .yaw) ?? yaw
        pitch = try values.decodeIfPresent(Float.self, forKey: .pitch) ?? pitch
        roll = try values.decodeIfPresent(Float.self, forKey: .roll) ?? roll
        sharpness = try values.decodeIfPresent(Float.self, forKey: .sharpness) ?? sharpness
        darkest = try values.decodeIfPresent(Float.self, forKey: .darkest) ?? darkest
        brightest = try values.decodeIfPresent(Float.self, forKey: .brightest) ?? brightest
        contrast = try values.decodeIfPresent(Float.self, forKey: .contrast) ?? contrast
        clipped = try values.decodeIfPresent(Float.self, forKey: .clipped) ?? clipped
    }
}

extension QualityLimits {
    var core: MienFFI.QualityLimits {
        MienFFI.QualityLimits(
            eyeDistance: eyeDistance,
            yaw: yaw,
            pitch: pitch,
            roll: roll,
            sharpness: sharpness,
            darkest: darkest,
            brightest: brightest,
            contrast: contrast,
            clipped: clipped
        )
    }
}

/// Maximum sizes of a store. Stored data stays readable under lower limits.
public struct StoreLimits: Sendable, Hashable, Codable {
    /// Maximum number of users. Default: 100.
    public var users: Int
    /// Maximum number of embeddings per user. Default: 256.
    public var embeddings: Int
    /// Maximum size of all stored data, bytes in pages of 4096. The file can be up to twice as large until it is
    /// trimmed. Default: 512 MiB.
    public var storeBytes: Int
    /// Maximum size of a file that a user is imported from, bytes; enforced by whoever reads the file. Default: 256
    /// MiB.
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

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        users = try values.decodeIfPresent(Int.self, forKey: .users) ?? users
        embeddings = try values.decodeIfPresent(Int.self, forKey: .embeddings) ?? embeddings
        storeBytes = try values.decodeIfPresent(Int.self, forKey: .storeBytes) ?? storeBytes
        importBytes = try values.decodeIfPresent(Int.self, forKey: .importBytes) ?? importBytes
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
}

extension StoreLimits {
    func core() throws(MienError) -> MienFFI.StoreLimits {
        MienFFI.StoreLimits(
            users: try UInt32(checked: users, "users"),
            embeddings: try UInt32(checked: embeddings, "embeddings"),
            storeBytes: try UInt64(checked: storeBytes, "storeBytes"),
            importBytes: try UInt64(checked: importBytes, "importBytes")
        )
    }
}

/// Options of the tracker, which follows faces from frame to frame.
public struct TrackerOptions: Sendable, Hashable, Codable {
    /// Maximum number of faces that are followed at a time; as many lost faces are remembered. Range: 1 to 32. Default:
    /// 4.
    public var maxFaces: Int
    /// The detector runs on every n-th frame; every other time it runs only around the followed faces, so a new face
    /// may wait twice as long. Range: 1 to 1000. Default: 5.
    public var detectEvery: Int
    /// Maximum time between detections if frames come slowly. Range: 0 to 1 min. Default: 200 ms.
    public var detectWithin: Duration
    /// Time that an unseen face is remembered. Range: 0 to 1 min. Default: 2 s.
    public var rememberLostFor: Duration
    /// Minimum detection score of a new track; an old one continues with any detection. Range: 0 to 1. Default: 0.7.
    public var beginScore: Float

    /// Creates options; each has a default.
    public init(
        maxFaces: Int = 4,
        detectEvery: Int = 5,
        detectWithin: Duration = .milliseconds(200),
        rememberLostFor: Duration = .seconds(2),
        beginScore: Float = 0.7
    ) {
        self.maxFaces = maxFaces
        self.detectEvery = detectEvery
        self.detectWithin = detectWithin
        self.rememberLostFor = rememberLostFor
        self.beginScore = beginScore
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        maxFaces = try values.decodeIfPresent(Int.self, forKey: .maxFaces) ?? maxFaces
        detectEvery = try values.decodeIfPresent(Int.self, forKey: .detectEvery) ?? detectEvery
        detectWithin = try values.decodeIfPresent(Duration.self, forKey: .detectWithin) ?? detectWithin
        rememberLostFor = try values.decodeIfPresent(Duration.self, forKey: .rememberLostFor) ?? rememberLostFor
        beginScore = try values.decodeIfPresent(Float.self, forKey: .beginScore) ?? beginScore
    }
}

extension TrackerOptions {
    func core() throws(MienError) -> MienFFI.TrackerOptions {
        MienFFI.TrackerOptions(
            maxFaces: try UInt32(checked: maxFaces, "maxFaces"),
            detectEvery: try UInt32(checked: detectEvery, "detectEvery"),
            detectWithinUs: try detectWithin.microseconds("detectWithin"),
            lostUs: try rememberLostFor.microseconds("rememberLostFor"),
            beginScore: beginScore
        )
    }
}

/// Options of a session; immutable after creation.
public struct StreamOptions: Sendable, Hashable, Codable {
    /// How faces are followed.
    public var tracker: TrackerOptions
    /// Number of analyses of each face per second. Range: 0.1 to 240. Default: 10.
    public var analyzeFps: Float
    /// Maximum number of settled faces analyzed in one frame; the others wait for the next frame, the longest waiting
    /// first. Range: 1 to 32. Default: 2.
    public var maxAnalyses: Int
    /// Number of the last analyses of a track that the head reads; the default is half a second. Range: 1 to 256.
    /// Default: 5.
    public var windowFrames: Int
    /// Minimum number of analyses, 1 to `windowFrames`; with fewer the answer is unsure. Default: 3.
    public var minWindow: Int
    /// Time constant of the smoothing of probabilities, in stream time: after it 63 % of a change shows. 0 disables
    /// smoothing. Range: 0 to 10 s. Default: 100 ms.
    public var smoothing: Duration
    /// Probability by which another label must lead before the label changes. Range: 0 to 1. Default: 0.1.
    public var switchMargin: Float
    /// Time that another label must lead before the label changes, in stream time. Range: 0 to 10 s. Default: 100 ms.
    public var switchAfter: Duration
    /// Minimum probability of the label; below it the answer is unsure. Range: 0 to 1. Default: 0.5.
    public var minConfidence: Float
    /// Number of agreeing good embeddings that settle an identity. Range: 1 to 16. Default: 3.
    public var settleFrames: Int
    /// Re-identification interval of a settled identity. Range: 0 to 1 min. Default: 1 s.
    public var identifyEvery: Duration
    /// How long speech goes on counting after its end. Range: 0 to 1 min. Default: 1 s.
    public var speechHold: Duration

    /// Creates options; each has a default.
    public init(
        tracker: TrackerOptions = TrackerOptions(),
        analyzeFps: Float = 10,
        maxAnalyses: Int = 2,
        windowFrames: Int = 5,
        minWindow: Int = 3,
        smoothing: Duration = .milliseconds(100),
        switchMargin: Float = 0.1,
        switchAfter: Duration = .milliseconds(100),
        minConfidence: Float = 0.5,
        settleFrames: Int = 3,
        identifyEvery: Duration = .seconds(1),
        speechHold: Duration = .seconds(1)
    ) {
        self.tracker = tracker
        self.analyzeFps = analyzeFps
        self.maxAnalyses = maxAnalyses
        self.windowFrames = windowFrames
        self.minWindow = minWindow
        self.smoothing = smoothing
        self.switchMargin = switchMargin
        self.switchAfter = switchAfter
        self.minConfidence = minConfidence
        self.settleFrames = settleFrames
        self.identifyEvery = identifyEvery
        self.speechHold = speechHold
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        tracker = try values.decodeIfPresent(TrackerOptions.self, forKey: .tracker) ?? tracker
        analyzeFps = try values.decodeIfPresent(Float.self, forKey: .analyzeFps) ?? analyzeFps
        maxAnalyses = try values.decodeIfPresent(Int.self, forKey: .maxAnalyses) ?? maxAnalyses
        windowFrames = try values.decodeIfPresent(Int.self, forKey: .windowFrames) ?? windowFrames
        minWindow = try values.decodeIfPresent(Int.self, forKey: .minWindow) ?? minWindow
        smoothing = try values.decodeIfPresent(Duration.self, forKey: .smoothing) ?? smoothing
        switchMargin = try values.decodeIfPresent(Float.self, forKey: .switchMargin) ?? switchMargin
        switchAfter = try values.decodeIfPresent(Duration.self, forKey: .switchAfter) ?? switchAfter
        minConfidence = try values.decodeIfPresent(Float.self, forKey: .minConfidence) ?? minConfidence
        settleFrames = try values.decodeIfPresent(Int.self, forKey: .settleFrames) ?? settleFrames
        identifyEvery = try values.decodeIfPresent(Duration.self, forKey: .identifyEvery) ?? identifyEvery
        speechHold = try values.decodeIfPresent(Duration.self, forKey: .speechHold) ?? speechHold
    }
}

extension StreamOptions {
    func core() throws(MienError) -> MienFFI.StreamOptions {
        MienFFI.StreamOptions(
            tracker: try tracker.core(),
            analyzeFps: analyzeFps,
            maxAnalyses: try UInt32(checked: maxAnalyses, "maxAnalyses"),
            windowFrames: try UInt32(checked: windowFrames, "windowFrames"),
            minWindow: try UInt32(checked: minWindow, "minWindow"),
            smoothingUs: try smoothing.microseconds("smoothing"),
            switchMargin: switchMargin,
            switchUs: try switchAfter.microseconds("switchAfter"),
            minConfidence: minConfidence,
            settleFrames: try UInt32(checked: settleFrames, "settleFrames"),
            identifyEveryUs: try identifyEvery.microseconds("identifyEvery"),
            speechHoldUs: try speechHold.microseconds("speechHold")
        )
    }
}

/// Options of a live session; immutable after creation.
public struct LiveOptions: Sendable, Hashable, Codable {
    /// How frames are processed.
    public var stream: StreamOptions
    /// Maximum number of frames processed per second, by their timestamps. Range: 0.1 to 240. Default: 15.
    public var targetFps: Float
    /// A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels since the last frame that was
    /// taken; 0 skips none. At the default, sensor noise stays below, and a moving mouth in a face of a tenth of the
    /// picture's height is above. Range: 0 to 255. Default: 3.
    public var minChange: Float
    /// Maximum time without processing a frame (a longer gap would break the tracks); after it an unchanged frame is
    /// processed too. Range: 0 to 500 ms. Default: 400 ms.
    public var maxIdle: Duration
    /// Maximum number of results that wait to be fetched; beyond it the oldest is dropped, and its events move to the
    /// next result. Range: 1 to 1000. Default: 32.
    public var maxResults: Int

    /// Creates options; each has a default.
    public init(
        stream: StreamOptions = StreamOptions(),
        targetFps: Float = 15,
        minChange: Float = 3,
        maxIdle: Duration = .milliseconds(400),
        maxResults: Int = 32
    ) {
        self.stream = stream
        self.targetFps = targetFps
        self.minChange = minChange
        self.maxIdle = maxIdle
        self.maxResults = maxResults
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        stream = try values.decodeIfPresent(StreamOptions.self, forKey: .stream) ?? stream
        targetFps = try values.decodeIfPresent(Float.self, forKey: .targetFps) ?? targetFps
        minChange = try values.decodeIfPresent(Float.self, forKey: .minChange) ?? minChange
        maxIdle = try values.decodeIfPresent(Duration.self, forKey: .maxIdle) ?? maxIdle
        maxResults = try values.decodeIfPresent(Int.self, forKey: .maxResults) ?? maxResults
    }
}

extension LiveOptions {
    func core() throws(MienError) -> MienFFI.LiveOptions {
        MienFFI.LiveOptions(
            stream: try stream.core(),
            targetFps: targetFps,
            minChange: minChange,
            idleUs: try maxIdle.microseconds("maxIdle"),
            maxResults: try UInt32(checked: maxResults, "maxResults")
        )
    }
}

/// How much a live session works; it can change while the session runs (``LiveSession/setPace``).
public struct LivePace: Sendable, Hashable, Codable {
    /// Maximum number of frames processed per second, by their timestamps. Range: 0.1 to 240. Default: 15.
    public var targetFps: Float
    /// A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels; 0 skips none. Range: 0 to 255.
    /// Default: 3.
    public var minChange: Float
    /// How much energy the session may use. Default: `full`.
    public var power: PowerBudget

    /// Creates options; each has a default.
    public init(
        targetFps: Float = 15,
        minChange: Float = 3,
        power: PowerBudget = .full
    ) {
        self.targetFps = targetFps
        self.minChange = minChange
        self.power = power
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        targetFps = try values.decodeIfPresent(Float.self, forKey: .targetFps) ?? targetFps
        minChange = try values.decodeIfPresent(Float.self, forKey: .minChange) ?? minChange
        power = try values.decodeIfPresent(PowerBudget.self, forKey: .power) ?? power
    }
}

extension LivePace {
    init(_ core: MienFFI.LivePace) {
        self.init(
            targetFps: core.targetFps,
            minChange: core.minChange,
            power: PowerBudget(core.power)
        )
    }
}

extension LivePace {
    var core: MienFFI.LivePace {
        MienFFI.LivePace(
            targetFps: targetFps,
            minChange: minChange,
            power: power.core
        )
    }
}

/// Options of an enrollment.
public struct EnrollmentOptions: Sendable, Hashable, Codable {
    /// Number of accepted frames at which the enrollment is complete, `minFrames` to `maxFrames`. With one frame twice
    /// as many pictures are not recognized as with three. Default: 5.
    public var targetFrames: Int
    /// Minimum number of accepted frames; with fewer no user is enrolled. Range: 1 to 20. Default: 1.
    public var minFrames: Int
    /// Maximum number of accepted frames. Range: 1 to 20. Default: 10.
    public var maxFrames: Int
    /// Minimum difference to each accepted frame: 1 minus the cosine of the embeddings. A still camera yields about
    /// 0.005 from frame to frame, another picture of the same person 0.1 and more. Range: 0 to 2. Default: 0.01.
    public var minDifference: Float
    /// Whether the person was asked and says that all frames show one person, for a user who looks unlike themselves in
    /// some. Then frames that look like somebody else are accepted too, except those that resemble another enrolled
    /// user. Default: false.
    public var isSamePerson: Bool

    /// Creates options; each has a default.
    public init(
        targetFrames: Int = 5,
        minFrames: Int = 1,
        maxFrames: Int = 10,
        minDifference: Float = 0.01,
        isSamePerson: Bool = false
    ) {
        self.targetFrames = targetFrames
        self.minFrames = minFrames
        self.maxFrames = maxFrames
        self.minDifference = minDifference
        self.isSamePerson = isSamePerson
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        targetFrames = try values.decodeIfPresent(Int.self, forKey: .targetFrames) ?? targetFrames
        minFrames = try values.decodeIfPresent(Int.self, forKey: .minFrames) ?? minFrames
        maxFrames = try values.decodeIfPresent(Int.self, forKey: .maxFrames) ?? maxFrames
        minDifference = try values.decodeIfPresent(Float.self, forKey: .minDifference) ?? minDifference
        isSamePerson = try values.decodeIfPresent(Bool.self, forKey: .isSamePerson) ?? isSamePerson
    }
}

extension EnrollmentOptions {
    func core() throws(MienError) -> MienFFI.EnrollmentOptions {
        MienFFI.EnrollmentOptions(
            targetFrames: try UInt32(checked: targetFrames, "targetFrames"),
            minFrames: try UInt32(checked: minFrames, "minFrames"),
            maxFrames: try UInt32(checked: maxFrames, "maxFrames"),
            minDifference: minDifference,
            samePerson: isSamePerson
        )
    }
}

/// Options of a fit. The defaults are those for adapting a logistic head.
public struct FitOptions: Sendable, Hashable, Codable {
    /// Number of passes over the clips; 60 with rehearsal, 300 for a generic head. Range: 1 to 100,000. Default: 200.
    public var epochs: Int
    /// Number of clips per step; 0: all. Default: 0.
    public var batch: Int
    /// Initial learning rate of Adam; the default is that of logistic heads. Relation attention: 0.03; single and
    /// self-attention: 0.003. With rehearsal: logistic 0.03, relation attention 0.0125, single and self-attention
    /// 0.002. Range: above 0. Default: 0.15.
    public var rate: Float
    /// Pull toward the starting weights (L2-SP); 0.001 with rehearsal. Range: 0 or more. Default: 0.0003.
    public var pull: Float
    /// Whether each class weighs the same, whatever its number of clips. Default: true.
    public var isBalanced: Bool
    /// Share of the target that is spread over all classes that occur (label smoothing). Range: 0 to 0.9. Default: 0.
    public var smoothing: Float
    /// Seed that decides which clips share a batch. Default: 0.
    public var seed: Int

    /// Creates options; each has a default.
    public init(
        epochs: Int = 200,
        batch: Int = 0,
        rate: Float = 0.15,
        pull: Float = 0.0003,
        isBalanced: Bool = true,
        smoothing: Float = 0,
        seed: Int = 0
    ) {
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.pull = pull
        self.isBalanced = isBalanced
        self.smoothing = smoothing
        self.seed = seed
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        epochs = try values.decodeIfPresent(Int.self, forKey: .epochs) ?? epochs
        batch = try values.decodeIfPresent(Int.self, forKey: .batch) ?? batch
        rate = try values.decodeIfPresent(Float.self, forKey: .rate) ?? rate
        pull = try values.decodeIfPresent(Float.self, forKey: .pull) ?? pull
        isBalanced = try values.decodeIfPresent(Bool.self, forKey: .isBalanced) ?? isBalanced
        smoothing = try values.decodeIfPresent(Float.self, forKey: .smoothing) ?? smoothing
        seed = try values.decodeIfPresent(Int.self, forKey: .seed) ?? seed
    }
}

extension FitOptions {
    init(_ core: MienFFI.FitOptions) {
        self.init(
            epochs: Int(core.epochs),
            batch: Int(core.batch),
            rate: core.rate,
            pull: core.pull,
            isBalanced: core.balanced,
            smoothing: core.smoothing,
            seed: Int(core.seed)
        )
    }
}

extension FitOptions {
    func core() throws(MienError) -> MienFFI.FitOptions {
        MienFFI.FitOptions(
            epochs: try UInt32(checked: epochs, "epochs"),
            batch: try UInt32(checked: batch, "batch"),
            rate: rate,
            pull: pull,
            balanced: isBalanced,
            smoothing: smoothing,
            seed: try UInt64(checked: seed, "seed")
        )
    }
}

/// Training on unlabeled clips (Lee, Pseudo-Label, ICML workshop 2013): the head trained on the labeled clips labels
/// them, and confidently labeled ones are added to the training. They are not part of any estimate.
public struct PseudoLabels: Sendable, Hashable, Codable {
    /// Minimum probability of a clip's label. Range: 0.5 to 1. Default: 0.9.
    public var confidence: Float
    /// Weight of such a clip relative to a labeled clip of its class. Range: above 0, up to 1. Default: 0.5.
    public var weight: Float

    /// Creates options; each has a default.
    public init(
        confidence: Float = 0.9,
        weight: Float = 0.5
    ) {
        self.confidence = confidence
        self.weight = weight
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        confidence = try values.decodeIfPresent(Float.self, forKey: .confidence) ?? confidence
        weight = try values.decodeIfPresent(Float.self, forKey: .weight) ?? weight
    }
}

extension PseudoLabels {
    var core: MienFFI.PseudoLabels {
        MienFFI.PseudoLabels(
            confidence: confidence,
            weight: weight
        )
    }
}

/// Retention in days per level of detail; `nil` keeps data forever. Coarser tallies must be kept at least as long as
/// finer ones. Events and minutes are pruned by whole hours, hours by whole days: a stretch is pruned when all of it
/// has been expired for a day, and later after days on which the clock was not seen.
public struct Retention: Sendable, Hashable, Codable {
    /// Days that events are kept. Default: 30.
    public var events: Int?
    /// Days that tallies of minutes are kept. Default: 366.
    public var minutes: Int?
    /// Days that tallies of hours are kept. Default: 1827.
    public var hours: Int?
    /// Days that tallies of days are kept. Default: `nil`.
    public var days: Int?
    /// Days that a medium is kept after its last recorded event. Default: 366.
    public var media: Int?

    /// Creates options; each has a default.
    public init(
        events: Int? = 30,
        minutes: Int? = 366,
        hours: Int? = 1827,
        days: Int? = nil,
        media: Int? = 366
    ) {
        self.events = events
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.media = media
    }

    private enum CodingKeys: String, CodingKey {
        case events, minutes, hours, days, media
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        if values.contains(.events) { events = try values.decodeIfPresent(Int.self, forKey: .events) }
        if values.contains(.minutes) { minutes = try values.decodeIfPresent(Int.self, forKey: .minutes) }
        if values.contains(.hours) { hours = try values.decodeIfPresent(Int.self, forKey: .hours) }
        days = try values.decodeIfPresent(Int.self, forKey: .days) ?? days
        if values.contains(.media) { media = try values.decodeIfPresent(Int.self, forKey: .media) }
    }

    /// Writes options, `nil` too.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(events, forKey: .events)
        try values.encode(minutes, forKey: .minutes)
        try values.encode(hours, forKey: .hours)
        try values.encode(days, forKey: .days)
        try values.encode(media, forKey: .media)
    }
}

extension Retention {
    init(_ core: MienFFI.Retention) {
        self.init(
            events: core.events.map { Int($0) },
            minutes: core.minutes.map { Int($0) },
            hours: core.hours.map { Int($0) },
            days: core.days.map { Int($0) },
            media: core.media.map { Int($0) }
        )
    }
}

extension Retention {
    func core() throws(MienError) -> MienFFI.Retention {
        MienFFI.Retention(
            events: try events.map { value throws(MienError) in try UInt32(checked: value, "events") },
            minutes: try minutes.map { value throws(MienError) in try UInt32(checked: value, "minutes") },
            hours: try hours.map { value throws(MienError) in try UInt32(checked: value, "hours") },
            days: try days.map { value throws(MienError) in try UInt32(checked: value, "days") },
            media: try media.map { value throws(MienError) in try UInt32(checked: value, "media") }
        )
    }
}

/// Options of a user's timelines.
public struct TimelineOptions: Sendable, Hashable, Codable {
    /// Minutes by which local time is ahead of UTC: 60 in Berlin in winter, -300 in New York. It can change only while
    /// no data by wall time is stored; times of media are not shifted. Range: -840 to 840. Default: 0.
    public var offsetMinutes: Int
    /// How long data is kept.
    public var retention: Retention

    /// Creates options; each has a default.
    public init(
        offsetMinutes: Int = 0,
        retention: Retention = Retention()
    ) {
        self.offsetMinutes = offsetMinutes
        self.retention = retention
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        offsetMinutes = try values.decodeIfPresent(Int.self, forKey: .offsetMinutes) ?? offsetMinutes
        retention = try values.decodeIfPresent(Retention.self, forKey: .retention) ?? retention
    }
}

extension TimelineOptions {
    init(_ core: MienFFI.TimelineOptions) {
        self.init(
            offsetMinutes: Int(core.offsetMinutes),
            retention: Retention(core.retention)
        )
    }
}

extension TimelineOptions {
    func core() throws(MienError) -> MienFFI.TimelineOptions {
        MienFFI.TimelineOptions(
            offsetMinutes: try Int32(checked: offsetMinutes, "offsetMinutes"),
            retention: try retention.core()
        )
    }
}

/// Options of an adaptation.
public struct AdaptOptions: Sendable, Hashable, Codable {
    /// The kind of the user's head; an engine with a generic head uses the kind of that head. Default: `logistic`.
    public var head: HeadKind
    /// Options of the fit. `nil`: those that suit the head. Default: `nil`.
    public var fit: FitOptions?
    /// Share of each recorded class's loss given to rehearsal samples of the generic data. Range: 0 to 0.9. Default:
    /// 0.3.
    public var rehearsal: Float
    /// Whether the user's offset is subtracted from the frames. Default: true.
    public var isCentered: Bool
    /// Number of inner splits, each of which holds out one part of the clips; at most one per clip. Range: 2 to 64.
    /// Default: 10.
    public var folds: Int
    /// Whether labels are examined and a head that does not beat the current one is refused. Default: true.
    public var isGated: Bool
    /// Options for learning unlabeled clips; `nil`: they count for the user's offset only. Default: `nil`.
    public var pseudoLabels: PseudoLabels?
    /// Whether a user without embeddings of the identity network in use is adapted although nobody can tell whose face
    /// the clips show. Refused for users with embeddings. Default: false.
    public var allowsUncheckedFaces: Bool
    /// Whether the speech of clips that show several faces, or a mouth that is still, is learned as the user's,
    /// although nobody can tell whose voice it is. Default: false.
    public var allowsUncheckedVoices: Bool

    /// Creates options; each has a default.
    public init(
        head: HeadKind = .logistic,
        fit: FitOptions? = nil,
        rehearsal: Float = 0.3,
        isCentered: Bool = true,
        folds: Int = 10,
        isGated: Bool = true,
        pseudoLabels: PseudoLabels? = nil,
        allowsUncheckedFaces: Bool = false,
        allowsUncheckedVoices: Bool = false
    ) {
        self.head = head
        self.fit = fit
        self.rehearsal = rehearsal
        self.isCentered = isCentered
        self.folds = folds
        self.isGated = isGated
        self.pseudoLabels = pseudoLabels
        self.allowsUncheckedFaces = allowsUncheckedFaces
        self.allowsUncheckedVoices = allowsUncheckedVoices
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        head = try values.decodeIfPresent(HeadKind.self, forKey: .head) ?? head
        fit = try values.decodeIfPresent(FitOptions.self, forKey: .fit) ?? fit
        rehearsal = try values.decodeIfPresent(Float.self, forKey: .rehearsal) ?? rehearsal
        isCentered = try values.decodeIfPresent(Bool.self, forKey: .isCentered) ?? isCentered
        folds = try values.decodeIfPresent(Int.self, forKey: .folds) ?? folds
        isGated = try values.decodeIfPresent(Bool.self, forKey: .isGated) ?? isGated
        pseudoLabels = try values.decodeIfPresent(PseudoLabels.self, forKey: .pseudoLabels) ?? pseudoLabels
        allowsUncheckedFaces =
            try values.decodeIfPresent(Bool.self, forKey: .allowsUncheckedFaces) ?? allowsUncheckedFaces
        allowsUncheckedVoices =
            try values.decodeIfPresent(Bool.self, forKey: .allowsUncheckedVoices) ?? allowsUncheckedVoices
    }
}

extension AdaptOptions {
    func core() throws(MienError) -> MienFFI.AdaptOptions {
        MienFFI.AdaptOptions(
            head: head.core,
            fit: try fit.map { value throws(MienError) in try value.core() },
            rehearsal: rehearsal,
            centered: isCentered,
            folds: try UInt32(checked: folds, "folds"),
            gate: isGated,
            pseudoLabels: pseudoLabels.map { $0.core },
            uncheckedFaces: allowsUncheckedFaces,
            uncheckedVoices: allowsUncheckedVoices
        )
    }
}

/// How much the answers of one modality weigh where face and voice are joined: their logarithms are multiplied by it.
public struct FusionWeights: Sendable, Hashable, Codable {
    /// Weight of its generic head, above 0. Default: 1.
    public var generic: Float
    /// Weight of heads adapted to a user, above 0. Default: 1.
    public var adapted: Float

    /// Creates options; each has a default.
    public init(
        generic: Float = 1,
        adapted: Float = 1
    ) {
        self.generic = generic
        self.adapted = adapted
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        generic = try values.decodeIfPresent(Float.self, forKey: .generic) ?? generic
        adapted = try values.decodeIfPresent(Float.self, forKey: .adapted) ?? adapted
    }
}

extension FusionWeights {
    var core: MienFFI.FusionWeights {
        MienFFI.FusionWeights(
            generic: generic,
            adapted: adapted
        )
    }
}

/// How face and voice are joined. `mien eval ravdess` with `--face-features` finds weights.
public struct Fusion: Sendable, Hashable, Codable {
    /// Weights of the face.
    public var face: FusionWeights
    /// Weights of the voice.
    public var speech: FusionWeights

    /// Creates options; each has a default.
    public init(
        face: FusionWeights = FusionWeights(),
        speech: FusionWeights = FusionWeights()
    ) {
        self.face = face
        self.speech = speech
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        face = try values.decodeIfPresent(FusionWeights.self, forKey: .face) ?? face
        speech = try values.decodeIfPresent(FusionWeights.self, forKey: .speech) ?? speech
    }
}

extension Fusion {
    var core: MienFFI.Fusion {
        MienFFI.Fusion(
            face: face.core,
            speech: speech.core
        )
    }
}

/// Options of an engine; immutable after creation.
public struct EngineOptions: Sendable, Hashable, Codable {
    /// Options of the face detector.
    public var detector: DetectorOptions
    /// Limits that a usable face must keep.
    public var quality: QualityLimits
    /// How identity is decided. `nil`: the calibration of the store, or else of the model pack. Default: `nil`.
    public var calibration: Calibration?
    /// The file of the generic head, written by `mien train`. `nil`: the last layer of the expression network. Default:
    /// `nil`.
    public var genericHead: Data?
    /// The file of the generic head for speech, written by `mien train --stream speech`. `nil`: the voice counts only
    /// for users with a head of their own for speech. Default: `nil`.
    public var genericSpeechHead: Data?
    /// Whether the networks of a face run in parallel, on one more thread while a frame is processed. If another core
    /// is free, the result comes earlier, for somewhat more energy. Default: false.
    public var isParallel: Bool
    /// How face and voice are joined.
    public var fusion: Fusion

    /// Creates options; each has a default.
    public init(
        detector: DetectorOptions = DetectorOptions(),
        quality: QualityLimits = QualityLimits(),
        calibration: Calibration? = nil,
        genericHead: Data? = nil,
        genericSpeechHead: Data? = nil,
        isParallel: Bool = false,
        fusion: Fusion = Fusion()
    ) {
        self.detector = detector
        self.quality = quality
        self.calibration = calibration
        self.genericHead = genericHead
        self.genericSpeechHead = genericSpeechHead
        self.isParallel = isParallel
        self.fusion = fusion
    }

    /// Reads options; those that are missing have their default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        detector = try values.decodeIfPresent(DetectorOptions.self, forKey: .detector) ?? detector
        quality = try values.decodeIfPresent(QualityLimits.self, forKey: .quality) ?? quality
        calibration = try values.decodeIfPresent(Calibration.self, forKey: .calibration) ?? calibration
        genericHead = try values.decodeIfPresent(Data.self, forKey: .genericHead) ?? genericHead
        genericSpeechHead = try values.decodeIfPresent(Data.self, forKey: .genericSpeechHead) ?? genericSpeechHead
        isParallel = try values.decodeIfPresent(Bool.self, forKey: .isParallel) ?? isParallel
        fusion = try values.decodeIfPresent(Fusion.self, forKey: .fusion) ?? fusion
    }
}

extension EngineOptions {
    func core() throws(MienError) -> MienFFI.EngineOptions {
        MienFFI.EngineOptions(
            detector: try detector.core(),
            quality: quality.core,
            calibration: try calibration.map { value throws(MienError) in try value.core() },
            genericHead: genericHead,
            genericSpeechHead: genericSpeechHead,
            parallel: isParallel,
            fusion: fusion.core
        )
    }
}
