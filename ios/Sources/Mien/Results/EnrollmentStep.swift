internal import MienFFI

/// The outcome of adding a frame to an enrollment.
public enum EnrollmentStep: Sendable, Equatable {
    /// The frame is accepted.
    case accepted(count: Int, targetFrames: Int)
    /// The frame is rejected.
    case rejected(reason: Rejection, message: String)
}

extension EnrollmentStep {
    init(_ core: MienFFI.EnrollmentStep) {
        switch core {
        case .accepted(let count, let targetFrames):
            self = .accepted(count: Int(count), targetFrames: Int(targetFrames))
        case .rejected(let rejection, let message):
            self = .rejected(reason: Rejection(rejection), message: message)
        }
    }
}

/// Why a frame of an enrollment is rejected.
public enum Rejection: Sendable, Equatable {
    /// No face is visible.
    case noFace
    /// Several faces are visible; only one may be.
    case severalFaces(count: Int)
    /// The face is not good enough.
    case quality(issues: [QualityIssue])
    /// The frame is too similar to one accepted before.
    case tooSimilar
    /// The face is recognized as another user.
    case looksLikeAnotherUser(name: String, similarity: Float)
    /// The face is not the person of most frames, or not the user to whom frames are added.
    case looksLikeSomebodyElse(similarity: Float)
    /// The maximum number of frames was reached.
    case enough
}

extension Rejection {
    init(_ core: MienFFI.Rejection) {
        switch core {
        case .noFace: self = .noFace
        case .severalFaces(let count):
            self = .severalFaces(count: Int(count))
        case .quality(let issues):
            self = .quality(issues: issues.map(QualityIssue.init))
        case .tooSimilar: self = .tooSimilar
        case .looksLikeAnotherUser(let name, let similarity):
            self = .looksLikeAnotherUser(name: name, similarity: similarity)
        case .looksLikeSomebodyElse(let similarity):
            self = .looksLikeSomebodyElse(similarity: similarity)
        case .enough: self = .enough
        }
    }
}
