internal import MienFFI

/// The kind of a clip classifier.
public enum HeadKind: Sendable, Hashable, CaseIterable {
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
    init(_ core: MienFFI.HeadKind) {
        switch core {
        case .logistic: self = .logistic
        case .singleAttention: self = .singleAttention
        case .relationAttention: self = .relationAttention
        case .selfAttention: self = .selfAttention
        }
    }

    var core: MienFFI.HeadKind {
        switch self {
        case .logistic: .logistic
        case .singleAttention: .singleAttention
        case .relationAttention: .relationAttention
        case .selfAttention: .selfAttention
        }
    }
}

/// Options of a fit.
public struct FitOptions: Sendable, Equatable {
    /// Number of passes over the clips, 1 to 100,000.
    public var epochs: Int
    /// Number of clips per step; 0: all.
    public var batch: Int
    /// Initial learning rate of Adam, above 0.
    public var rate: Float
    /// Pull toward the starting weights (L2-SP), 0 and up.
    public var pull: Float
    /// Whether each class weighs the same, whatever its number of clips.
    public var balanced: Bool
    /// Share of the target that is spread over all classes that occur, 0 to 0.9.
    public var smoothing: Float
    /// Seed that decides which clips share a batch.
    public var seed: Int

    /// Returns the default options of a fit for this kind of head.
    public init(_ head: HeadKind) {
        self.init(MienFFI.defaultFitOptions(head: head.core))
    }
}

extension FitOptions {
    init(_ core: MienFFI.FitOptions) {
        epochs = Int(core.epochs)
        batch = Int(core.batch)
        rate = core.rate
        pull = core.pull
        balanced = core.balanced
        smoothing = core.smoothing
        seed = Int(core.seed)
    }

    func core() throws -> MienFFI.FitOptions {
        MienFFI.FitOptions(
            epochs: try UInt32(checked: epochs, "epochs"),
            batch: try UInt32(checked: batch, "batch"),
            rate: rate,
            pull: pull,
            balanced: balanced,
            smoothing: smoothing,
            seed: try UInt64(checked: seed, "seed")
        )
    }
}

/// Options for learning unlabeled clips: the head that learned the labeled clips labels the others, and those with a
/// confident label are learned too.
public struct PseudoLabels: Sendable, Equatable {
    /// Minimum probability of a clip's label, 0.5 to 1. Default 0.9.
    public var confidence: Float
    /// Weight of such a clip relative to a labeled clip of its class, above 0 to 1. Default 0.5.
    public var weight: Float

    /// Creates options; each has a default.
    public init(
        confidence: Float = 0.9,
        weight: Float = 0.5
    ) {
        self.confidence = confidence
        self.weight = weight
    }
}

extension PseudoLabels {
    init(_ core: MienFFI.PseudoLabels) {
        self.init(
            confidence: core.confidence,
            weight: core.weight
        )
    }

    var core: MienFFI.PseudoLabels {
        MienFFI.PseudoLabels(
            confidence: confidence,
            weight: weight
        )
    }
}

/// Options of an adaptation.
public struct AdaptOptions: Sendable, Equatable {
    /// The kind of the user's head; an engine with a generic head uses the kind of that head. Default logistic.
    public var head: HeadKind
    /// Options of the fit. Default `nil`: those that suit the head.
    public var fit: FitOptions?
    /// Share of each recorded class's loss given to rehearsal samples of the generic data, 0 to 0.9. Default 0.3.
    public var rehearsal: Float
    /// Whether the user's offset is subtracted from the frames. Default true.
    public var centered: Bool
    /// Number of inner splits, 2 to 64. Default 10.
    public var folds: Int
    /// Whether labels are examined and a head that does not beat the current one is refused. Default true.
    public var gate: Bool
    /// Options for learning unlabeled clips. Default `nil`: they are not learned.
    public var pseudoLabels: PseudoLabels?
    /// Whether a user without embeddings of the identity network in use is adapted although nobody can tell whose face
    /// the clips show. Refused for users with embeddings. Default false.
    public var uncheckedFaces: Bool
    /// Whether the speech of clips that show several faces, or a mouth that is still, is learned as the user's, although
    /// nobody can tell whose voice it is. Default false.
    public var uncheckedVoices: Bool

    /// Creates options; each has a default.
    public init(
        head: HeadKind = .logistic,
        fit: FitOptions? = nil,
        rehearsal: Float = 0.3,
        centered: Bool = true,
        folds: Int = 10,
        gate: Bool = true,
        pseudoLabels: PseudoLabels? = nil,
        uncheckedFaces: Bool = false,
        uncheckedVoices: Bool = false
    ) {
        self.head = head
        self.fit = fit
        self.rehearsal = rehearsal
        self.centered = centered
        self.folds = folds
        self.gate = gate
        self.pseudoLabels = pseudoLabels
        self.uncheckedFaces = uncheckedFaces
        self.uncheckedVoices = uncheckedVoices
    }
}

extension AdaptOptions {
    init(_ core: MienFFI.AdaptOptions) {
        self.init(
            head: HeadKind(core.head),
            fit: core.fit.map(FitOptions.init),
            rehearsal: core.rehearsal,
            centered: core.centered,
            folds: Int(core.folds),
            gate: core.gate,
            pseudoLabels: core.pseudoLabels.map(PseudoLabels.init),
            uncheckedFaces: core.uncheckedFaces,
            uncheckedVoices: core.uncheckedVoices
        )
    }

    func core() throws -> MienFFI.AdaptOptions {
        MienFFI.AdaptOptions(
            head: head.core,
            fit: try fit.map { try $0.core() },
            rehearsal: rehearsal,
            centered: centered,
            folds: try UInt32(checked: folds, "folds"),
            gate: gate,
            pseudoLabels: pseudoLabels.map { $0.core },
            uncheckedFaces: uncheckedFaces,
            uncheckedVoices: uncheckedVoices
        )
    }
}
