// Written by `make contract` from the declarations in Rust; edit those.

internal import MienFFI

/// How embeddings are compared and when a similarity identifies a user.
public struct Calibration: Sendable, Hashable, Codable {
    /// Vector that is subtracted from each embedding before it is compared; empty for none.
    public var center: [Float]
    /// Minimum similarity that identifies the only user of a gallery, -1 to 1.
    public var threshold: Float
    /// Rise of the threshold for each factor e in the number of users, 0 to 1.
    public var rise: Float
    /// Minimum lead of the most similar user over the second, 0 to 2.
    public var margin: Float
    /// SHA-256 of the identity network that it was measured with; empty for any.
    public var network: String
    /// How it was measured, for people.
    public var evidence: String
    /// Measured error rates; `nil` if they were not measured.
    public var figures: CalibrationFigures?

    /// Creates a value, for previews and tests.
    public init(
        center: [Float] = [],
        threshold: Float,
        rise: Float,
        margin: Float,
        network: String = "",
        evidence: String = "",
        figures: CalibrationFigures? = nil
    ) {
        self.center = center
        self.threshold = threshold
        self.rise = rise
        self.margin = margin
        self.network = network
        self.evidence = evidence
        self.figures = figures
    }
}

extension Calibration {
    init(_ core: MienFFI.Calibration) {
        self.init(
            center: Floats.read(core.center),
            threshold: core.threshold,
            rise: core.rise,
            margin: core.margin,
            network: core.network,
            evidence: core.evidence,
            figures: core.figures.map(CalibrationFigures.init)
        )
    }
}

extension Calibration {
    func core() throws -> MienFFI.Calibration {
        MienFFI.Calibration(
            center: Floats.bytes(center),
            threshold: threshold,
            rise: rise,
            margin: margin,
            network: network,
            evidence: evidence,
            figures: try figures.map { try $0.core() }
        )
    }
}

/// Error rates of a calibration, measured on people who had no part in it; shares are 0 to 1.
public struct CalibrationFigures: Sendable, Hashable, Codable {
    /// Number of users enrolled at a time.
    public var users: Int
    /// Share of the pictures of enrolled people that got the name of another user.
    public var wrongUserRate: Float
    /// Share of the pictures of enrolled people that were not recognized.
    public var missedUserRate: Float
    /// Share of the pictures of other people that got the name of a user.
    public var unknownAcceptedRate: Float

    /// Creates a value, for previews and tests.
    public init(
        users: Int,
        wrongUserRate: Float,
        missedUserRate: Float,
        unknownAcceptedRate: Float
    ) {
        self.users = users
        self.wrongUserRate = wrongUserRate
        self.missedUserRate = missedUserRate
        self.unknownAcceptedRate = unknownAcceptedRate
    }
}

extension CalibrationFigures {
    init(_ core: MienFFI.CalibrationFigures) {
        self.init(
            users: Int(core.users),
            wrongUserRate: core.wrongUserRate,
            missedUserRate: core.missedUserRate,
            unknownAcceptedRate: core.unknownAcceptedRate
        )
    }
}

extension CalibrationFigures {
    func core() throws -> MienFFI.CalibrationFigures {
        MienFFI.CalibrationFigures(
            users: try UInt32(checked: users, "users"),
            wrongUserRate: wrongUserRate,
            missedUserRate: missedUserRate,
            unknownAcceptedRate: unknownAcceptedRate
        )
    }
}

/// The kind of a clip classifier.
public enum HeadKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Logistic regression over the mean of a clip.
    case logistic
    /// Attention with one weight per frame.
    case singleAttention
    /// Frame attention, then attention to the relation of each frame to the clip's summary.
    case relationAttention
    /// Self-attention between the frames.
    case selfAttention
}

extension HeadKind {
    var core: MienFFI.HeadKind {
        switch self {
        case .logistic: .logistic
        case .singleAttention: .singleAttention
        case .relationAttention: .relationAttention
        case .selfAttention: .selfAttention
        }
    }
}

/// How a user's head was learned.
public enum LearningMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// From labeled clips of several emotions.
    case labeled
    /// From clips of one emotion, or unlabeled ones: the generic head, with the user's offset subtracted from the
    /// frames.
    case baseline
}

extension LearningMode {
    init(_ core: MienFFI.LearningMode) {
        switch core {
        case .labeled: self = .labeled
        case .baseline: self = .baseline
        }
    }
}

/// A label and its number of clips.
public struct LabelCount: Sendable, Hashable, Codable {
    /// The label.
    public var label: String
    /// Number of clips.
    public var count: Int

    /// Creates a value, for previews and tests.
    public init(
        label: String,
        count: Int
    ) {
        self.label = label
        self.count = count
    }
}

extension LabelCount {
    init(_ core: MienFFI.LabelCount) {
        self.init(
            label: core.label,
            count: Int(core.count)
        )
    }
}

/// Why an adaptation was refused.
public enum Refusal: String, Sendable, Hashable, Codable, CaseIterable {
    /// The clips show somebody else or several people; too few of the user are left.
    case somebodyElse
    /// The labels contradict each other and the generic head: they are exchanged or random.
    case labelsContradict
    /// Some labels are doubtful; the clips named need a confirmation.
    case labelsDoubtful
    /// The new head is not better than the current one.
    case notBetter
    /// There are too few clips to tell whether the new head is better.
    case tooFewClips
}

extension Refusal {
    init(_ core: MienFFI.Refusal) {
        switch core {
        case .somebodyElse: self = .somebodyElse
        case .labelsContradict: self = .labelsContradict
        case .labelsDoubtful: self = .labelsDoubtful
        case .notBetter: self = .notBetter
        case .tooFewClips: self = .tooFewClips
        }
    }
}

/// A clip that was not learned.
public struct LeftOut: Sendable, Hashable, Codable {
    /// Its index among the clips when they were learned; clips removed since then move the later ones up.
    public var index: Int
    /// Its name.
    public var name: String
    /// Its emotion; `nil` for an unlabeled clip.
    public var label: String?
    /// Why it was not learned.
    public var reason: LeftOutReason

    /// Creates a value, for previews and tests.
    public init(
        index: Int,
        name: String,
        label: String? = nil,
        reason: LeftOutReason
    ) {
        self.index = index
        self.name = name
        self.label = label
        self.reason = reason
    }
}

extension LeftOut {
    init(_ core: MienFFI.LeftOut) {
        self.init(
            index: Int(core.index),
            name: core.name,
            label: core.label,
            reason: LeftOutReason(core.reason)
        )
    }
}

/// Why a clip was not learned.
public enum LeftOutReason: Sendable, Hashable, Codable {
    /// It shows somebody else than the user.
    case somebodyElse(similarity: Float)
    /// Its frames show several people.
    case severalPeople
    /// It looks like another emotion, and its label was not confirmed.
    case looksLike(label: String, probability: Float)
}

extension LeftOutReason {
    init(_ core: MienFFI.LeftOutReason) {
        switch core {
        case .somebodyElse(let similarity):
            self = .somebodyElse(similarity: similarity)
        case .severalPeople: self = .severalPeople
        case .looksLike(let label, let probability):
            self = .looksLike(label: label, probability: probability)
        }
    }
}

