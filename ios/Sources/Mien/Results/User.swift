public import Foundation
internal import MienFFI

/// A user.
public struct User: Sendable, Equatable {
    /// The name.
    public let name: String
    /// When the user was enrolled, milliseconds since 1970.
    public let enrolledAtMs: Int
    /// Pictures that the user is recognized by.
    public let embeddings: Int
    /// The generations of the user's own head that are kept, oldest first.
    public let generations: [Generation]
    /// The number of the generation that answers; none where the generic head does.
    public let activeGeneration: Int?
}

extension User {
    init(_ core: MienFFI.User) {
        self.init(
            name: core.name,
            enrolledAtMs: Int(core.enrolledAtMs),
            embeddings: Int(core.embeddings),
            generations: core.generations.map(Generation.init),
            activeGeneration: core.activeGeneration.map { Int($0) }
        )
    }
}

/// A generation of a user's own head.
public struct Generation: Sendable, Equatable {
    /// Counts up from 1.
    public let number: Int
    /// When it was learned, milliseconds since 1970.
    public let adaptedAtMs: Int
    /// Clips it was learned from.
    public let clips: Int
    /// Mean negative log probability of a clip's emotion, each held out in turn; none where it was not
    /// estimated.
    public let estimatedLoss: Float?
    /// Whether it was learned with the networks in use; others cannot answer.
    public let usable: Bool
}

extension Generation {
    init(_ core: MienFFI.Generation) {
        self.init(
            number: Int(core.number),
            adaptedAtMs: Int(core.adaptedAtMs),
            clips: Int(core.clips),
            estimatedLoss: core.estimatedLoss,
            usable: core.usable
        )
    }
}

/// What a comparison with one user gave: that a face resembles a user's, never that it is theirs.
///
/// Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW) and 0.52 %
/// (KDEF) were taken for a user, by `mien eval identity --data DIR`.
public struct Likeness: Sendable, Equatable {
    /// How alike, -1 to 1.
    public let similarity: Float
    /// Whether the similarity reaches the threshold where only this one user is in question.
    public let resembles: Bool
}

extension Likeness {
    init(_ core: MienFFI.Likeness) {
        self.init(
            similarity: core.similarity,
            resembles: core.resembles
        )
    }
}

extension User {
    /// When the user was enrolled.
    public var enrolledAt: Date { Date(timeIntervalSince1970: Double(enrolledAtMs) / 1000) }
}

extension Generation {
    /// When it was learned.
    public var adaptedAt: Date { Date(timeIntervalSince1970: Double(adaptedAtMs) / 1000) }
}
