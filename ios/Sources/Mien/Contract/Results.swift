// Written by `make contract` from the declarations in Rust; edit those.

public import Foundation
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
    func core() throws(MienError) -> MienFFI.Calibration {
        MienFFI.Calibration(
            center: Floats.bytes(center),
            threshold: threshold,
            rise: rise,
            margin: margin,
            network: network,
            evidence: evidence,
            figures: try figures.map { value throws(MienError) in try value.core() }
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
    func core() throws(MienError) -> MienFFI.CalibrationFigures {
        MienFFI.CalibrationFigures(
            users: try UInt32(checked: users, "users"),
            wrongUserRate: wrongUserRate,
            missedUserRate: missedUserRate,
            unknownAcceptedRate: unknownAcceptedRate
        )
    }
}

/// The kind of an error.
public enum ErrorCode: String, Sendable, Hashable, Codable, CaseIterable {
    /// A model file is missing, damaged, unknown or of the wrong shape.
    case modelLoad
    /// The planes of a frame do not fit its size, the rotation is unknown, or a picture cannot be decoded.
    case invalidFrame
    /// An option, name or argument is out of its range.
    case invalidOption
    /// A timestamp is not later than the previous one.
    case timestampOrder
    /// No user of this name is enrolled.
    case userNotFound
    /// Too little usable data to learn from or to enroll with.
    case notEnoughSamples
    /// Training reached a value that is not finite; the old head was kept.
    case trainingDiverged
    /// A stored profile or an exported file is damaged.
    case profileCorrupt
    /// A stored profile or an exported file was written by a newer version.
    case profileVersion
    /// The store cannot be read or written, or its limits do not allow it.
    case storage
    /// The key of a store or the passphrase of a file is wrong, missing or not expected.
    case wrongKey
    /// The caller cancelled the work.
    case cancelled
    /// The object was closed.
    case closed
    /// A network produced a value that is not finite, or an invariant does not hold.
    case `internal`
    /// The pictures of an enrollment show several people, or somebody else than the user.
    case severalPeople
}

extension ErrorCode {
    init(_ core: MienFFI.ErrorCode) {
        switch core {
        case .modelLoad: self = .modelLoad
        case .invalidFrame: self = .invalidFrame
        case .invalidOption: self = .invalidOption
        case .timestampOrder: self = .timestampOrder
        case .userNotFound: self = .userNotFound
        case .notEnoughSamples: self = .notEnoughSamples
        case .trainingDiverged: self = .trainingDiverged
        case .profileCorrupt: self = .profileCorrupt
        case .profileVersion: self = .profileVersion
        case .storage: self = .storage
        case .wrongKey: self = .wrongKey
        case .cancelled: self = .cancelled
        case .closed: self = .closed
        case .`internal`: self = .`internal`
        case .severalPeople: self = .severalPeople
        }
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

/// How much energy a live session may use; set it from the device's thermal state and battery. Tracks, identities and
/// windows survive a change.
public enum PowerBudget: String, Sendable, Hashable, Codable, CaseIterable {
    /// All that the options allow: each analysis runs both networks.
    case full
    /// About half of the CPU time of the full budget: at most 10 frames per second are processed, the identity network
    /// runs when the answer changes or is in doubt and at least every 2 s, a settled face is analyzed 5 times per
    /// second, and the detector runs a third as often.
    case balanced
    /// At most 5 frames per second are processed, a settled face is analyzed at most 2 times per second, and one
    /// settled face per frame. Labels then change later.
    case saver
    /// At most 3 frames per second are processed, and a settled face is analyzed at most once per second, at least
    /// every 2 s.
    case critical
}

extension PowerBudget {
    init(_ core: MienFFI.PowerBudget) {
        switch core {
        case .full: self = .full
        case .balanced: self = .balanced
        case .saver: self = .saver
        case .critical: self = .critical
        }
    }
}

extension PowerBudget {
    var core: MienFFI.PowerBudget {
        switch self {
        case .full: .full
        case .balanced: .balanced
        case .saver: .saver
        case .critical: .critical
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
    public var label: EmotionLabel
    /// Number of clips.
    public var count: Int

    /// Creates a value, for previews and tests.
    public init(
        label: EmotionLabel,
        count: Int
    ) {
        self.label = label
        self.count = count
    }
}

extension LabelCount {
    init(_ core: MienFFI.LabelCount) {
        self.init(
            label: EmotionLabel(core.label),
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
    public var label: EmotionLabel?
    /// Why it was not learned.
    public var reason: LeftOutReason

    /// Creates a value, for previews and tests.
    public init(
        index: Int,
        name: String,
        label: EmotionLabel? = nil,
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
            label: core.label.map { EmotionLabel($0) },
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
    case looksLike(label: EmotionLabel, probability: Float)
}

extension LeftOutReason {
    init(_ core: MienFFI.LeftOutReason) {
        switch core {
        case .somebodyElse(let similarity):
            self = .somebodyElse(similarity: similarity)
        case .severalPeople: self = .severalPeople
        case .looksLike(let label, let probability):
            self = .looksLike(label: EmotionLabel(label), probability: probability)
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
    public var isAccepted: Bool
    /// Why the new head was refused; `nil` if it is accepted.
    public var refusal: Refusal?
    /// Why it was accepted or refused.
    public var reason: String
    /// Whether the labels were compared with what the clips look like to the generic head. False if nobody can tell: it
    /// sees no difference between the clips, or it reads this face no better than chance; and if the gate is off.
    public var areLabelsExamined: Bool
    /// Number of learned clips of each label that occurs, in the order of the head.
    public var clips: [LabelCount]
    /// Labels of the head without a clip.
    public var labelsWithoutClips: [EmotionLabel]
    /// Whether those labels were rehearsed with samples of the generic data; otherwise their weights stay.
    public var isRehearsed: Bool
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
        isAccepted: Bool,
        refusal: Refusal? = nil,
        reason: String,
        areLabelsExamined: Bool,
        clips: [LabelCount] = [],
        labelsWithoutClips: [EmotionLabel] = [],
        isRehearsed: Bool,
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
        self.isAccepted = isAccepted
        self.refusal = refusal
        self.reason = reason
        self.areLabelsExamined = areLabelsExamined
        self.clips = clips
        self.labelsWithoutClips = labelsWithoutClips
        self.isRehearsed = isRehearsed
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
            isAccepted: core.accepted,
            refusal: core.refusal.map(Refusal.init),
            reason: core.reason,
            areLabelsExamined: core.labelsExamined,
            clips: core.clips.map(LabelCount.init),
            labelsWithoutClips: core.labelsWithoutClips.map { EmotionLabel($0) },
            isRehearsed: core.rehearsed,
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
    public var label: EmotionLabel?
    /// The label that was shown and is wrong; `nil` if the answer was confirmed.
    public var contradicted: EmotionLabel?
    /// Number of analyzed frames that it covers.
    public var frames: Int
    /// Whether the head now answers these frames so. One correction alone does not overturn an answer that the head is
    /// sure of: it is kept and waits until others bear it out.
    public var isTaken: Bool
    /// Why nothing was learned; `nil` if it was.
    public var refusal: CorrectionRefusal?

    /// Creates a value, for previews and tests.
    public init(
        track: Int? = nil,
        user: String? = nil,
        label: EmotionLabel? = nil,
        contradicted: EmotionLabel? = nil,
        frames: Int,
        isTaken: Bool,
        refusal: CorrectionRefusal? = nil
    ) {
        self.track = track
        self.user = user
        self.label = label
        self.contradicted = contradicted
        self.frames = frames
        self.isTaken = isTaken
        self.refusal = refusal
    }
}

extension Correction {
    init(_ core: MienFFI.Correction) {
        self.init(
            track: core.track.map { Int($0) },
            user: core.user,
            label: core.label.map { EmotionLabel($0) },
            contradicted: core.contradicted.map { EmotionLabel($0) },
            frames: Int(core.frames),
            isTaken: core.taken,
            refusal: core.refusal.map(CorrectionRefusal.init)
        )
    }
}

/// The report of a full fit on the corrections of a user.
public struct CorrectionReport: Sendable, Hashable, Codable {
    /// Whether the new head answers from now on.
    public var isAccepted: Bool
    /// Why the new head was refused; `nil` if it is accepted.
    public var refusal: Refusal?
    /// Whether the corrections that are not part of a generation go on answering through the short fit, because they
    /// are too few for the gate. Those that the gate refused do not, until the next correction.
    public var isPending: Bool
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
        isAccepted: Bool,
        refusal: Refusal? = nil,
        isPending: Bool,
        generation: Int? = nil,
        corrections: Int,
        lossBefore: Float,
        lossEstimated: Float? = nil
    ) {
        self.isAccepted = isAccepted
        self.refusal = refusal
        self.isPending = isPending
        self.generation = generation
        self.corrections = corrections
        self.lossBefore = lossBefore
        self.lossEstimated = lossEstimated
    }
}

extension CorrectionReport {
    init(_ core: MienFFI.CorrectionReport) {
        self.init(
            isAccepted: core.accepted,
            refusal: core.refusal.map(Refusal.init),
            isPending: core.pending,
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
    public var label: EmotionLabel
    /// Its probability, 0 to 1.
    public var probability: Float

    /// Creates a value, for previews and tests.
    public init(
        label: EmotionLabel,
        probability: Float
    ) {
        self.label = label
        self.probability = probability
    }
}

extension LabelProbability {
    init(_ core: MienFFI.LabelProbability) {
        self.init(
            label: EmotionLabel(core.label),
            probability: core.probability
        )
    }
}

extension LabelProbability {
    var core: MienFFI.LabelProbability {
        MienFFI.LabelProbability(
            label: label.name,
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
    public var label: EmotionLabel
    /// Each label with its probability, in the order of the head; the probabilities sum to 1.
    public var probabilities: [LabelProbability]
    /// Valence and arousal, projected from the probabilities; `nil` if more than a tenth of the probability is on
    /// labels without a position.
    public var affect: Affect?
    /// Whether the user's own head answered instead of the generic one; of face and voice, one of them.
    public var isAdapted: Bool
    /// What it was read from.
    public var modalities: [Modality]

    /// Creates a value, for previews and tests.
    public init(
        label: EmotionLabel,
        probabilities: [LabelProbability] = [],
        affect: Affect? = nil,
        isAdapted: Bool,
        modalities: [Modality] = []
    ) {
        self.label = label
        self.probabilities = probabilities
        self.affect = affect
        self.isAdapted = isAdapted
        self.modalities = modalities
    }
}

extension Emotion {
    init(_ core: MienFFI.Emotion) {
        self.init(
            label: EmotionLabel(core.label),
            probabilities: core.probabilities.map(LabelProbability.init),
            affect: core.affect.map(Affect.init),
            isAdapted: core.adapted,
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

/// The box around a face, in pixels of the upright frame.
public struct FaceBounds: Sendable, Hashable, Codable {
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

extension FaceBounds {
    init(_ core: MienFFI.FaceBounds) {
        self.init(
            x: core.x,
            y: core.y,
            width: core.width,
            height: core.height
        )
    }
}

/// A point in pixels of the upright frame.
public struct FacePoint: Sendable, Hashable, Codable {
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

extension FacePoint {
    init(_ core: MienFFI.FacePoint) {
        self.init(
            x: core.x,
            y: core.y
        )
    }
}

/// The landmarks of a face; left and right are those of the picture.
public struct FaceLandmarks: Sendable, Hashable, Codable {
    /// The left eye.
    public var leftEye: FacePoint
    /// The right eye.
    public var rightEye: FacePoint
    /// The tip of the nose.
    public var nose: FacePoint
    /// The left corner of the mouth.
    public var leftMouth: FacePoint
    /// The right corner of the mouth.
    public var rightMouth: FacePoint

    /// Creates a value, for previews and tests.
    public init(
        leftEye: FacePoint,
        rightEye: FacePoint,
        nose: FacePoint,
        leftMouth: FacePoint,
        rightMouth: FacePoint
    ) {
        self.leftEye = leftEye
        self.rightEye = rightEye
        self.nose = nose
        self.leftMouth = leftMouth
        self.rightMouth = rightMouth
    }
}

extension FaceLandmarks {
    init(_ core: MienFFI.FaceLandmarks) {
        self.init(
            leftEye: FacePoint(core.leftEye),
            rightEye: FacePoint(core.rightEye),
            nose: FacePoint(core.nose),
            leftMouth: FacePoint(core.leftMouth),
            rightMouth: FacePoint(core.rightMouth)
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
    public var label: EmotionLabel?
    /// Number of frames.
    public var frames: Int
    /// Whether the person was asked and means the label.
    public var isConfirmed: Bool
    /// The speech of the clip; `nil` if it has no sound.
    public var speech: ClipSpeech?

    /// Creates a value, for previews and tests.
    public init(
        name: String,
        label: EmotionLabel? = nil,
        frames: Int,
        isConfirmed: Bool,
        speech: ClipSpeech? = nil
    ) {
        self.name = name
        self.label = label
        self.frames = frames
        self.isConfirmed = isConfirmed
        self.speech = speech
    }
}

extension ClipSummary {
    init(_ core: MienFFI.ClipSummary) {
        self.init(
            name: core.name,
            label: core.label.map { EmotionLabel($0) },
            frames: Int(core.frames),
            isConfirmed: core.confirmed,
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
    /// When it began, on the clock of the sound.
    public var start: Duration
    /// When it ended, or up to when it was analyzed.
    public var end: Duration
    /// Whether it goes on.
    public var isOngoing: Bool
    /// The track of the face whose voice it is taken for; `nil`: see `refusal`.
    public var speaker: Int?
    /// Why it has no part in an answer; `nil` if there is a speaker.
    public var refusal: SpeechRefusal?
    /// Why its quality is doubtful; empty if it is good.
    public var doubts: [SpeechDoubt]

    /// Creates a value, for previews and tests.
    public init(
        start: Duration,
        end: Duration,
        isOngoing: Bool,
        speaker: Int? = nil,
        refusal: SpeechRefusal? = nil,
        doubts: [SpeechDoubt] = []
    ) {
        self.start = start
        self.end = end
        self.isOngoing = isOngoing
        self.speaker = speaker
        self.refusal = refusal
        self.doubts = doubts
    }
}

extension HeardSpeech {
    init(_ core: MienFFI.HeardSpeech) {
        self.init(
            start: Duration(microseconds: core.startUs),
            end: Duration(microseconds: core.endUs),
            isOngoing: core.ongoing,
            speaker: core.speaker.map { Int($0) },
            refusal: core.refusal.map(SpeechRefusal.init),
            doubts: core.doubts.map(SpeechDoubt.init)
        )
    }
}

/// The speech of a recorded clip.
public struct ClipSpeech: Sendable, Hashable, Codable {
    /// Why it is not learned, unless ``AdaptOptions/allowsUncheckedVoices`` says whose it is; `nil` if it is learned.
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
    /// The box of the detector.
    public var bounds: FaceBounds
    /// The eyes, the nose and the mouth.
    public var landmarks: FaceLandmarks
    /// The detection score, 0 to 1.
    public var score: Float
    /// Whether this is the principal face of the picture: large and near the middle.
    public var isPrincipal: Bool
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
        bounds: FaceBounds,
        landmarks: FaceLandmarks,
        score: Float,
        isPrincipal: Bool,
        quality: Quality,
        issues: [QualityIssue] = [],
        identity: Identity,
        emotion: Emotion? = nil,
        unsure: [Unsure] = []
    ) {
        self.bounds = bounds
        self.landmarks = landmarks
        self.score = score
        self.isPrincipal = isPrincipal
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
            bounds: FaceBounds(core.bounds),
            landmarks: FaceLandmarks(core.landmarks),
            score: core.score,
            isPrincipal: core.principal,
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
    /// The box of the detector.
    public var bounds: FaceBounds
    /// The eyes, the nose and the mouth.
    public var landmarks: FaceLandmarks
    /// The detection score, 0 to 1.
    public var score: Float
    /// Its identity; `nil` while it is not settled.
    public var identity: Identity?
    /// Smoothed probabilities; `nil` before the first analysis, and if there is no head.
    public var emotion: Emotion?
    /// The label after hysteresis, for display and recording.
    public var label: EmotionLabel?
    /// Why the answer is unreliable; empty if it is reliable.
    public var unsure: [Unsure]
    /// The quality at the last analysis; below the full power budget at the last one in which the identity network ran.
    public var quality: Quality?
    /// The time of the frame that was analyzed last.
    public var analyzedAt: Duration?

    /// Creates a value, for previews and tests.
    public init(
        track: Int,
        bounds: FaceBounds,
        landmarks: FaceLandmarks,
        score: Float,
        identity: Identity? = nil,
        emotion: Emotion? = nil,
        label: EmotionLabel? = nil,
        unsure: [Unsure] = [],
        quality: Quality? = nil,
        analyzedAt: Duration? = nil
    ) {
        self.track = track
        self.bounds = bounds
        self.landmarks = landmarks
        self.score = score
        self.identity = identity
        self.emotion = emotion
        self.label = label
        self.unsure = unsure
        self.quality = quality
        self.analyzedAt = analyzedAt
    }
}

extension TrackedFace {
    init(_ core: MienFFI.TrackedFace) {
        self.init(
            track: Int(core.track),
            bounds: FaceBounds(core.bounds),
            landmarks: FaceLandmarks(core.landmarks),
            score: core.score,
            identity: core.identity.map(Identity.init),
            emotion: core.emotion.map(Emotion.init),
            label: core.label.map { EmotionLabel($0) },
            unsure: core.unsure.map(Unsure.init),
            quality: core.quality.map(Quality.init),
            analyzedAt: core.analyzedUs.map { Duration(microseconds: $0) }
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
    case emotionChanged(track: Int, user: String?, from: EmotionLabel?, to: EmotionLabel, probability: Float)
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
            self = .emotionChanged(
                track: Int(track), user: user, from: from.map { EmotionLabel($0) }, to: EmotionLabel(to),
                probability: probability)
        }
    }
}

/// The result of a session for one frame.
public struct StreamResult: Sendable, Hashable, Codable {
    /// The time of the frame, on the clock of its stream.
    public var timestamp: Duration
    /// Width of the upright frame, pixels.
    public var width: Int
    /// Height of the upright frame, pixels.
    public var height: Int
    /// The visible faces, ordered by track.
    public var faces: [TrackedFace]
    /// The changes, in the order in which they happened.
    public var events: [StreamEvent]
    /// Whether the detector ran on the frame.
    public var ranDetector: Bool
    /// The last speech that was heard, until ``StreamOptions/speechHold`` after its end.
    public var speech: HeardSpeech?
    /// Why the frame of a live session has no result: there are no faces and no events then, and the session goes on
    /// with the next frame. `nil` for all other frames; those of a video session return the error instead.
    public var error: MienError?

    /// Creates a value, for previews and tests.
    public init(
        timestamp: Duration,
        width: Int,
        height: Int,
        faces: [TrackedFace] = [],
        events: [StreamEvent] = [],
        ranDetector: Bool,
        speech: HeardSpeech? = nil,
        error: MienError? = nil
    ) {
        self.timestamp = timestamp
        self.width = width
        self.height = height
        self.faces = faces
        self.events = events
        self.ranDetector = ranDetector
        self.speech = speech
        self.error = error
    }
}

extension StreamResult {
    init(_ core: MienFFI.StreamResult) {
        self.init(
            timestamp: Duration(microseconds: core.timestampUs),
            width: Int(core.width),
            height: Int(core.height),
            faces: core.faces.map(TrackedFace.init),
            events: core.events.map(StreamEvent.init),
            ranDetector: core.detected,
            speech: core.speech.map(HeardSpeech.init),
            error: core.error.map { MienError($0) }
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
    /// How far the last result was behind the newest frame, in the time of the stream.
    public var lastAge: Duration
    /// The maximum of that over the session.
    public var maxAge: Duration

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
        lastAge: Duration,
        maxAge: Duration
    ) {
        self.submitted = submitted
        self.paced = paced
        self.unchanged = unchanged
        self.dropped = dropped
        self.processed = processed
        self.failed = failed
        self.pending = pending
        self.resultsLost = resultsLost
        self.lastAge = lastAge
        self.maxAge = maxAge
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
            lastAge: Duration(microseconds: core.lastAgeUs),
            maxAge: Duration(microseconds: core.maxAgeUs)
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
    public var wasSearched: Bool
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
        wasSearched: Bool,
        keptAs: String? = nil,
        isComplete: Bool
    ) {
        self.users = users
        self.lostUsers = lostUsers
        self.settings = settings
        self.damagedValues = damagedValues
        self.missingValues = missingValues
        self.wasSearched = wasSearched
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
            wasSearched: core.searched,
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

/// An emotion of a user at a time.
public struct TimelineEvent<Time: TimelineTime>: Sendable, Hashable, Codable {
    /// When it was seen, to the millisecond. A later event at the same time replaces this one.
    public var at: Time
    /// How long it was seen, up to an hour; 0 if unknown.
    public var duration: Duration
    /// The emotion; one of `probabilities`.
    public var label: EmotionLabel
    /// The probability of each emotion; the probabilities sum to 1 and are stored in steps of 1/255.
    public var probabilities: [LabelProbability]
    /// Whether the user's own head answered.
    public var isAdapted: Bool

    /// Creates a value, for previews and tests.
    public init(
        at: Time,
        duration: Duration = .zero,
        label: EmotionLabel,
        probabilities: [LabelProbability] = [],
        isAdapted: Bool
    ) {
        self.at = at
        self.duration = duration
        self.label = label
        self.probabilities = probabilities
        self.isAdapted = isAdapted
    }
}

extension TimelineEvent {
    init(_ core: MienFFI.TimelineEvent) {
        self.init(
            at: Time(timelineMilliseconds: Int(core.atMs)),
            duration: Duration(milliseconds: core.durationMs),
            label: EmotionLabel(core.label),
            probabilities: core.probabilities.map(LabelProbability.init),
            isAdapted: core.adapted
        )
    }
}

extension TimelineEvent {
    func core() throws(MienError) -> MienFFI.TimelineEvent {
        MienFFI.TimelineEvent(
            atMs: try at.core("at"),
            durationMs: try duration.milliseconds("duration"),
            label: label.name,
            probabilities: probabilities.map { $0.core },
            adapted: isAdapted
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
public struct TimelineSummary<Time: TimelineTime>: Sendable, Hashable, Codable {
    /// The name of the medium; `nil` if its times are those of the clock on the wall.
    public var medium: String?
    /// The emotions, in order of first use.
    public var labels: [EmotionLabel]
    /// Number of stored events.
    public var events: Int
    /// The time of the first stored event or tally; `nil` if nothing is stored.
    public var first: Time?
    /// The time of the last stored event or tally; `nil` if nothing is stored.
    public var last: Time?
    /// Time before which events were deleted and no more can be recorded; `nil` if none were deleted.
    public var eventsKeptFrom: Time?

    /// Creates a value, for previews and tests.
    public init(
        medium: String? = nil,
        labels: [EmotionLabel] = [],
        events: Int,
        first: Time? = nil,
        last: Time? = nil,
        eventsKeptFrom: Time? = nil
    ) {
        self.medium = medium
        self.labels = labels
        self.events = events
        self.first = first
        self.last = last
        self.eventsKeptFrom = eventsKeptFrom
    }
}

extension TimelineSummary {
    init(_ core: MienFFI.TimelineSummary) {
        self.init(
            medium: core.medium,
            labels: core.labels.map { EmotionLabel($0) },
            events: Int(core.events),
            first: core.firstMs.map { Time(timelineMilliseconds: Int($0)) },
            last: core.lastMs.map { Time(timelineMilliseconds: Int($0)) },
            eventsKeptFrom: core.eventsKeptFromMs.map { Time(timelineMilliseconds: Int($0)) }
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
    public var label: EmotionLabel
    /// Number of events with this label.
    public var events: Int
    /// The mean probability, 0 to 1; 0 without events.
    public var share: Double

    /// Creates a value, for previews and tests.
    public init(
        label: EmotionLabel,
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
            label: EmotionLabel(core.label),
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
    /// Sum of the durations of the events.
    public var observed: Duration
    /// The sums for each emotion of the timeline.
    public var classes: [ClassTally]
    /// Mean valence and arousal over the events, projected from the probabilities; `nil` without events, or if more
    /// than a tenth of the probability is on labels without a position.
    public var affect: Affect?

    /// Creates a value, for previews and tests.
    public init(
        events: Int,
        adapted: Int,
        observed: Duration,
        classes: [ClassTally] = [],
        affect: Affect? = nil
    ) {
        self.events = events
        self.adapted = adapted
        self.observed = observed
        self.classes = classes
        self.affect = affect
    }
}

extension Tally {
    init(_ core: MienFFI.Tally) {
        self.init(
            events: Int(core.events),
            adapted: Int(core.adapted),
            observed: Duration(milliseconds: core.observedMs),
            classes: core.classes.map(ClassTally.init),
            affect: core.affect.map(Affect.init)
        )
    }
}

/// The events of one interval.
public struct Bucket<Time: TimelineTime>: Sendable, Hashable, Codable {
    /// Its start, in the time of the events.
    public var start: Time
    /// Its length.
    public var length: Duration
    /// The sums over its events.
    public var tally: Tally

    /// Creates a value, for previews and tests.
    public init(
        start: Time,
        length: Duration,
        tally: Tally
    ) {
        self.start = start
        self.length = length
        self.tally = tally
    }
}

extension Bucket {
    init(_ core: MienFFI.Bucket) {
        self.init(
            start: Time(timelineMilliseconds: Int(core.startMs)),
            length: Duration(milliseconds: core.lengthMs),
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
    /// When the user was enrolled.
    public var enrolledAt: Date
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
        enrolledAt: Date,
        embeddings: Int,
        generations: [Generation] = [],
        activeGeneration: Int? = nil,
        speechGenerations: [Generation] = [],
        activeSpeechGeneration: Int? = nil
    ) {
        self.name = name
        self.enrolledAt = enrolledAt
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
            enrolledAt: Date(milliseconds: core.enrolledAtMs),
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
    /// When it was adapted.
    public var adaptedAt: Date
    /// Number of learned clips.
    public var clips: Int
    /// Mean negative log probability of a clip's emotion, each clip held out in turn; `nil` if it was not estimated.
    public var estimatedLoss: Float?
    /// Whether it was learned with the networks (for speech: the features) in use; other generations cannot answer.
    public var isUsable: Bool

    /// Creates a value, for previews and tests.
    public init(
        number: Int,
        adaptedAt: Date,
        clips: Int,
        estimatedLoss: Float? = nil,
        isUsable: Bool
    ) {
        self.number = number
        self.adaptedAt = adaptedAt
        self.clips = clips
        self.estimatedLoss = estimatedLoss
        self.isUsable = isUsable
    }
}

extension Generation {
    init(_ core: MienFFI.Generation) {
        self.init(
            number: Int(core.number),
            adaptedAt: Date(milliseconds: core.adaptedAtMs),
            clips: Int(core.clips),
            estimatedLoss: core.estimatedLoss,
            isUsable: core.usable
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