/// What an adaptation did to the heads of a user.
public struct Adapted: Sendable, Hashable, Codable {
    /// The head for faces.
    public var face: AdaptReport
    /// The head for speech; `nil` if no clip has speech to learn, or if the clips were refused because of the faces.
    public var speech: AdaptReport?

    /// Creates a value, for previews and tests.
    public init(
        face: AdaptReport,
        speech: AdaptReport? = nil
    ) {
        self.face = face
        self.speech = speech
    }
}

extension Adapted {
    init(_ core: MienFFI.Adapted) {
        self.init(
            face: AdaptReport(core.face),
            speech: core.speech.map(AdaptReport.init)
        )
    }
}

/// The report on one head of an adaptation.
public struct AdaptReport: Sendable, Hashable, Codable {
    /// How the head was learned.
    public var mode: LearningMode
    /// Whether the new head answers from now on.
    public var accepted: Bool
    /// Why the new head was refused; `nil` if it is accepted.
    public var refusal: Refusal?
    /// Why it was accepted or refused.
    public var reason: String
    /// Whether the labels were compared with what the clips look like to the generic head. False if nobody can tell: it
    /// sees no difference between the clips, or it reads this face no better than chance; and if the gate is off.
    public var labelsExamined: Bool
    /// Number of learned clips of each label that occurs, in the order of the head.
    public var clips: [LabelCount]
    /// Labels of the head without a clip.
    public var labelsWithoutClips: [String]
    /// Whether those labels were rehearsed with samples of the generic data; otherwise their weights stay.
    public var rehearsed: Bool
    /// Number of unlabeled clips that the user's offset was estimated from.
    public var unlabeled: Int
    /// Number of unlabeled clips that were learned because the head was confident.
    public var pseudoLabeled: Int
    /// The chosen number of epochs; 0 if subtracting the offset alone was best.
    public var epochs: Int
    /// The clips that were not learned.
    public var leftOut: [LeftOut]
    /// Estimated accuracy of the previous head on new pictures of the user, 0 to 1; `nil` if it cannot be estimated.
    public var accuracyBefore: Float?
    /// Estimated accuracy of the new head on the same pictures, 0 to 1; `nil` if it cannot be estimated.
    public var accuracyAfter: Float?
    /// The gain in accuracy to expect from people with so many clips, 0 to 1, if there are too few clips to estimate it
    /// for this user; `nil` for a baseline, and unless the head is accepted and its labels were examined.
    public var expectedGain: Float?
    /// Mean loss of the previous head, at the temperature that suits it best; `nil` without labeled clips of the user.
    public var lossBefore: Float?
    /// Estimated mean loss of the new head; `nil` if none could be held out.
    public var lossEstimated: Float?

    /// Creates a value, for previews and tests.
    public init(
        mode: LearningMode,
        accepted: Bool,
        refusal: Refusal? = nil,
        reason: String,
        labelsExamined: Bool,
        clips: [LabelCount] = [],
        labelsWithoutClips: [String] = [],
        rehearsed: Bool,
        unlabeled: Int,
        pseudoLabeled: Int,
        epochs: Int,
        leftOut: [LeftOut] = [],
        accuracyBefore: Float? = nil,
        accuracyAfter: Float? = nil,
        expectedGain: Float? = nil,
        lossBefore: Float? = nil,
        lossEstimated: Float? = nil
    ) {
        self.mode = mode
        self.accepted = accepted
        self.refusal = refusal
        self.reason = reason
        self.labelsExamined = labelsExamined
        self.clips = clips
        self.labelsWithoutClips = labelsWithoutClips
        self.rehearsed = rehearsed
        self.unlabeled = unlabeled
        self.pseudoLabeled = pseudoLabeled
        self.epochs = epochs
        self.leftOut = leftOut
        self.accuracyBefore = accuracyBefore
        self.accuracyAfter = accuracyAfter
        self.expectedGain = expectedGain
        self.lossBefore = lossBefore
        self.lossEstimated = lossEstimated
    }
}

extension AdaptReport {
    init(_ core: MienFFI.AdaptReport) {
        self.init(
            mode: LearningMode(core.mode),
            accepted: core.accepted,
            refusal: core.refusal.map(Refusal.init),
            reason: core.reason,
            labelsExamined: core.labelsExamined,
            clips: core.clips.map(LabelCount.init),
            labelsWithoutClips: core.labelsWithoutClips,
            rehearsed: core.rehearsed,
            unlabeled: Int(core.unlabeled),
            pseudoLabeled: Int(core.pseudoLabeled),
            epochs: Int(core.epochs),
            leftOut: core.leftOut.map(LeftOut.init),
            accuracyBefore: core.accuracyBefore,
            accuracyAfter: core.accuracyAfter,
            expectedGain: core.expectedGain,
            lossBefore: core.lossBefore,
            lossEstimated: core.lossEstimated
        )
    }
}

/// Why a correction was not learned.
public enum CorrectionRefusal: String, Sendable, Hashable, Codable, CaseIterable {
    /// There is no such track, or it has ended.
    case noTrack
    /// The identity of the face is not settled.
    case identityOpen
    /// The face is nobody who is enrolled: there is no head to teach.
    case unknownFace
    /// No answer was shown yet.
    case nothingShown
    /// The answer that the user speaks of is not shown any more, and its frames are gone.
    case answerChanged
    /// The frames resemble the user too little: they may show somebody else.
    case somebodyElse
    /// There is no correction to undo.
    case nothingToUndo
}

extension CorrectionRefusal {
    init(_ core: MienFFI.CorrectionRefusal) {
        switch core {
        case .noTrack: self = .noTrack
        case .identityOpen: self = .identityOpen
        case .unknownFace: self = .unknownFace
        case .nothingShown: self = .nothingShown
        case .answerChanged: self = .answerChanged
        case .somebodyElse: self = .somebodyElse
        case .nothingToUndo: self = .nothingToUndo
        }
    }
}

/// What became of a correction, a confirmation or an undoing.
public struct Correction: Sendable, Hashable, Codable {
    /// The number of the track; `nil` if there was nothing to undo.
    public var track: Int?
    /// The user whose head learned it; `nil` if nothing was learned.
    public var user: String?
    /// What the user says it was.
    public var label: String?
    /// The label that was shown and is wrong; `nil` if the answer was confirmed.
    public var contradicted: String?
    /// Number of analyzed frames that it covers.
    public var frames: Int
    /// Whether the head now answers these frames so. One correction alone does not overturn an answer that the head is
    /// sure of: it is kept and waits until others bear it out.
    public var taken: Bool
    /// Why nothing was learned; `nil` if it was.
    public var refusal: CorrectionRefusal?

    /// Creates a value, for previews and tests.
    public init(
        track: Int? = nil,
        user: String? = nil,
        label: String? = nil,
        contradicted: String? = nil,
        frames: Int,
        taken: Bool,
        refusal: CorrectionRefusal? = nil
    ) {
        self.track = track
        self.user = user
        self.label = label
        self.contradicted = contradicted
        self.frames = frames
        self.taken = taken
        self.refusal = refusal
    }
}

