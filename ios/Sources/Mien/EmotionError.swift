public import Foundation
internal import MienFFI

/// What went wrong: a closed set of kinds, each with a message for people.
///
/// ``message``, ``code``, the description and `localizedDescription` are fit for a log and a crash report: they hold no
/// name of a user, a medium or a setting, no label and no path. ``details`` name the thing.
///
/// Everything in this library that throws throws this and nothing else. That no face is seen, or that a face is
/// nobody's who is enrolled, is a result and no error.
public enum EmotionError: Error, Sendable, Equatable {
    /// A model file is missing, damaged, unknown or of the wrong shape.
    case modelLoad(ErrorText)
    /// A frame's planes are too short, it has no pixels or an unknown rotation, or a picture cannot be decoded.
    case invalidFrame(ErrorText)
    /// An option, name or argument is out of its range.
    case invalidOption(ErrorText)
    /// A timestamp is not later than the one before it.
    case timestampOrder(ErrorText)
    /// No user of that name is enrolled.
    case userNotFound(ErrorText)
    /// Too little usable data to learn from or to enroll with.
    case notEnoughSamples(ErrorText)
    /// Training ran into a value that is not finite; the old head was kept.
    case trainingDiverged(ErrorText)
    /// A stored profile or profile file is damaged.
    case profileCorrupt(ErrorText)
    /// A stored profile was written by a newer version.
    case profileVersion(ErrorText)
    /// The store could not be read or written, or its limits do not allow it.
    case storage(ErrorText)
    /// A store's key or a file's passphrase is another, is missing or is not wanted.
    case wrongKey(ErrorText)
    /// The task that asked for the work was cancelled; nothing was changed.
    case cancelled(ErrorText)
    /// The object was closed.
    case closed(ErrorText)
    /// A network produced a value that is not finite, or the library has a fault.
    case `internal`(ErrorText)

    /// The message for people, in English, without personal data.
    public var message: String { said.text.message }

    /// The message in full, in English, with names and paths, where ``message`` leaves some out; `nil` where it leaves
    /// out nothing. For the screen of the person whose data it names, never for a log.
    public var details: String? { said.text.details }

    /// The kind's name, the same on every platform: `UserNotFound`.
    public var code: String { said.code }

    private var said: (code: String, text: ErrorText) {
        switch self {
        case .modelLoad(let text): ("ModelLoad", text)
        case .invalidFrame(let text): ("InvalidFrame", text)
        case .invalidOption(let text): ("InvalidOption", text)
        case .timestampOrder(let text): ("TimestampOrder", text)
        case .userNotFound(let text): ("UserNotFound", text)
        case .notEnoughSamples(let text): ("NotEnoughSamples", text)
        case .trainingDiverged(let text): ("TrainingDiverged", text)
        case .profileCorrupt(let text): ("ProfileCorrupt", text)
        case .profileVersion(let text): ("ProfileVersion", text)
        case .storage(let text): ("Storage", text)
        case .wrongKey(let text): ("WrongKey", text)
        case .cancelled(let text): ("Cancelled", text)
        case .closed(let text): ("Closed", text)
        case .internal(let text): ("Internal", text)
        }
    }
}

/// What an error says: a message that is fit for a log, and details on request.
public struct ErrorText: Sendable, Equatable, ExpressibleByStringInterpolation {
    /// Without personal data.
    public let message: String
    /// The message in full, with names and paths, where ``message`` leaves some out.
    public let details: String?

    /// A message without personal data, and in full where it leaves something out.
    public init(_ message: String, details: String? = nil) {
        self.message = message
        self.details = details
    }

    /// A message alone.
    public init(stringLiteral message: String) {
        self.init(message)
    }
}

// What prints, logs or dumps an error shows no details.
extension EmotionError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// ``code`` and ``message``.
    public var description: String { "\(code): \(message)" }
    /// ``code`` and ``message``.
    public var debugDescription: String { description }
    /// ``code`` and ``message``.
    public var customMirror: Mirror { Mirror(self, children: ["code": code, "message": message]) }
}

extension ErrorText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// ``message``.
    public var description: String { message }
    /// ``message``.
    public var debugDescription: String { message }
    /// ``message``.
    public var customMirror: Mirror { Mirror(self, children: ["message": message]) }
}

extension EmotionError: LocalizedError {
    /// The message.
    public var errorDescription: String? { message }

    /// What a person can do about it, where that does not depend on the case.
    public var recoverySuggestion: String? {
        switch self {
        case .modelLoad: "Install the application again: a part of it is missing or damaged."
        case .notEnoughSamples: "Record more, with one face in good light."
        case .profileCorrupt: "Use another copy of the file, or enroll the user again."
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
        let kind: FailureKind
        let text: ErrorText
        switch core {
        case .Failed(let failed, let message, let details):
            (kind, text) = (failed, ErrorText(message, details: details))
        }
        switch kind {
        case .modelLoad: self = .modelLoad(text)
        case .invalidFrame: self = .invalidFrame(text)
        case .invalidOption: self = .invalidOption(text)
        case .timestampOrder: self = .timestampOrder(text)
        case .userNotFound: self = .userNotFound(text)
        case .notEnoughSamples: self = .notEnoughSamples(text)
        case .trainingDiverged: self = .trainingDiverged(text)
        case .profileCorrupt: self = .profileCorrupt(text)
        case .profileVersion: self = .profileVersion(text)
        case .storage: self = .storage(text)
        case .wrongKey: self = .wrongKey(text)
        case .cancelled: self = .cancelled(text)
        case .closed: self = .closed(text)
        case .internal: self = .internal(text)
        }
    }
}
