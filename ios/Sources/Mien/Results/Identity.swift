internal import MienFFI

/// Why a face is nobody's.
public enum UnknownReason: Sendable, Hashable, CaseIterable {
    /// No user is enrolled whose embeddings fit those of the network.
    case nobodyEnrolled
    /// Nobody is similar enough.
    case belowThreshold
    /// Two users are similar, and nearly alike so: it may be either.
    case tooNearToASecondUser
}

extension UnknownReason {
    init(_ core: MienFFI.UnknownReason) {
        switch core {
        case .nobodyEnrolled: self = .nobodyEnrolled
        case .belowThreshold: self = .belowThreshold
        case .tooNearToASecondUser: self = .tooNearToASecondUser
        }
    }
}

/// Whose face it is.
public enum Identity: Sendable, Equatable {
    /// An enrolled user.
    ///
    /// - Parameters:
    ///   - name: the user's name.
    ///   - similarity: how alike, -1 to 1.
    case user(name: String, similarity: Float)
    /// Nobody enrolled.
    ///
    /// - Parameters:
    ///   - nearest: the similarity to the most similar user, where there is one.
    ///   - reason: why it is nobody.
    case unknown(nearest: Float?, reason: UnknownReason)
}

extension Identity {
    init(_ core: MienFFI.Identity) {
        switch core {
        case .user(let name, let similarity):
            self = .user(name: name, similarity: similarity)
        case .unknown(let nearest, let reason):
            self = .unknown(nearest: nearest, reason: UnknownReason(reason))
        }
    }
}
