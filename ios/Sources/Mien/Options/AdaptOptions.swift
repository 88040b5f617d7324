internal import MienFFI

/// The kinds of heads.
public enum HeadKind: Sendable, Hashable, CaseIterable {
    /// Logistic regression over the mean of a clip.
    case logistic
    /// One attention weight a frame.
    case singleAttention
    /// Frame attention, then relation to the clip's first summary.
    case relationAttention
    /// Frames attend to frames.
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

/// How a fit is done.
public struct FitOptions: Sendable, Equatable {
    /// Passes over the clips, 1 to 100,000.
    public var epochs: Int
    /// Clips a step; 0 for all.
    public var batch: Int
    /// Adam's first rate, above 0.
    public var rate: Float
    /// Pull toward the starting weights, 0 and up.
    public var pull: Float
    /// Whether each class weighs the same, whatever its number of clips.
    public var balanced: Bool
    /// Share of the target that is spread over all classes that occur, 0 to 0.9.
    public var smoothing: Float
    /// Decides which clips share a batch.
    public var seed: Int

    /// How a head of this kind is fitted unless you say otherwise: the starting point for options of one's own.
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

/// How unlabeled clips are learned: the head that learned the labeled clips names them, and the ones that it is
/// sure of are learned besides.
public struct PseudoLabels: Sendable, Equatable {
    /// Least probability of a clip's answer, 0.5 to 1. Default 0.9.
    public var confidence: Float
    /// What such a clip weighs beside a labeled one of its class, above 0 to 1. Default 0.5.
    public var weight: Float

    /// Options, each with its default unless it is given.
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
    /// The kind of the user's head; that of the generic head where the engine was given one. Default `.logistic`.
    public var head: HeadKind
    /// How a fit is done; none: what suits the head. Default `nil`.
    public var fit: FitOptions?
    /// The part of a recorded class's weight that draws from the generic data take, 0 to 0.9. Default 0.3.
    public var rehearsal: Float
    /// Whether the user's offset is taken from the frames. Default true.
    public var centered: Bool
    /// Inner splits, 2 to 64. Default 10.
    public var folds: Int
    /// Whether a head that does not beat the one that answers now is refused. Default true.
    public var gate: Bool
    /// Whether and how unlabeled clips are learned; none: they are not. Default `nil`.
    public var pseudoLabels: PseudoLabels?

    /// Options, each with its default unless it is given.
    public init(
        head: HeadKind = .logistic,
        fit: FitOptions? = nil,
        rehearsal: Float = 0.3,
        centered: Bool = true,
        folds: Int = 10,
        gate: Bool = true,
        pseudoLabels: PseudoLabels? = nil
    ) {
        self.head = head
        self.fit = fit
        self.rehearsal = rehearsal
        self.centered = centered
        self.folds = folds
        self.gate = gate
        self.pseudoLabels = pseudoLabels
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
            pseudoLabels: core.pseudoLabels.map(PseudoLabels.init)
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
            pseudoLabels: pseudoLabels.map { $0.core }
        )
    }
}