extension Correction {
    init(_ core: MienFFI.Correction) {
        self.init(
            track: core.track.map { Int($0) },
            user: core.user,
            label: core.label,
            contradicted: core.contradicted,
            frames: Int(core.frames),
            taken: core.taken,
            refusal: core.refusal.map(CorrectionRefusal.init)
        )
    }
}

/// The report of a full fit on the corrections of a user.
public struct CorrectionReport: Sendable, Hashable, Codable {
    /// Whether the new head answers from now on.
    public var accepted: Bool
    /// Why the new head was refused; `nil` if it is accepted.
    public var refusal: Refusal?
    /// Whether the corrections that are not part of a generation go on answering through the short fit, because they
    /// are too few for the gate. Those that the gate refused do not, until the next correction.
    public var pending: Bool
    /// The new generation; `nil` if the head was refused.
    public var generation: Int?
    /// Number of corrections and confirmations that it learned.
    public var corrections: Int
    /// Mean loss of the head without the corrections, in the choice between the labels that the user did not
    /// contradict.
    public var lossBefore: Float
    /// The same of heads that did not learn the correction in question; `nil` if there are too few to tell.
    public var lossEstimated: Float?

    /// Creates a value, for previews and tests.
    public init(
        accepted: Bool,
        refusal: Refusal? = nil,
        pending: Bool,
        generation: Int? = nil,
        corrections: Int,
        lossBefore: Float,
        lossEstimated: Float? = nil
    ) {
        self.accepted = accepted
        self.refusal = refusal
        self.pending = pending
        self.generation = generation
        self.corrections = corrections
        self.lossBefore = lossBefore
        self.lossEstimated = lossEstimated
    }
}

extension CorrectionReport {
    init(_ core: MienFFI.CorrectionReport) {
        self.init(
            accepted: core.accepted,
            refusal: core.refusal.map(Refusal.init),
            pending: core.pending,
            generation: core.generation.map { Int($0) },
            corrections: Int(core.corrections),
            lossBefore: core.lossBefore,
            lossEstimated: core.lossEstimated
        )
    }
}

/// A label and its probability.
public struct LabelProbability: Sendable, Hashable, Codable {
    /// The label.
    public var label: String
    /// Its probability, 0 to 1.
    public var probability: Float

    /// Creates a value, for previews and tests.
    public init(
        label: String,
        probability: Float
    ) {
        self.label = label
        self.probability = probability
    }
}

extension LabelProbability {
    init(_ core: MienFFI.LabelProbability) {
        self.init(
            label: core.label,
            probability: core.probability
        )
    }
}

extension LabelProbability {
    var core: MienFFI.LabelProbability {
        MienFFI.LabelProbability(
            label: label,
            probability: probability
        )
    }
}

/// Valence and arousal, the axes of the circumplex of affect (Russell 1980), projected from the probabilities of the
/// labels and never measured in the face: the expected position of the labels in the table of Russell and Mehrabian
/// (1977), neutral at the origin.
public struct Affect: Sendable, Hashable, Codable {
    /// From unpleasant, -1, to pleasant, 1.
    public var valence: Float
    /// From calm, -1, to aroused, 1.
    public var arousal: Float

    /// Creates a value, for previews and tests.
    public init(
        valence: Float,
        arousal: Float
    ) {
        self.valence = valence
        self.arousal = arousal
    }
}

extension Affect {
    init(_ core: MienFFI.Affect) {
        self.init(
            valence: core.valence,
            arousal: core.arousal
        )
    }
}

/// Probabilities of the emotions.
public struct Emotion: Sendable, Hashable, Codable {
    /// The most probable label.
    public var label: String
    /// Each label with its probability, in the order of the head; the probabilities sum to 1.
    public var probabilities: [LabelProbability]
    /// Valence and arousal, projected from the probabilities; `nil` if more than a tenth of the probability is on
    /// labels without a position.
    public var affect: Affect?
    /// Whether the user's own head answered instead of the generic one; of face and voice, one of them.
    public var adapted: Bool
    /// What it was read from.
    public var modalities: [Modality]

    /// Creates a value, for previews and tests.
    public init(
        label: String,
        probabilities: [LabelProbability] = [],
        affect: Affect? = nil,
        adapted: Bool,
        modalities: [Modality] = []
    ) {
        self.label = label
        self.probabilities = probabilities
        self.affect = affect
        self.adapted = adapted
        self.modalities = modalities
    }
}

extension Emotion {
    init(_ core: MienFFI.Emotion) {
        self.init(
            label: core.label,
            probabilities: core.probabilities.map(LabelProbability.init),
            affect: core.affect.map(Affect.init),
            adapted: core.adapted,
            modalities: core.modalities.map(Modality.init)
        )
    }
}

/// The outcome of adding a frame to an enrollment.
public enum EnrollmentStep: Sendable, Hashable, Codable {
    /// The frame is accepted.
    case accepted(count: Int, targetFrames: Int)
    /// The frame is rejected.
    case rejected(reason: Rejection, message: String)
}

extension EnrollmentStep {
    init(_ core: MienFFI.EnrollmentStep) {
        switch core {
        case .accepted(let count, let targetFrames):
            self = .accepted(count: Int(count), targetFrames: Int(targetFrames))
        case .rejected(let reason, let message):
            self = .rejected(reason: Rejection(reason), message: message)
        }
    }
}

/// Why a frame of an enrollment is rejected.
public enum Rejection: Sendable, Hashable, Codable {
    /// No face is visible.
    case noFace
    /// Several faces are visible; only one may be.
    case severalFaces(count: Int)
    /// The face is not good enough.
    case quality(issues: [QualityIssue])
    /// The frame is too similar to one accepted before.
    case tooSimilar
    /// The face is recognized as another user.
    case looksLikeAnotherUser(name: String, similarity: Float)
    /// The face is not the person of most frames, or not the user to whom frames are added.
    case looksLikeSomebodyElse(similarity: Float)
    /// The maximum number of frames was reached.
    case enough
}

extension Rejection {
    init(_ core: MienFFI.Rejection) {
        switch core {
        case .noFace: self = .noFace
        case .severalFaces(let count):
            self = .severalFaces(count: Int(count))
        case .quality(let issues):
            self = .quality(issues: issues.map(QualityIssue.init))
        case .tooSimilar: self = .tooSimilar
        case .looksLikeAnotherUser(let name, let similarity):
            self = .looksLikeAnotherUser(name: name, similarity: similarity)
        case .looksLikeSomebodyElse(let similarity):
            self = .looksLikeSomebodyElse(similarity: similarity)
        case .enough: self = .enough
        }
    }
}

/// A rectangle in pixels of the upright frame.
public struct Rect: Sendable, Hashable, Codable {
    /// The left edge.
    public var x: Float
    /// The upper edge.
    public var y: Float
    /// The width.
    public var width: Float
    /// The height.
    public var height: Float

    /// Creates a value, for previews and tests.
    public init(
        x: Float,
        y: Float,
        width: Float,
        height: Float
    ) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

extension Rect {
    init(_ core: MienFFI.Rect) {
        self.init(
            x: core.x,
            y: core.y,
            width: core.width,
            height: core.height
        )
    }
}

/// A point in pixels of the upright frame.
public struct Point: Sendable, Hashable, Codable {
    /// Distance from the left edge.
    public var x: Float
    /// Distance from the upper edge.
    public var y: Float

