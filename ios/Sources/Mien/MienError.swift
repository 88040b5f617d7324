public import Foundation
internal import MienFFI

/// The error of every function; ``code`` tells its kind. No face and an unknown person are results, never errors.
///
/// ``message``, ``code``, the description and `localizedDescription` may go into a log and a crash report: they
/// contain no name of a user, a medium or a setting, no label and no path. ``details`` contain them.
///
/// ```swift
/// do {
///     show(try await engine.users.get("Anna"))
/// } catch MienError.userNotFound {
///     askWhoYouAre()
/// } catch {
///     show(error.code, error.message)     // `error` is a MienError: no function throws anything else
/// }
/// ```
public struct MienError: Error, Sendable, Hashable, Codable {
    /// The kind of the error.
    public let code: ErrorCode
    /// The message for people, in English, without personal data.
    public let message: String
    /// The message in full, in English, with names and paths; `nil` if ``message`` leaves out nothing. For the screen
    /// of the person whose data it names, never for a log.
    public let details: String?

    /// Creates an error, for previews, tests and functions of the application that fail in the same way.
    ///
    /// - Parameters:
    ///   - code: the kind of the error.
    ///   - message: the message, without personal data.
    ///   - details: the message in full, if `message` leaves something out.
    public init(_ code: ErrorCode, _ message: String, details: String? = nil) {
        (self.code, self.message, self.details) = (code, message, details)
    }
}

// Printing, logging or dumping an error shows no details.
extension MienError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The code, as it is written on every platform, and the message: `UserNotFound: no such user is enrolled`.
    public var description: String { "\(code): \(message)" }
    /// As ``description``.
    public var debugDescription: String { description }
    /// The code and the message.
    public var customMirror: Mirror { Mirror(self, children: ["code": code, "message": message]) }
}

extension MienError: LocalizedError {
    /// The message.
    public var errorDescription: String? { message }

    /// What a person can do about it, if that does not depend on the case.
    public var recoverySuggestion: String? {
        switch code {
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

// Codes for `catch`: a case of an enumeration that is no error cannot be the pattern of an error.
extension MienError {
    /// ``ErrorCode/modelLoad``, for `catch MienError.modelLoad`.
    public static let modelLoad = ErrorCode.modelLoad
    /// ``ErrorCode/invalidFrame``, for `catch`.
    public static let invalidFrame = ErrorCode.invalidFrame
    /// ``ErrorCode/invalidOption``, for `catch`.
    public static let invalidOption = ErrorCode.invalidOption
    /// ``ErrorCode/timestampOrder``, for `catch`.
    public static let timestampOrder = ErrorCode.timestampOrder
    /// ``ErrorCode/userNotFound``, for `catch`.
    public static let userNotFound = ErrorCode.userNotFound
    /// ``ErrorCode/notEnoughSamples``, for `catch`.
    public static let notEnoughSamples = ErrorCode.notEnoughSamples
    /// ``ErrorCode/trainingDiverged``, for `catch`.
    public static let trainingDiverged = ErrorCode.trainingDiverged
    /// ``ErrorCode/profileCorrupt``, for `catch`.
    public static let profileCorrupt = ErrorCode.profileCorrupt
    /// ``ErrorCode/profileVersion``, for `catch`.
    public static let profileVersion = ErrorCode.profileVersion
    /// ``ErrorCode/storage``, for `catch`.
    public static let storage = ErrorCode.storage
    /// ``ErrorCode/wrongKey``, for `catch`.
    public static let wrongKey = ErrorCode.wrongKey
    /// ``ErrorCode/cancelled``, for `catch`.
    public static let cancelled = ErrorCode.cancelled
    /// ``ErrorCode/closed``, for `catch`.
    public static let closed = ErrorCode.closed
    /// ``ErrorCode/internal``, for `catch`.
    public static let `internal` = ErrorCode.internal
    /// ``ErrorCode/severalPeople``, for `catch`.
    public static let severalPeople = ErrorCode.severalPeople
}

extension ErrorCode: CustomStringConvertible {
    /// The name of the kind, the same on every platform: `UserNotFound`.
    public var description: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

    /// Whether `error` is a ``MienError`` of this code, so that `catch` can name a code.
    public static func ~= (code: ErrorCode, error: any Error) -> Bool {
        (error as? MienError)?.code == code
    }
}

extension MienError {
    init(_ core: CoreError) {
        switch core {
        case .Failed(let kind, let message, let details):
            self.init(ErrorCode(kind), message, details: details)
        }
    }
}
