internal import MienFFI

/// How much the answers of one modality weigh where face and voice are joined: their logarithms are multiplied by it.
public struct FusionWeights: Sendable, Equatable {
    /// Weight of its generic head, above 0. Default 1.
    public var generic: Float
    /// Weight of heads adapted to a user, above 0. Default 1.
    public var adapted: Float

    /// Creates weights; each has a default.
    public init(generic: Float = 1, adapted: Float = 1) {
        self.generic = generic
        self.adapted = adapted
    }
}

/// How face and voice are joined. `mien eval ravdess` with `--face-features` finds weights.
public struct Fusion: Sendable, Equatable {
    /// Weights of the face.
    public var face: FusionWeights
    /// Weights of the voice.
    public var speech: FusionWeights

    /// Creates weights; each has a default.
    public init(face: FusionWeights = FusionWeights(), speech: FusionWeights = FusionWeights()) {
        self.face = face
        self.speech = speech
    }
}

extension FusionWeights {
    init(_ core: MienFFI.FusionWeights) {
        self.init(generic: core.generic, adapted: core.adapted)
    }

    var core: MienFFI.FusionWeights { MienFFI.FusionWeights(generic: generic, adapted: adapted) }
}

extension Fusion {
    init(_ core: MienFFI.Fusion) {
        self.init(face: FusionWeights(core.face), speech: FusionWeights(core.speech))
    }

    var core: MienFFI.Fusion { MienFFI.Fusion(face: face.core, speech: speech.core) }
}