    /// Creates a value, for previews and tests.
    public init(
        x: Float,
        y: Float
    ) {
        self.x = x
        self.y = y
    }
}

extension Point {
    init(_ core: MienFFI.Point) {
        self.init(
            x: core.x,
            y: core.y
        )
    }
}

/// A detected face in pixels of the upright frame; left and right are those of the picture.
public struct Face: Sendable, Hashable, Codable {
    /// The box of the detector.
    public var bounds: Rect
    /// The left eye.
    public var leftEye: Point
    /// The right eye.
    public var rightEye: Point
    /// The tip of the nose.
    public var nose: Point
    /// The left corner of the mouth.
    public var leftMouth: Point
    /// The right corner of the mouth.
    public var rightMouth: Point
    /// The detection score, 0 to 1.
    public var score: Float

    /// Creates a value, for previews and tests.
    public init(
        bounds: Rect,
        leftEye: Point,
        rightEye: Point,
        nose: Point,
        leftMouth: Point,
        rightMouth: Point,
        score: Float
    ) {
        self.bounds = bounds
        self.leftEye = leftEye
        self.rightEye = rightEye
        self.nose = nose
        self.leftMouth = leftMouth
        self.rightMouth = rightMouth
        self.score = score
    }
}

extension Face {
    init(_ core: MienFFI.Face) {
        self.init(
            bounds: Rect(core.bounds),
            leftEye: Point(core.leftEye),
            rightEye: Point(core.rightEye),
            nose: Point(core.nose),
            leftMouth: Point(core.leftMouth),
            rightMouth: Point(core.rightMouth),
            score: core.score
        )
    }
}

/// The outcome of adding a frame to a clip.
public enum ClipStep: Sendable, Hashable, Codable {
    /// The frame belongs to the clip.
    case taken(frames: Int)
    /// No face is visible; the clip continues without this frame.
    case noFace
}

extension ClipStep {
    init(_ core: MienFFI.ClipStep) {
        switch core {
        case .taken(let frames):
            self = .taken(frames: Int(frames))
        case .noFace: self = .noFace
        }
    }
}

/// A recorded clip.
public struct ClipSummary: Sendable, Hashable, Codable, Identifiable {
    /// What reports call the clip.
    public var name: String
    /// The emotion; `nil` for an unlabeled clip.
    public var label: String?
    /// Number of frames.
    public var frames: Int
    /// Whether the person was asked and means the label.
    public var confirmed: Bool
    /// The speech of the clip; `nil` if it has no sound.
    public var speech: ClipSpeech?

    /// Creates a value, for previews and tests.
    public init(
        name: String,
        label: String? = nil,
        frames: Int,
        confirmed: Bool,
        speech: ClipSpeech? = nil
    ) {
        self.name = name
        self.label = label
        self.frames = frames
        self.confirmed = confirmed
        self.speech = speech
    }
}

extension ClipSummary {
    init(_ core: MienFFI.ClipSummary) {
        self.init(
            name: core.name,
            label: core.label,
            frames: Int(core.frames),
            confirmed: core.confirmed,
            speech: core.speech.map(ClipSpeech.init)
        )
    }
}

/// Why a face is not identified.
public enum UnknownReason: String, Sendable, Hashable, Codable, CaseIterable {
    /// No user is enrolled with the identity network in use.
    case nobodyEnrolled
    /// No user is similar enough.
    case belowThreshold
    /// Two users are almost equally similar, so it can be either.
    case tooNearToASecondUser
}

extension UnknownReason {
    init(_ core: MienFFI.UnknownReason) {
        switch core {
        case .nobodyEnrolled: self = .nobodyEnrolled
        case .belowThreshold: self = .belowThreshold
        case .tooNearToASecondUser: self = .tooNearToASecondUser
        }
    }
}

/// The identity of a face.
public enum Identity: Sendable, Hashable, Codable {
    /// An enrolled user.
    case user(name: String, similarity: Float)
    /// No enrolled user.
    case unknown(nearest: Float?, reason: UnknownReason)
}

extension Identity {
    init(_ core: MienFFI.Identity) {
        switch core {
        case .user(let name, let similarity):
            self = .user(name: name, similarity: similarity)
        case .unknown(let nearest, let reason):
            self = .unknown(nearest: nearest, reason: UnknownReason(reason))
        }
    }
}

/// Measurements of a face that need no network.
public struct Quality: Sendable, Hashable, Codable {
    /// Distance between the eyes, frame pixels.
    public var eyeDistance: Float
    /// Turn to the side, degrees; positive toward the right of the picture.
    public var yaw: Float
    /// Nod, degrees; positive upward.
    public var pitch: Float
    /// Tilt, degrees; positive clockwise in the picture.
    public var roll: Float
    /// Share of fine detail in the contrast, 0 and up.
    public var sharpness: Float
    /// Mean luminance, 0 to 255.
    public var brightness: Float
    /// Standard deviation of the luminance, 0 to 127.
    public var contrast: Float
    /// Share of pixels that are nearly black or white, 0 to 1.
    public var clipped: Float

