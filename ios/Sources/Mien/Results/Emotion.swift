internal import MienFFI

/// A label and its probability.
public struct LabelProbability: Sendable, Equatable {
    /// The label.
    public let label: String
    /// Its probability, 0 to 1.
    public let probability: Float

    /// Creates a value.
    public init(label: String, probability: Float) {
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

    var core: MienFFI.LabelProbability {
        MienFFI.LabelProbability(
            label: label,
            probability: probability
        )
    }
}

/// Probabilities of the emotions.
public struct Emotion: Sendable, Equatable {
    /// The most probable label.
    public let label: String
    /// Each label with its probability, in the order of the head; the probabilities sum to 1.
    public let probabilities: [LabelProbability]
    /// Whether the user's own head answered instead of the generic one.
    public let adapted: Bool
}

extension Emotion {
    /// The probability of the label, 0 to 1.
    public var confidence: Float {
        probabilities.map(\.probability).max() ?? 0
    }

    init(_ core: MienFFI.Emotion) {
        self.init(
            label: core.label,
            probabilities: core.probabilities.map(LabelProbability.init),
            adapted: core.adapted
        )
    }
}
