internal import MienFFI

/// The answer to one frame of an enrollment.
public enum EnrollmentStep: Sendable, Equatable {
    /// The frame counts.
    ///
    /// - Parameters:
    ///   - count: frames that count so far.
    ///   - targetFrames: frames after which the user is known well.
    case accepted(count: Int, targetFrames: Int)
    /// The frame does not count.
    ///
    /// - Parameters:
    ///   - reason: why.
    ///   - message: the same in words.
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

/// Why a frame of an enrollment does not count.
public enum Rejection: Sendable, Equatable {
    /// No face is seen.
    case noFace
    /// So many faces are seen: it must be one.
    ///
    /// - Parameter count: how many.
    case severalFaces(count: Int)
    /// The face is not good enough.
    ///
    /// - Parameter issues: what is wrong with it.
    case quality(issues: [QualityIssue])
    /// It shows nothing that was not taken already.
    case tooSimilar
    /// It is recognized as another user.
    ///
    /// - Parameters:
    ///   - name: their name.
    ///   - similarity: how alike, -1 to 1.
    case looksLikeAnotherUser(name: String, similarity: Float)
    /// It is not the person whom the first frames showed, or whom more pictures are added to.
    ///
    /// - Parameter similarity: how alike, -1 to 1.
    case looksLikeSomebodyElse(similarity: Float)
    /// So many frames were taken as are kept.
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
