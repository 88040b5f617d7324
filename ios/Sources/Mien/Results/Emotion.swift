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

/// Valence and arousal, the axes of the circumplex of affect (Russell 1980), projected from the probabilities of the
/// labels and never measured in the face: the expected position of the labels in the table of Russell and Mehrabian
/// (1977), neutral at the origin.
public struct Affect: Sendable, Equatable {
    /// From unpleasant, -1, to pleasant, 1.
    public let valence: Float
    /// From calm, -1, to aroused, 1.
    public let arousal: Float
}

extension Affect {
    /// Creates the valence and arousal that labels with these probabilities project to; `nil` if labels without a
    /// position have more than a tenth of the probability.
    public init?(_ probabilities: [LabelProbability]) {
        guard let core = affectOf(probabilities: probabilities.map(\.core)) else { return nil }
        self.init(core)
    }

    init(_ core: MienFFI.Affect) {
        self.init(valence: core.valence, arousal: core.arousal)
    }
}

/// Probabilities of the emotions.
public struct Emotion: Sendable, Equatable {
    /// The most probable label.
    public let label: String
    /// Each label with its probability, in the order of the head; the probabilities sum to 1.
    public let probabilities: [LabelProbability]
    /// Whether the user's own head answered instead of the generic one; of face and voice, one of them.
    public let adapted: Bool
    /// Valence and arousal, projected from the probabilities; `nil` if more than a tenth of the probability is on
    /// labels without a position.
    public let affect: Affect?
    /// What it was read from.
    public let modalities: [Modality]
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
            adapted: core.adapted,
            affect: core.affect.map(Affect.init),
            modalities: core.modalities.map(Modality.init)
        )
    }
}