    /// Creates a value, for previews and tests.
    public init(
        eyeDistance: Float,
        yaw: Float,
        pitch: Float,
        roll: Float,
        sharpness: Float,
        brightness: Float,
        contrast: Float,
        clipped: Float
    ) {
        self.eyeDistance = eyeDistance
        self.yaw = yaw
        self.pitch = pitch
        self.roll = roll
        self.sharpness = sharpness
        self.brightness = brightness
        self.contrast = contrast
        self.clipped = clipped
    }
}

extension Quality {
    init(_ core: MienFFI.Quality) {
        self.init(
            eyeDistance: core.eyeDistance,
            yaw: core.yaw,
            pitch: core.pitch,
            roll: core.roll,
            sharpness: core.sharpness,
            brightness: core.brightness,
            contrast: core.contrast,
            clipped: core.clipped
        )
    }
}

/// Why a face is not good enough.
public enum QualityIssue: String, Sendable, Hashable, Codable, CaseIterable {
    /// Too few pixels between the eyes.
    case tooSmall
    /// The face is turned to the side, up or down, or is tilted too far.
    case turned
    /// Too little fine detail.
    case blurred
    /// Too dark.
    case dark
    /// Too bright, or too many clipped pixels.
    case overexposed
    /// Too little contrast.
    case lowContrast
}

extension QualityIssue {
    init(_ core: MienFFI.QualityIssue) {
        switch core {
        case .tooSmall: self = .tooSmall
        case .turned: self = .turned
        case .blurred: self = .blurred
        case .dark: self = .dark
        case .overexposed: self = .overexposed
        case .lowContrast: self = .lowContrast
        }
    }
}

/// A kind of signal that emotions are read from.
public enum Modality: String, Sendable, Hashable, Codable, CaseIterable {
    /// The face in pictures.
    case face
    /// The voice in sound.
    case speech
}

extension Modality {
    init(_ core: MienFFI.Modality) {
        switch core {
        case .face: self = .face
        case .speech: self = .speech
        }
    }
}

extension Modality {
    var core: MienFFI.Modality {
        switch self {
        case .face: .face
        case .speech: .speech
        }
    }
}

/// Why the speech that is heard has no part in an answer, or is not learned.
public enum SpeechRefusal: String, Sendable, Hashable, Codable, CaseIterable {
    /// The sound is not good enough, or the speech too short so far; the doubts say why.
    case doubtful
    /// No face was seen during the speech.
    case noFace
    /// Several faces were seen, and none of their mouths moved clearly more than the others; in a clip: several faces
    /// were seen.
    case severalFaces
    /// The mouth of the only face did not move: the voice is that of somebody who was not seen, or of a loudspeaker.
    case mouthStill
}

extension SpeechRefusal {
    init(_ core: MienFFI.SpeechRefusal) {
        switch core {
        case .doubtful: self = .doubtful
        case .noFace: self = .noFace
        case .severalFaces: self = .severalFaces
        case .mouthStill: self = .mouthStill
        }
    }
}

/// Why the quality of speech is doubtful.
public enum SpeechDoubt: String, Sendable, Hashable, Codable, CaseIterable {
    /// 25 % of the loud sound or more is clipped.
    case clipped
    /// 5 % of the sound or more is missing, NaN or infinite.
    case damaged
    /// Speech is less than 22 dB above the noise.
    case noisy
    /// Less than 1.1 s of the sound is loud.
    case short
    /// High frequencies are missing, because the sample rate is or was below 16 kHz.
    case narrowBand
    /// Less than 0.1 s of the loud sound is voiced.
    case noVoice
}

extension SpeechDoubt {
    init(_ core: MienFFI.SpeechDoubt) {
        switch core {
        case .clipped: self = .clipped
        case .damaged: self = .damaged
        case .noisy: self = .noisy
        case .short: self = .short
        case .narrowBand: self = .narrowBand
        case .noVoice: self = .noVoice
        }
    }
}

/// The last speech that a session heard.
public struct HeardSpeech: Sendable, Hashable, Codable {
    /// When it began, microseconds of the sound's timestamps.
    public var startUs: Int
    /// When it ended, or up to when it was analyzed.
    public var endUs: Int
    /// Whether it goes on.
    public var ongoing: Bool
    /// The track of the face whose voice it is taken for; `nil`: see `refusal`.
    public var speaker: Int?
    /// Why it has no part in an answer; `nil` if there is a speaker.
    public var refusal: SpeechRefusal?
    /// Why its quality is doubtful; empty if it is good.
    public var doubts: [SpeechDoubt]

    /// Creates a value, for previews and tests.
    public init(
        startUs: Int,
        endUs: Int,
        ongoing: Bool,
        speaker: Int? = nil,
        refusal: SpeechRefusal? = nil,
        doubts: [SpeechDoubt] = []
    ) {
        self.startUs = startUs
        self.endUs = endUs
        self.ongoing = ongoing
        self.speaker = speaker
        self.refusal = refusal
        self.doubts = doubts
    }
}

extension HeardSpeech {
    init(_ core: MienFFI.HeardSpeech) {
        self.init(
            startUs: Int(core.startUs),
            endUs: Int(core.endUs),
            ongoing: core.ongoing,
            speaker: core.speaker.map { Int($0) },
            refusal: core.refusal.map(SpeechRefusal.init),
            doubts: core.doubts.map(SpeechDoubt.init)
        )
    }
}

/// The speech of a recorded clip.
public struct ClipSpeech: Sendable, Hashable, Codable {
    /// Why it is not learned, unless ``AdaptOptions/uncheckedVoices`` says whose it is; `nil` if it is learned.
    public var refusal: SpeechRefusal?
    /// Why its quality is doubtful; empty if it is good.
    public var doubts: [SpeechDoubt]

    /// Creates a value, for previews and tests.
    public init(
        refusal: SpeechRefusal? = nil,
        doubts: [SpeechDoubt] = []
    ) {
        self.refusal = refusal
        self.doubts = doubts
    }
}

extension ClipSpeech {
    init(_ core: MienFFI.ClipSpeech) {
        self.init(
            refusal: core.refusal.map(SpeechRefusal.init),
            doubts: core.doubts.map(SpeechDoubt.init)
        )
    }
}

/// One face of a still picture.
public struct FaceResult: Sendable, Hashable, Codable {
    /// Its position.
    public var face: Face
    /// Whether this is the principal face of the picture: large and near the middle.
    public var principal: Bool
    /// The quality of its picture.
    public var quality: Quality
    /// Why the picture is not good enough; empty if it is.
    public var issues: [QualityIssue]
    /// Its identity.
    public var identity: Identity
    /// Its emotion; `nil` if neither the model pack nor the user has a head.
    public var emotion: Emotion?
    /// Why the emotion is unreliable; empty if it is reliable or there is none.
    public var unsure: [Unsure]

    /// Creates a value, for previews and tests.
    public init(
        face: Face,
        principal: Bool,
        quality: Quality,
        issues: [QualityIssue] = [],
        identity: Identity,
        emotion: Emotion? = nil,
        unsure: [Unsure] = []
    ) {
        self.face = face
        self.principal = principal
        self.quality = quality
        self.issues = issues
        self.identity = identity
        self.emotion = emotion
        self.unsure = unsure
    }
}

extension FaceResult {
    init(_ core: MienFFI.FaceResult) {
        self.init(
            face: Face(core.face),
            principal: core.principal,
            quality: Quality(core.quality),
            issues: core.issues.map(QualityIssue.init),
            identity: Identity(core.identity),
            emotion: core.emotion.map(Emotion.init),
            unsure: core.unsure.map(Unsure.init)
        )
    }
}

/// The faces of a still picture. No face is a result, not an error.
public struct FrameResult: Sendable, Hashable, Codable {
    /// Width of the upright picture, pixels.
    public var width: Int
    /// Height of the upright picture, pixels.
    public var height: Int
    /// The faces, best detection score first.
    public var faces: [FaceResult]
    /// The clockwise turn in degrees that makes the faces upright: 0, 90, 180 or 270. Other than 0 if the picture lies
    /// on its side or upside down; positions are those in the picture as it lies.
    public var turnDegrees: Int

    /// Creates a value, for previews and tests.
    public init(
        width: Int,
        height: Int,
        faces: [FaceResult] = [],
        turnDegrees: Int = 0
    ) {
        self.width = width
        self.height = height
        self.faces = faces
        self.turnDegrees = turnDegrees
    }
}

extension FrameResult {
    init(_ core: MienFFI.FrameResult) {
        self.init(
            width: Int(core.width),
            height: Int(core.height),
            faces: core.faces.map(FaceResult.init),
            turnDegrees: Int(core.turnDegrees)
        )
    }
}

/// Why an answer is unreliable.
public enum Unsure: Sendable, Hashable, Codable {
    /// No label is probable enough.
    case lowConfidence
    /// The track has too few analyses so far.
    case shortWindow
    /// The identity is not settled, or that of a still picture is between two users, so the generic head answered.
    case identityOpen
    /// The picture of the face is not good enough.
    case quality(issue: QualityIssue)
}

extension Unsure {
    init(_ core: MienFFI.Unsure) {
        switch core {
        case .lowConfidence: self = .lowConfidence
        case .shortWindow: self = .shortWindow
        case .identityOpen: self = .identityOpen
        case .quality(let issue):
            self = .quality(issue: QualityIssue(issue))
        }
    }
}

/// A face of a stream in one frame.
public struct TrackedFace: Sendable, Hashable, Codable, Identifiable {
    /// The number of its track; counts from 1 and is never reused in a session.
    public var track: Int
    /// Its position.
    public var face: Face
    /// Its identity; `nil` while it is not settled.
    public var identity: Identity?
    /// Smoothed probabilities; `nil` before the first analysis, and if there is no head.
    public var emotion: Emotion?
    /// The label after hysteresis, for display and recording.
    public var label: String?
    /// Why the answer is unreliable; empty if it is reliable.
    public var unsure: [Unsure]
    /// The quality at the last analysis.
    public var quality: Quality?
    /// The time of the last analysis, microseconds.
    public var analyzedUs: Int?

