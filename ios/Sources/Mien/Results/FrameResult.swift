internal import MienFFI

/// One face of a still picture.
public struct FaceResult: Sendable, Equatable {
    /// Where it is.
    public let face: Face
    /// Whether this is the face that the picture is about: large and near the middle.
    public let principal: Bool
    /// How good a picture of it this is.
    public let quality: Quality
    /// Why it is not a good one; empty where it is.
    public let issues: [QualityIssue]
    /// Whose it is.
    public let identity: Identity
    /// What it shows; none where the pack has no generic head and the user none either.
    public let emotion: Emotion?
}

extension FaceResult {
    init(_ core: MienFFI.FaceResult) {
        self.init(
            face: Face(core.face),
            principal: core.principal,
            quality: Quality(core.quality),
            issues: core.issues.map(QualityIssue.init),
            identity: Identity(core.identity),
            emotion: core.emotion.map(Emotion.init)
        )
    }
}

/// The faces of a still picture, best detection score first; none is a result, not an error.
public struct FrameResult: Sendable, Equatable {
    /// Columns of the upright picture, in whose pixels faces are given.
    public let width: Int
    /// Its rows.
    public let height: Int
    /// The faces.
    public let faces: [FaceResult]
}

extension FrameResult {
    /// The face that the picture is about.
    public var principal: FaceResult? {
        faces.first(where: \.principal)
    }

    init(_ core: MienFFI.FrameResult) {
        self.init(
            width: Int(core.width),
            height: Int(core.height),
            faces: core.faces.map(FaceResult.init)
        )
    }
}
