internal import MienFFI

/// How a user's head was learned.
public enum LearningMode: Sendable, Hashable, CaseIterable {
    /// From labeled clips of several emotions.
    case labeled
    /// From clips of one emotion, or unlabeled ones: the generic head, with the user's offset subtracted.
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
public struct LabelCount: Sendable, Equatable {
    /// The label.
    public let label: String
    /// Number of clips.
    public let count: Int
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
public enum Refusal: Sendable, Hashable, CaseIterable {
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

/// Why a clip was not learned.
public enum LeftOutReason: Sendable, Equatable {
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
        case .somebodyElse(let similarity): self = .somebodyElse(similarity: similarity)
        case .severalPeople: self = .severalPeople
        case .looksLike(let label, let probability): self = .looksLike(label: label, probability: probability)
        }
    }
}

/// A clip that was not learned.
public struct LeftOut: Sendable, Equatable {
    /// Its index in ``Clips/list()`` when the clips were learned.
    public let index: Int
    /// Its name, for ``Clips/confirm(_:)``.
    public let name: String
    /// Its emotion; `nil` for an unlabeled clip.
    public let label: String?
    /// Why it was not learned.
    public let reason: LeftOutReason
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

/// What an adaptation did to the heads of a user.
public struct Adapted: Sendable, Equatable {
    /// The head for faces.
    public let face: AdaptReport
    /// The head for speech; `nil` if no clip has speech to learn, or if the clips were refused because of the faces.
    public let speech: AdaptReport?
}

extension Adapted {
    init(_ core: MienFFI.Adapted) {
        self.init(face: AdaptReport(core.face), speech: core.speech.map(AdaptReport.init))
    }
}

/// The report on one head of an adaptation.
public struct AdaptReport: Sendable, Equatable {
    /// How the head was learned.
    public let mode: LearningMode
    /// Whether the new head answers from now on.
    public let accepted: Bool
    /// Why the new head was refused; `nil` if it is accepted.
    public let refusal: Refusal?
    /// Why it was accepted or refused, in words.
    public let reason: String
    /// Whether the labels were compared with what the clips look like to the generic head; false if it sees no
    /// difference between the clips or cannot read this face, and if the gate is off.
    public let labelsExamined: Bool
    /// Number of learned clips of each label that occurs, in the order of the head.
    public let clips: [LabelCount]
    /// Labels of the head without a clip.
    public let labelsWithoutClips: [String]
    /// Whether those labels were rehearsed with samples of the generic data; otherwise their weights stay.
    public let rehearsed: Bool
    /// Number of unlabeled clips that the user's offset was estimated from.
    public let unlabeled: Int
    /// Number of unlabeled clips that were learned because the head was confident.
    public let pseudoLabeled: Int
    /// The chosen number of epochs; 0 if subtracting the offset alone was best.
    public let epochs: Int
    /// The clips that were not learned.
    public let leftOut: [LeftOut]
    /// Estimated accuracy of the previous head on new pictures of the user, 0 to 1; `nil` if it cannot be estimated.
    public let accuracyBefore: Float?
    /// Estimated accuracy of the new head on the same pictures, 0 to 1; `nil` if it cannot be estimated.
    public let accuracyAfter: Float?
    /// The gain in accuracy to expect from people with so many clips, 0 to 1, if there are too few clips to estimate it
    /// for this user; `nil` for a baseline, and unless the head is accepted and its labels were examined.
    public let expectedGain: Float?
    /// Mean loss of the previous head, at the temperature that suits it best; `nil` without labeled clips of the user.
    public let lossBefore: Float?
    /// Estimated mean loss of the new head; `nil` if none could be held out.
    public let lossEstimated: Float?
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
