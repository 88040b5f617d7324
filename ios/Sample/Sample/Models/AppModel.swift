import Foundation
import Mien
import Observation

/// The engine and the state of the whole application.
@MainActor
@Observable
final class AppModel {
    private(set) var engine: EmotionEngine?
    private(set) var users: [User] = []
    /// The text of the last error.
    var failure: String?
    /// Whether the store cannot be read because its key is lost.
    private(set) var isKeyLost = false

    private static let consent = "consent"

    /// Whether the user agreed to the analysis of faces; `nil` while unknown.
    private(set) var consented: Bool?

    /// Opens the store. If its key is lost, the person decides what to do: see ``isKeyLost``.
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

    /// Runs `work` and shows its error, except a cancellation by the user.
    func attempt(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch EmotionError.cancelled {
        } catch {
            // The details are for the screen of this person; a log may contain the code and the message only.
            failure = (error as? EmotionError)?.details ?? error.localizedDescription
        }
    }
}
