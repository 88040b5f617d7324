public import Foundation
internal import MienFFI

/// An enrolled user.
public struct User: Sendable, Equatable {
    /// The name.
    public let name: String
    /// Time of the enrollment, milliseconds since 1970.
    public let enrolledAtMs: Int
    /// Number of embeddings by which the user is recognized.
    public let embeddings: Int
    /// The stored generations of the user's own head for faces, oldest first.
    public let generations: [Generation]
    /// The number of the active generation; `nil` if the generic head answers.
    public let activeGeneration: Int?
    /// The stored generations of the user's own head for speech, oldest first.
    public let speechGenerations: [Generation]
    /// The number of the active one; `nil` if the generic head for speech answers, if there is one.
    public let activeSpeechGeneration: Int?
}

extension User {
    init(_ core: MienFFI.User) {
        self.init(
            name: core.name,
            enrolledAtMs: Int(core.enrolledAtMs),
            embeddings: Int(core.embeddings),
            generations: core.generations.map(Generation.init),
            activeGeneration: core.activeGeneration.map { Int($0) },
            speechGenerations: core.speechGenerations.map(Generation.init),
            activeSpeechGeneration: core.activeSpeechGeneration.map { Int($0) }
        )
    }
}

/// A generation of a user's own head.
public struct Generation: Sendable, Equatable {
    /// Its number, counted from 1.
    public let number: Int
    /// Time of the adaptation, milliseconds since 1970.
    public let adaptedAtMs: Int
    /// Number of learned clips.
    public let clips: Int
    /// Mean negative log probability of a clip's emotion, each clip held out in turn; `nil` if it was not estimated.
    public let estimatedLoss: Float?
    /// Whether it was learned with the networks (for speech: the features) in use; other generations cannot answer.
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

/// The result of comparing a face with one user: whether it resembles the user, never that it is the user.
///
/// Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW) and 0.52 %
/// (KDEF) were taken for a user, by `mien eval identity --data DIR`.
public struct Likeness: Sendable, Equatable {
    /// The similarity, -1 to 1.
    public let similarity: Float
    /// Whether the similarity reaches the threshold for a single user.
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
    /// Time of the enrollment.
    public var enrolledAt: Date { Date(timeIntervalSince1970: Double(enrolledAtMs) / 1000) }
}

extension Generation {
    /// Time of the adaptation.
    public var adaptedAt: Date { Date(timeIntervalSince1970: Double(adaptedAtMs) / 1000) }
}
