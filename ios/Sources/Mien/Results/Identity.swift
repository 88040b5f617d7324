internal import MienFFI

/// Why a face is not identified.
public enum UnknownReason: Sendable, Hashable, CaseIterable {
    /// No user is enrolled with the identity network in use.
    case nobodyEnrolled
    /// No user is similar enough.
    case belowThreshold
    /// Two users are almost equally similar, so it can be either.
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

/// The identity of a face.
public enum Identity: Sendable, Equatable {
    /// An enrolled user.
    case user(name: String, similarity: Float)
    /// No enrolled user.
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
