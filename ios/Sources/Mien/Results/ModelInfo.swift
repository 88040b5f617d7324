internal import MienFFI

/// What a network is for.
public enum ModelRole: Sendable, Hashable, CaseIterable {
    /// Finds faces with five landmarks.
    case detector
    /// Makes an embedding that tells people apart and helps with expression.
    case identity
    /// Makes expression features and class logits.
    case expression
    /// Optional: only tells people apart, in place of the identity network.
    case recognition
}

extension ModelRole {
    init(_ core: MienFFI.ModelRole) {
        switch core {
        case .detector: self = .detector
        case .identity: self = .identity
        case .expression: self = .expression
        case .recognition: self = .recognition
        }
    }
}

/// One network of a pack.
public struct ModelInfo: Sendable, Equatable {
    /// What it is for.
    public let role: ModelRole
    /// Its file's name.
    public let file: String
    /// The file's size in bytes.
    public let bytes: Int
    /// SHA-256 of the file in lower-case hexadecimal.
    public let sha256: String
    /// The licence as its source states it.
    public let licence: String
}

extension ModelInfo {
    init(_ core: MienFFI.ModelInfo) {
        self.init(
            role: ModelRole(core.role),
            file: core.file,
            bytes: Int(core.bytes),
            sha256: core.sha256,
            licence: core.licence
        )
    }
}