    /// Creates a value, for previews and tests.
    public init(
        track: Int,
        face: Face,
        identity: Identity? = nil,
        emotion: Emotion? = nil,
        label: String? = nil,
        unsure: [Unsure] = [],
        quality: Quality? = nil,
        analyzedUs: Int? = nil
    ) {
        self.track = track
        self.face = face
        self.identity = identity
        self.emotion = emotion
        self.label = label
        self.unsure = unsure
        self.quality = quality
        self.analyzedUs = analyzedUs
    }
}

extension TrackedFace {
    init(_ core: MienFFI.TrackedFace) {
        self.init(
            track: Int(core.track),
            face: Face(core.face),
            identity: core.identity.map(Identity.init),
            emotion: core.emotion.map(Emotion.init),
            label: core.label,
            unsure: core.unsure.map(Unsure.init),
            quality: core.quality.map(Quality.init),
            analyzedUs: core.analyzedUs.map { Int($0) }
        )
    }
}

/// A change in a frame.
public enum StreamEvent: Sendable, Hashable, Codable {
    /// A new face.
    case began(track: Int)
    /// The face is out of sight; its track is kept in case it returns.
    case lost(track: Int)
    /// The track has ended.
    case ended(track: Int)
    /// The identity was settled: a user, or nobody who is enrolled.
    case identitySettled(track: Int, identity: Identity)
    /// The identity is in doubt again.
    case identityLost(track: Int)
    /// The label changed.
    case emotionChanged(track: Int, user: String?, from: String?, to: String, probability: Float)
}

extension StreamEvent {
    init(_ core: MienFFI.StreamEvent) {
        switch core {
        case .began(let track):
            self = .began(track: Int(track))
        case .lost(let track):
            self = .lost(track: Int(track))
        case .ended(let track):
            self = .ended(track: Int(track))
        case .identitySettled(let track, let identity):
            self = .identitySettled(track: Int(track), identity: Identity(identity))
        case .identityLost(let track):
            self = .identityLost(track: Int(track))
        case .emotionChanged(let track, let user, let from, let to, let probability):
            self = .emotionChanged(track: Int(track), user: user, from: from, to: to, probability: probability)
        }
    }
}

/// The result of a session for one frame.
public struct StreamResult: Sendable, Hashable, Codable {
    /// The timestamp of the frame, microseconds.
    public var timestampUs: Int
    /// Width of the upright frame, pixels.
    public var width: Int
    /// Height of the upright frame, pixels.
    public var height: Int
    /// The visible faces, ordered by track.
    public var faces: [TrackedFace]
    /// The changes, in the order in which they happened.
    public var events: [StreamEvent]
    /// Whether the detector ran on the frame.
    public var detected: Bool
    /// The last speech that was heard, until ``StreamOptions/speechHoldUs`` after its end.
    public var speech: HeardSpeech?
    /// Why the frame of a live session has no result: there are no faces and no events then, and the session goes on
    /// with the next frame. `nil` for all other frames; those of a video session return the error instead.
    public var error: EmotionError?

    /// Creates a value, for previews and tests.
    public init(
        timestampUs: Int,
        width: Int,
        height: Int,
        faces: [TrackedFace] = [],
        events: [StreamEvent] = [],
        detected: Bool,
        speech: HeardSpeech? = nil,
        error: EmotionError? = nil
    ) {
        self.timestampUs = timestampUs
        self.width = width
        self.height = height
        self.faces = faces
        self.events = events
        self.detected = detected
        self.speech = speech
        self.error = error
    }
}

extension StreamResult {
    init(_ core: MienFFI.StreamResult) {
        self.init(
            timestampUs: Int(core.timestampUs),
            width: Int(core.width),
            height: Int(core.height),
            faces: core.faces.map(TrackedFace.init),
            events: core.events.map(StreamEvent.init),
            detected: core.detected,
            speech: core.speech.map(HeardSpeech.init),
            error: core.error.map { EmotionError($0) }
        )
    }
}

/// The immediate outcome of submitting a frame to a live session.
public enum Submission: String, Sendable, Hashable, Codable, CaseIterable {
    /// The frame waits to be processed and replaces any frame that was waiting.
    case taken
    /// The frame is skipped: it came too early for the target rate.
    case paced
    /// The frame is skipped: nothing in it has changed.
    case unchanged
}

extension Submission {
    init(_ core: MienFFI.Submission) {
        switch core {
        case .taken: self = .taken
        case .paced: self = .paced
        case .unchanged: self = .unchanged
        }
    }
}

/// Frame counts of a live session so far.
public struct LiveStatistics: Sendable, Hashable, Codable {
    /// Frames submitted with a valid timestamp.
    public var submitted: Int
    /// Frames skipped to keep the target rate.
    public var paced: Int
    /// Frames skipped because nothing had changed.
    public var unchanged: Int
    /// Frames taken but replaced by a newer one before they were processed.
    public var dropped: Int
    /// Frames processed successfully.
    public var processed: Int
    /// Frames that failed with an error.
    public var failed: Int
    /// Frames taken but not finished: at most one being processed and one waiting.
    public var pending: Int
    /// Results dropped because they were not fetched in time.
    public var resultsLost: Int
    /// How far the last result was behind the newest frame, microseconds of stream time.
    public var lastAgeUs: Int
    /// The maximum of that over the session.
    public var maxAgeUs: Int

    /// Creates a value, for previews and tests.
    public init(
        submitted: Int,
        paced: Int,
        unchanged: Int,
        dropped: Int,
        processed: Int,
        failed: Int,
        pending: Int,
        resultsLost: Int,
        lastAgeUs: Int,
        maxAgeUs: Int
    ) {
        self.submitted = submitted
        self.paced = paced
        self.unchanged = unchanged
        self.dropped = dropped
        self.processed = processed
        self.failed = failed
        self.pending = pending
        self.resultsLost = resultsLost
        self.lastAgeUs = lastAgeUs
        self.maxAgeUs = maxAgeUs
    }
}

extension LiveStatistics {
    init(_ core: MienFFI.LiveStatistics) {
        self.init(
            submitted: Int(core.submitted),
            paced: Int(core.paced),
            unchanged: Int(core.unchanged),
            dropped: Int(core.dropped),
            processed: Int(core.processed),
            failed: Int(core.failed),
            pending: Int(core.pending),
            resultsLost: Int(core.resultsLost),
            lastAgeUs: Int(core.lastAgeUs),
            maxAgeUs: Int(core.maxAgeUs)
        )
    }
}

/// What was recovered from a damaged store.
public struct SalvageReport: Sendable, Hashable, Codable {
    /// Recovered users, by name.
    public var users: [SalvagedUser]
    /// Number of lost users: data was found, but no profile.
    public var lostUsers: Int
    /// Number of recovered settings and calibrations.
    public var settings: Int
    /// Number of values that cannot be read, or of which only an older version was recovered.
    public var damagedValues: Int
    /// Number of values that are not recovered as they were, 1 if the number is unknown; `nil` if it cannot be told.
    public var missingValues: Int?
    /// Whether the file was searched page by page; then data that was removed after the last erasure may be back.
    public var searched: Bool
    /// Name of the file that keeps the damaged data, in the folder of the store; `nil` if the store was sound and
    /// nothing was changed.
    public var keptAs: String?
    /// Whether everything was recovered, as far as can be told.
    public var isComplete: Bool

