import Foundation
import Mien
import Observation

/// The engine and what the whole application knows.
@MainActor
@Observable
final class AppModel {
    private(set) var engine: EmotionEngine?
    private(set) var users: [User] = []
    /// What went wrong last, in words.
    var failure: String?
    /// Whether the store cannot be read any more because its key is lost.
    private(set) var isKeyLost = false

    private static let consent = "consent"

    /// Whether the user agreed to faces being looked at; `nil` while that is not known.
    private(set) var consented: Bool?

    /// Opens the store. Where its key is lost the person decides what is done: see ``isKeyLost``.
    func start(_ store: StoreLocation) async {
        await attempt {
            let engine: EmotionEngine
            do {
                engine = try await EmotionEngine.create(store: store)
            } catch EmotionError.wrongKey {
                isKeyLost = true
                return
            }
            self.engine = engine
            isKeyLost = false
            consented = try await engine.setting(Self.consent) != nil
            users = try await engine.users.list()
        }
    }

    func agree() async {
        await attempt {
            try await engine?.setSetting(Self.consent, value: Data([1]))
            consented = true
        }
    }

    func reload() async {
        await attempt { users = try await engine?.users.list() ?? [] }
    }

    /// Runs `work`; what it throws is shown, but for the user's own cancelling.
    func attempt(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch EmotionError.cancelled {
        } catch {
            // On the screen of the person whom it is about; a log gets the code and the message alone.
            failure = (error as? EmotionError)?.details ?? error.localizedDescription
        }
    }
}
