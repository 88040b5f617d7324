import Mien
import Observation

/// Data that a person wants to delete, and the words that ask for a confirmation.
enum Deletion: Hashable {
    case user(String)
    case timeline(String)
    /// One clip with this label.
    case clip(EmotionLabel?)
    /// All clips of a user.
    case clips(String)
    case everything

    var title: Phrase {
        switch self {
        case .user(let name): Phrase(.deleteUserTitle, .text(name))
        case .timeline(let name): Phrase(.deleteTimelineTitle, .text(name))
        case .clip(let label?): Phrase(.deleteClipTitle, .emotion(label))
        case .clip(nil): Phrase(.deleteUnnamedClipTitle)
        case .clips(let name): Phrase(.deleteClipsTitle, .text(name))
        case .everything: Phrase(.deleteEverythingTitle)
        }
    }

    /// What is lost.
    var message: Phrase {
        switch self {
        case .user: Phrase(.deleteUserMessage)
        case .timeline: Phrase(.deleteTimelineMessage)
        case .clip, .clips: Phrase(.deleteClipsMessage)
        case .everything: Phrase(.deleteEverythingMessage)
        }
    }
}

/// Asks before anything is deleted.
@MainActor
@Observable
final class Confirmer {
    /// What the person is asked about, and what a "yes" does.
    struct Question {
        let deletion: Deletion
        fileprivate let work: @MainActor () async throws -> Void
    }

    private(set) var asked: Question?

    /// Asks; `work` runs only after ``confirm(_:)``.
    func ask(_ deletion: Deletion, then work: @escaping @MainActor () async throws -> Void) {
        asked = Question(deletion: deletion, work: work)
    }

    /// Deletes what was asked about. The dialog may have closed itself before, so it says which question is answered.
    func confirm(_ question: Question) async throws {
        asked = nil
        try await question.work()
    }

    /// Keeps it.
    func cancel() { asked = nil }
}
