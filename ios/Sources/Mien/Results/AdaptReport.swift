internal import MienFFI

/// How a user's head was made.
public enum LearningMode: Sendable, Hashable, CaseIterable {
    /// Learned from labeled clips of several classes.
    case labeled
    /// The generic head with the user's offset taken from the frames, from neutral clips alone.
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

/// A label with a number of clips.
public struct LabelCount: Sendable, Equatable {
    /// The label.
    public let label: String
    /// How many.
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

/// What an adaptation did.
public struct AdaptReport: Sendable, Equatable {
    /// How the head was made.
    public let mode: LearningMode
    /// Whether the new head answers from now on.
    public let accepted: Bool
    /// Why, or why not.
    public let reason: String
    /// Clips learned from, for each label that occurred, in the head's order.
    public let clips: [LabelCount]
    /// Labels of the head of which no clip was given.
    public let labelsWithoutClips: [String]
    /// Whether these were rehearsed by draws from the generic data; else they keep their weights.
    public let rehearsed: Bool
    /// Unlabeled clips that the head was sure enough of to learn them.
    public let pseudoLabeled: Int
    /// Epochs that were chosen; 0 where taking the offset alone was best.
    public let epochs: Int
    /// Accuracy of the head that answered before on the given clips, 0 to 1.
    public let accuracyBefore: Float
    /// Accuracy of the new head on the same clips, which it has learned, 0 to 1.
    public let accuracyLearned: Float
    /// Accuracy of heads that learned the other clips, on the ones held out; none where nothing could be held
    /// out.
    public let accuracyHeldOut: Float?
    /// Mean loss of the head that answered before, at the temperature that suits it best.
    public let lossBefore: Float
    /// Mean loss of the new head, as estimated.
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