    /// Creates a value, for previews and tests.
    public init(
        users: [SalvagedUser] = [],
        lostUsers: Int,
        settings: Int,
        damagedValues: Int,
        missingValues: Int? = nil,
        searched: Bool,
        keptAs: String? = nil,
        isComplete: Bool
    ) {
        self.users = users
        self.lostUsers = lostUsers
        self.settings = settings
        self.damagedValues = damagedValues
        self.missingValues = missingValues
        self.searched = searched
        self.keptAs = keptAs
        self.isComplete = isComplete
    }
}

extension SalvageReport {
    init(_ core: MienFFI.SalvageReport) {
        self.init(
            users: core.users.map(SalvagedUser.init),
            lostUsers: Int(core.lostUsers),
            settings: Int(core.settings),
            damagedValues: Int(core.damagedValues),
            missingValues: core.missingValues.map { Int($0) },
            searched: core.searched,
            keptAs: core.keptAs,
            isComplete: core.isComplete
        )
    }
}

/// A recovered user.
public struct SalvagedUser: Sendable, Hashable, Codable {
    /// The name.
    public var name: String
    /// Number of recovered values of the timelines.
    public var timelineValues: Int
    /// Number of damaged values of the timelines.
    public var damagedTimelineValues: Int

    /// Creates a value, for previews and tests.
    public init(
        name: String,
        timelineValues: Int,
        damagedTimelineValues: Int
    ) {
        self.name = name
        self.timelineValues = timelineValues
        self.damagedTimelineValues = damagedTimelineValues
    }
}

extension SalvagedUser {
    init(_ core: MienFFI.SalvagedUser) {
        self.init(
            name: core.name,
            timelineValues: Int(core.timelineValues),
            damagedTimelineValues: Int(core.damagedTimelineValues)
        )
    }
}

/// The origin of the times of events.
public enum Clock: Sendable, Hashable, Codable {
    /// Milliseconds since 1970, when the user was seen.
    case wall
    /// Milliseconds since the start of the named medium.
    case media(name: String)
}

extension Clock {
    init(_ core: MienFFI.Clock) {
        switch core {
        case .wall: self = .wall
        case .media(let name):
            self = .media(name: name)
        }
    }
}

extension Clock {
    var core: MienFFI.Clock {
        switch self {
        case .wall: .wall
        case .media(let name):
            .media(name: name)
        }
    }
}

/// An emotion of a user at a time.
public struct TimelineEvent: Sendable, Hashable, Codable {
    /// Milliseconds by the clock of the timeline. A later event at the same time replaces this one.
    public var atMs: Int
    /// Duration in milliseconds, up to an hour; 0 if unknown.
    public var durationMs: Int
    /// The emotion; one of `probabilities`.
    public var label: String
    /// The probability of each emotion; the probabilities sum to 1 and are stored in steps of 1/255.
    public var probabilities: [LabelProbability]
    /// Whether the user's own head answered.
    public var adapted: Bool

    /// Creates a value, for previews and tests.
    public init(
        atMs: Int,
        durationMs: Int,
        label: String,
        probabilities: [LabelProbability] = [],
        adapted: Bool
    ) {
        self.atMs = atMs
        self.durationMs = durationMs
        self.label = label
        self.probabilities = probabilities
        self.adapted = adapted
    }
}

extension TimelineEvent {
    init(_ core: MienFFI.TimelineEvent) {
        self.init(
            atMs: Int(core.atMs),
            durationMs: Int(core.durationMs),
            label: core.label,
            probabilities: core.probabilities.map(LabelProbability.init),
            adapted: core.adapted
        )
    }
}

extension TimelineEvent {
    func core() throws -> MienFFI.TimelineEvent {
        MienFFI.TimelineEvent(
            atMs: try UInt64(checked: atMs, "atMs"),
            durationMs: try UInt32(checked: durationMs, "durationMs"),
            label: label,
            probabilities: probabilities.map { $0.core },
            adapted: adapted
        )
    }
}

/// The outcome of recording events.
public struct Recorded: Sendable, Hashable, Codable {
    /// Number of events at times that had none.
    public var added: Int
    /// Number of events that replaced another one at their time.
    public var replaced: Int

    /// Creates a value, for previews and tests.
    public init(
        added: Int,
        replaced: Int
    ) {
        self.added = added
        self.replaced = replaced
    }
}

extension Recorded {
    init(_ core: MienFFI.Recorded) {
        self.init(
            added: Int(core.added),
            replaced: Int(core.replaced)
        )
    }
}

/// The content of a timeline.
public struct TimelineSummary: Sendable, Hashable, Codable {
    /// The origin of its times.
    public var clock: Clock
    /// The emotions, in order of first use.
    public var labels: [String]
    /// Number of stored events.
    public var events: Int
    /// The time of the first stored event or tally; `nil` if nothing is stored.
    public var firstMs: Int?
    /// The time of the last stored event or tally; `nil` if nothing is stored.
    public var lastMs: Int?
    /// Time before which events were deleted and no more can be recorded; 0 if none were deleted.
    public var eventsKeptFromMs: Int

    /// Creates a value, for previews and tests.
    public init(
        clock: Clock,
        labels: [String] = [],
        events: Int,
        firstMs: Int? = nil,
        lastMs: Int? = nil,
        eventsKeptFromMs: Int
    ) {
        self.clock = clock
        self.labels = labels
        self.events = events
        self.firstMs = firstMs
        self.lastMs = lastMs
        self.eventsKeptFromMs = eventsKeptFromMs
    }
}

extension TimelineSummary {
    init(_ core: MienFFI.TimelineSummary) {
        self.init(
            clock: Clock(core.clock),
            labels: core.labels,
            events: Int(core.events),
            firstMs: core.firstMs.map { Int($0) },
            lastMs: core.lastMs.map { Int($0) },
            eventsKeptFromMs: Int(core.eventsKeptFromMs)
        )
    }
}

/// The length of buckets. Minutes, hours and days are tallied when events are recorded, seconds when they are queried.
public enum BucketWidth: String, Sendable, Hashable, Codable, CaseIterable {
    /// A second.
    case second
    /// A minute.
    case minute
    /// An hour of local time.
    case hour
    /// A day, from midnight of local time.
    case day
}

extension BucketWidth {
    init(_ core: MienFFI.BucketWidth) {
        switch core {
        case .second: self = .second
        case .minute: self = .minute
        case .hour: self = .hour
        case .day: self = .day
        }
    }
}

extension BucketWidth {
    var core: MienFFI.BucketWidth {
        switch self {
        case .second: .second
        case .minute: .minute
        case .hour: .hour
        case .day: .day
        }
    }
}

/// Sums over events for one emotion.
public struct ClassTally: Sendable, Hashable, Codable {
    /// The emotion.
    public var label: String
    /// Number of events with this label.
    public var events: Int
    /// The mean probability, 0 to 1; 0 without events.
    public var share: Double

