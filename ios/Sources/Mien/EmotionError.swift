public import Foundation
internal import MienFFI

/// What went wrong: a closed set of kinds, each with a message for people that names the thing.
///
/// Everything in this library that throws throws this and nothing else. That no face is seen, or that a face is
/// nobody's who is enrolled, is a result and no error.
public enum EmotionError: Error, Sendable, Equatable {
    /// A model file is missing, damaged, unknown or of the wrong shape.
    case modelLoad(String)
    /// A frame's planes are too short, it has no pixels or an unknown rotation, or a picture cannot be decoded.
    case invalidFrame(String)
    /// An option, name or argument is out of its range.
    case invalidOption(String)
    /// A timestamp is not later than the one before it.
    case timestampOrder(String)
    /// No user of that name is enrolled.
    case userNotFound(String)
    /// Too little usable data to learn from or to enrol with.
    case notEnoughSamples(String)
    /// Training ran into a value that is not finite; the old head was kept.
    case trainingDiverged(String)
    /// A stored profile or profile file is damaged.
    case profileCorrupt(String)
    /// A stored profile was written by a newer version.
    case profileVersion(String)
    /// The store could not be read or written, or its limits do not allow it.
    case storage(String)
    /// A store's key or a file's passphrase is another, is missing or is not wanted.
    case wrongKey(String)
    /// The task that asked for the work was cancelled; nothing was changed.
    case cancelled(String)
    /// The object was closed.
    case closed(String)
    /// A network produced a value that is not finite, or the library has a fault.
    case `internal`(String)

    /// The message for people, in English.
    public var message: String {
        switch self {
        case .modelLoad(let message), .invalidFrame(let message), .invalidOption(let message),
            .timestampOrder(let message), .userNotFound(let message), .notEnoughSamples(let message),
            .trainingDiverged(let message), .profileCorrupt(let message), .profileVersion(let message),
            .storage(let message), .wrongKey(let message), .cancelled(let message), .closed(let message),
            .internal(let message):
            message
        }
    }
}

extension EmotionError: LocalizedError {
    /// The message.
    public var errorDescription: String? { message }

    /// What a person can do about it, where that does not depend on the case.
    public var recoverySuggestion: String? {
        switch self {
        case .modelLoad: "Install the application again: a part of it is missing or damaged."
        case .notEnoughSamples: "Record more, with one face in good light."
        case .profileCorrupt: "Use another copy of the file, or enrol the user again."
        case .profileVersion: "Update the application."
        case .storage: "Free some space on the device and try again."
        case .wrongKey: "Check the passphrase."
        case .invalidFrame, .invalidOption, .timestampOrder, .userNotFound, .trainingDiverged, .cancelled, .closed,
            .internal:
            nil
        }
    }
}

extension EmotionError {
    init(_ core: CoreError) {
        switch core {
        case .ModelLoad(let message): self = .modelLoad(message)
        case .InvalidFrame(let message): self = .invalidFrame(message)
        case .InvalidOption(let message): self = .invalidOption(message)
        case .TimestampOrder(let message): self = .timestampOrder(message)
        case .UserNotFound(let message): self = .userNotFound(message)
        case .NotEnoughSamples(let message): self = .notEnoughSamples(message)
        case .TrainingDiverged(let message): self = .trainingDiverged(message)
        case .ProfileCorrupt(let message): self = .profileCorrupt(message)
        case .ProfileVersion(let message): self = .profileVersion(message)
        case .Storage(let message): self = .storage(message)
        case .WrongKey(let message): self = .wrongKey(message)
        case .Cancelled(let message): self = .cancelled(message)
        case .Closed(let message): self = .closed(message)
        case .Internal(let message): self = .internal(message)
        }
    }
}
