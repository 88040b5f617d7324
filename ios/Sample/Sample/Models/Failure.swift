import Foundation
import Mien

/// An error in words for the person whose data it is about.
struct Failure: Error, Hashable {
    /// What went wrong, and what to do about it, in the language of the person.
    let phrase: Phrase
    /// The message of the library in full, in English; it may contain names and paths, so it never goes into a log.
    let details: String?

    /// Returns `nil` for a cancellation, which the person asked for.
    init?(_ error: any Error) {
        if error is CancellationError { return nil }
        guard let error = error as? MienError else {
            // Errors of the system are in the language of the person.
            self.init(Phrase(.failureOther), details: error.localizedDescription)
            return
        }
        guard let key = Self.key(error.code) else { return nil }
        self.init(Phrase(key), details: error.details ?? error.message)
    }

    init(_ phrase: Phrase, details: String? = nil) {
        (self.phrase, self.details) = (phrase, details)
    }

    private static func key(_ code: ErrorCode) -> Phrase.Key? {
        switch code {
        case .cancelled: nil
        case .modelLoad: .failureModels
        case .invalidFrame, .timestampOrder: .failureFrame
        case .invalidOption: .failureOption
        case .userNotFound: .failureUser
        case .notEnoughSamples: .failureTooFew
        case .trainingDiverged: .failureTraining
        case .profileCorrupt: .failureCorrupt
        case .profileVersion: .failureVersion
        case .storage: .failureStorage
        case .wrongKey: .failurePassphrase
        case .closed: .failureClosed
        case .severalPeople: .failureSeveralPeople
        case .internal: .failureOther
        }
    }
}
