internal import MienFFI

/// One face of a still picture.
public struct FaceResult: Sendable, Equatable {
    /// Its position.
    public let face: Face
    /// Whether this is the principal face of the picture: large and near the middle.
    public let principal: Bool
    /// The quality of its picture.
    public let quality: Quality
    /// Why the picture is not good enough; empty if it is.
    public let issues: [QualityIssue]
    /// Its identity.
    public let identity: Identity
    /// Its emotion; `nil` if neither the model pack nor the user has a head.
    public let emotion: Emotion?
    /// Why the emotion is unreliable; empty if it is reliable or there is none.
    public let unsure: [Unsure]
}

extension FaceResult {
    init(_ core: MienFFI.FaceResult) {
        self.init(
            face: Face(core.face),
            principal: core.principal,
            quality: Quality(core.quality),
            issues: core.issues.map(QualityIssue.init),
            identity: Identity(core.identity),
            emotion: core.emotion.map(Emotion.init),
            unsure: core.unsure.map(Unsure.init)
        )
    }
}

/// The faces of a still picture. No face is a result, not an error.
public struct FrameResult: Sendable, Equatable {
    /// Width of the upright picture, pixels.
    public let width: Int
    /// Height of the upright picture, pixels.
    public let height: Int
    /// The faces, best detection score first.
    public let faces: [FaceResult]
    /// The clockwise turn in degrees that makes the faces upright: 0, 90, 180 or 270. Other than 0 if the picture lies
    /// on its side or upside down; positions are those in the picture as it lies.
    public let turnDegrees: Int
}

extension FrameResult {
    /// The principal face: large and near the middle.
    public var principal: FaceResult? {
        faces.first(where: \.principal)
    }

    init(_ core: MienFFI.FrameResult) {
        self.init(
            width: Int(core.width),
            height: Int(core.height),
            faces: core.faces.map(FaceResult.init),
            turnDegrees: Int(core.turnDegrees)
        )
    }
}
