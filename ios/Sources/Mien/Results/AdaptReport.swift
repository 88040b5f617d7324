internal import MienFFI

/// How a user's head was learned.
public enum LearningMode: Sendable, Hashable, CaseIterable {
    /// From labeled clips of several emotions.
    case labeled
    /// From neutral clips only: the generic head, with the user's offset subtracted from the frames.
    case neutralBaseline
}

extension LearningMode {
    init(_ core: MienFFI.LearningMode) {
        switch core {
        case .labeled: self = .labeled
        case .neutralBaseline: self = .neutralBaseline
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

/// The report of an adaptation.
public struct AdaptReport: Sendable, Equatable {
    /// How the head was learned.
    public let mode: LearningMode
    /// Whether the new head answers from now on.
    public let accepted: Bool
    /// Why it was accepted or refused.
    public let reason: String
    /// Number of learned clips of each label that occurs, in the order of the head.
    public let clips: [LabelCount]
    /// Labels of the head without a clip.
    public let labelsWithoutClips: [String]
    /// Whether those labels were rehearsed with samples of the generic data; otherwise their weights stay.
    public let rehearsed: Bool
    /// Number of unlabeled clips that were learned because the head was confident.
    public let pseudoLabeled: Int
    /// The chosen number of epochs; 0 if subtracting the offset alone was best.
    public let epochs: Int
    /// Accuracy of the previous head on the clips, 0 to 1.
    public let accuracyBefore: Float
    /// Accuracy of the new head on the clips that it has learned, 0 to 1.
    public let accuracyLearned: Float
    /// Accuracy of heads that learned the other clips on the held-out clips, 0 to 1; `nil` if none could be held out.
    public let accuracyHeldOut: Float?
    /// Mean loss of the previous head, at the temperature that suits it best.
    public let lossBefore: Float
    /// Estimated mean loss of the new head; `nil` if none could be held out.
    public let lossEstimated: Float?
}

extension AdaptReport {
    init(_ core: MienFFI.AdaptReport) {
        self.init(
            mode: LearningMode(core.mode),
            accepted: core.accepted,
            reason: core.reason,
            clips: core.clips.map(LabelCount.init),
            labelsWithoutClips: core.labelsWithoutClips,
            rehearsed: core.rehearsed,
            pseudoLabeled: Int(core.pseudoLabeled),
            epochs: Int(core.epochs),
            accuracyBefore: core.accuracyBefore,
            accuracyLearned: core.accuracyLearned,
            accuracyHeldOut: core.accuracyHeldOut,
            lossBefore: core.lossBefore,
            lossEstimated: core.lossEstimated
        )
    }
}
