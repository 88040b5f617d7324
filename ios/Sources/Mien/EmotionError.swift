public import Foundation
internal import MienFFI

/// The error of every function: a closed set of kinds. No face and an unknown person are results, never errors.
///
/// ``message``, ``code``, the description and `localizedDescription` may go into a log and a crash report: they
/// contain no name of a user, a medium or a setting, no label and no path. ``details`` contain them.
public enum EmotionError: Error, Sendable, Hashable, Codable {
    /// A model file is missing, damaged, unknown or of the wrong shape.
    case modelLoad(ErrorText)
    /// The planes of a frame do not fit its size, the rotation is unknown, or a picture cannot be decoded.
    case invalidFrame(ErrorText)
    /// An option, name or argument is out of its range.
    case invalidOption(ErrorText)
    /// A timestamp is not later than the previous one.
    case timestampOrder(ErrorText)
    /// No user of this name is enrolled.
    case userNotFound(ErrorText)
    /// Too little usable data to learn from or to enroll with.
    case notEnoughSamples(ErrorText)
    /// Training reached a value that is not finite; the old head was kept.
    case trainingDiverged(ErrorText)
    /// A stored profile or an exported file is damaged.
    case profileCorrupt(ErrorText)
    /// A stored profile or an exported file was written by a newer version.
    case profileVersion(ErrorText)
    /// The store cannot be read or written, or its limits do not allow it.
    case storage(ErrorText)
    /// The key of a store or the passphrase of a file is wrong, missing or not expected.
    case wrongKey(ErrorText)
    /// The caller cancelled the work.
    case cancelled(ErrorText)
    /// The object was closed.
    case closed(ErrorText)
    /// A network produced a value that is not finite, or an invariant does not hold.
    case `internal`(ErrorText)
    /// The pictures of an enrollment show several people, or somebody else than the user.
    case severalPeople(ErrorText)

    /// The message for people, in English, without personal data.
    public var message: String { said.text.message }

    /// The message in full, in English, with names and paths; `nil` if ``message`` leaves out nothing. For the screen
    /// of the person whose data it names, never for a log.
    public var details: String? { said.text.details }

    /// The name of the kind, the same on every platform: `UserNotFound`.
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
        case .severalPeople(let text): ("SeveralPeople", text)
        }
    }
}

/// The text of an error: a message that may go into a log, and details.
public struct ErrorText: Sendable, Hashable, Codable, ExpressibleByStringInterpolation {
    /// The message, without personal data.
    public let message: String
    /// The message in full, with names and paths; `nil` if ``message`` leaves out nothing.
    public let details: String?

    /// Creates a text from a message without personal data, and details if the message leaves something out.
    public init(_ message: String, details: String? = nil) {
        self.message = message
        self.details = details
    }

    /// Creates a text without details.
    public init(stringLiteral message: String) {
        self.init(message)
    }
}

// Printing, logging or dumping an error shows no details.
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

    /// What a person can do about it, if that does not depend on the case.
    public var recoverySuggestion: String? {
        switch self {
        case .modelLoad: "Install the application again: a part of it is missing or damaged."
        case .notEnoughSamples: "Record more, with one face in good light."
        case .profileCorrupt: "Use another copy of the file, or enroll the user again."
        case .profileVersion: "Update the application."
        case .storage: "Free some space on the device and try again."
        case .wrongKey: "Check the passphrase."
        case .severalPeople: "Enroll each person from their own pictures."
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
        case .severalPeople: self = .severalPeople(text)
        }
    }
}