    /// Creates a value, for previews and tests.
    public init(
        label: String,
        events: Int,
        share: Double
    ) {
        self.label = label
        self.events = events
        self.share = share
    }
}

extension ClassTally {
    init(_ core: MienFFI.ClassTally) {
        self.init(
            label: core.label,
            events: Int(core.events),
            share: core.share
        )
    }
}

/// Sums over events.
public struct Tally: Sendable, Hashable, Codable {
    /// Number of events.
    public var events: Int
    /// Number of events that the user's own head answered.
    public var adapted: Int
    /// Sum of the durations of the events, milliseconds.
    public var observedMs: Int
    /// The sums for each emotion of the timeline.
    public var classes: [ClassTally]
    /// Mean valence and arousal over the events, projected from the probabilities; `nil` without events, or if more
    /// than a tenth of the probability is on labels without a position.
    public var affect: Affect?

    /// Creates a value, for previews and tests.
    public init(
        events: Int,
        adapted: Int,
        observedMs: Int,
        classes: [ClassTally] = [],
        affect: Affect? = nil
    ) {
        self.events = events
        self.adapted = adapted
        self.observedMs = observedMs
        self.classes = classes
        self.affect = affect
    }
}

extension Tally {
    init(_ core: MienFFI.Tally) {
        self.init(
            events: Int(core.events),
            adapted: Int(core.adapted),
            observedMs: Int(core.observedMs),
            classes: core.classes.map(ClassTally.init),
            affect: core.affect.map(Affect.init)
        )
    }
}

/// The events of one interval.
public struct Bucket: Sendable, Hashable, Codable {
    /// Its start, in the time of the events.
    public var startMs: Int
    /// Its length, milliseconds.
    public var lengthMs: Int
    /// The sums over its events.
    public var tally: Tally

    /// Creates a value, for previews and tests.
    public init(
        startMs: Int,
        lengthMs: Int,
        tally: Tally
    ) {
        self.startMs = startMs
        self.lengthMs = lengthMs
        self.tally = tally
    }
}

extension Bucket {
    init(_ core: MienFFI.Bucket) {
        self.init(
            startMs: Int(core.startMs),
            lengthMs: Int(core.lengthMs),
            tally: Tally(core.tally)
        )
    }
}

/// The format of an exported timeline.
public enum ExportFormat: String, Sendable, Hashable, Codable, CaseIterable {
    /// A table with a header line.
    case csv
    /// One object with `clock`, `labels` and `events` or `buckets`.
    case json
}

extension ExportFormat {
    init(_ core: MienFFI.ExportFormat) {
        switch core {
        case .csv: self = .csv
        case .json: self = .json
        }
    }
}

extension ExportFormat {
    var core: MienFFI.ExportFormat {
        switch self {
        case .csv: .csv
        case .json: .json
        }
    }
}

/// An enrolled user.
public struct User: Sendable, Hashable, Codable, Identifiable {
    /// The name.
    public var name: String
    /// Time of the enrollment, milliseconds since 1970.
    public var enrolledAtMs: Int
    /// Number of embeddings by which the user is recognized.
    public var embeddings: Int
    /// The stored generations of the user's own head for faces, oldest first.
    public var generations: [Generation]
    /// The number of the active generation; `nil` if the generic head answers.
    public var activeGeneration: Int?
    /// The stored generations of the user's own head for speech, oldest first.
    public var speechGenerations: [Generation]
    /// The number of the active one; `nil` if the generic head for speech answers, if there is one.
    public var activeSpeechGeneration: Int?

    /// Creates a value, for previews and tests.
    public init(
        name: String,
        enrolledAtMs: Int,
        embeddings: Int,
        generations: [Generation] = [],
        activeGeneration: Int? = nil,
        speechGenerations: [Generation] = [],
        activeSpeechGeneration: Int? = nil
    ) {
        self.name = name
        self.enrolledAtMs = enrolledAtMs
        self.embeddings = embeddings
        self.generations = generations
        self.activeGeneration = activeGeneration
        self.speechGenerations = speechGenerations
        self.activeSpeechGeneration = activeSpeechGeneration
    }
}

extension User {
    init(_ core: MienFFI.User) {
        self.init(
            name: core.name,
            enrolledAtMs: Int(core.enrolledAtMs),
            embeddings: Int(core.embeddings),
            generations: core.generations.map(Generation.init),
            activeGeneration: core.activeGeneration.map { Int($0) },
            speechGenerations: core.speechGenerations.map(Generation.init),
            activeSpeechGeneration: core.activeSpeechGeneration.map { Int($0) }
        )
    }
}

/// A generation of a user's own head.
public struct Generation: Sendable, Hashable, Codable, Identifiable {
    /// Its number, counted from 1.
    public var number: Int
    /// Time of the adaptation, milliseconds since 1970.
    public var adaptedAtMs: Int
    /// Number of learned clips.
    public var clips: Int
    /// Mean negative log probability of a clip's emotion, each clip held out in turn; `nil` if it was not estimated.
    public var estimatedLoss: Float?
    /// Whether it was learned with the networks (for speech: the features) in use; other generations cannot answer.
    public var usable: Bool

    /// Creates a value, for previews and tests.
    public init(
        number: Int,
        adaptedAtMs: Int,
        clips: Int,
        estimatedLoss: Float? = nil,
        usable: Bool
    ) {
        self.number = number
        self.adaptedAtMs = adaptedAtMs
        self.clips = clips
        self.estimatedLoss = estimatedLoss
        self.usable = usable
    }
}

extension Generation {
    init(_ core: MienFFI.Generation) {
        self.init(
            number: Int(core.number),
            adaptedAtMs: Int(core.adaptedAtMs),
            clips: Int(core.clips),
            estimatedLoss: core.estimatedLoss,
            usable: core.usable
        )
    }
}

/// The result of comparing a face with one user: whether it resembles the user, never that it is the user.
///
/// Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW) and 0.52 %
/// (KDEF) were taken for a user, by `mien eval identity --data DIR`.
public struct Likeness: Sendable, Hashable, Codable {
    /// The similarity, -1 to 1.
    public var similarity: Float
    /// Whether the similarity reaches the threshold for a single user.
    public var resembles: Bool

    /// Creates a value, for previews and tests.
    public init(
        similarity: Float,
        resembles: Bool
    ) {
        self.similarity = similarity
        self.resembles = resembles
    }
}

extension Likeness {
    init(_ core: MienFFI.Likeness) {
        self.init(
            similarity: core.similarity,
            resembles: core.resembles
        )
    }
}
