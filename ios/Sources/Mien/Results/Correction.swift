internal import MienFFI

/// Why a correction was not learned.
public enum CorrectionRefusal: Sendable, Equatable {
    /// There is no such track, or it has ended.
    case noTrack
    /// The identity of the face is not settled.
    case identityOpen
    /// The face is nobody who is enrolled: there is no head to teach.
    case unknownFace
    /// No answer was shown yet.
    case nothingShown
    /// The frames resemble the user too little: they may show somebody else.
    case somebodyElse
    /// There is no correction to undo.
    case nothingToUndo
    /// The answer that the user speaks of is not shown any more, and its frames are gone.
    case answerChanged
}

/// What became of a correction, a confirmation or an undoing.
public struct Correction: Sendable, Equatable {
    /// The number of the track; `nil` if there was nothing to undo.
    public let track: Int?
    /// The user whose head learned it; `nil` if nothing was learned.
    public let user: String?
    /// What the user says it was.
    public let label: String?
    /// The label that was shown and is wrong; `nil` if the answer was confirmed.
    public let contradicted: String?
    /// Number of analyzed frames that it covers.
    public let frames: Int
    /// Whether the head now answers these frames so. One correction alone does not overturn an answer that the head is
    /// sure of: it is kept and waits until others bear it out.
    public let taken: Bool
    /// Why nothing was learned; `nil` if it was.
    public let refusal: CorrectionRefusal?
}

/// The report of a full fit on the corrections of a user.
public struct CorrectionReport: Sendable, Equatable {
    /// Whether the new head answers from now on.
    public let accepted: Bool
    /// Why the new head was refused; `nil` if it is accepted.
    public let refusal: Refusal?
    /// Whether the corrections that are not part of a generation go on answering through the short fit, because they are
    /// too few for the gate. Those that the gate refused do not, until the next correction.
    public let pending: Bool
    /// The new generation; `nil` if the head was refused.
    public let generation: Int?
    /// Number of corrections and confirmations that it learned.
    public let corrections: Int
    /// Mean loss of the head without the corrections, in the choice between the labels that the user did not
    /// contradict.
    public let lossBefore: Float
    /// The same of heads that did not learn the correction in question; `nil` if there are too few to tell.
    public let lossEstimated: Float?
}

extension CorrectionRefusal {
    init(_ core: MienFFI.CorrectionRefusal) {
        switch core {
        case .noTrack: self = .noTrack
        case .identityOpen: self = .identityOpen
        case .unknownFace: self = .unknownFace
        case .nothingShown: self = .nothingShown
        case .somebodyElse: self = .somebodyElse
        case .nothingToUndo: self = .nothingToUndo
        case .answerChanged: self = .answerChanged
        }
    }
}

extension Correction {
    init(_ core: MienFFI.Correction) {
        track = core.track.map { Int($0) }
        user = core.user
        label = core.label
        contradicted = core.contradicted
        frames = Int(core.frames)
        taken = core.taken
        refusal = core.refusal.map(CorrectionRefusal.init)
    }
}

extension CorrectionReport {
    init(_ core: MienFFI.CorrectionReport) {
        accepted = core.accepted
        refusal = core.refusal.map(Refusal.init)
        pending = core.pending
        generation = core.generation.map { Int($0) }
        corrections = Int(core.corrections)
        lossBefore = core.lossBefore
        lossEstimated = core.lossEstimated
    }
}
