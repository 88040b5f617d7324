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

    /// Requests that users who are due are adapted in the background; the application sets it.
    var learnLater: () -> Void = {}

    private var opening: Task<EmotionEngine, any Error>?

    /// Opens the store. If its key is lost, the person decides what to do: see ``isKeyLost``.
    func start(_ store: StoreLocation) async {
        await attempt {
            let engine: EmotionEngine
            do {
                engine = try await opened(store)
            } catch EmotionError.wrongKey {
                isKeyLost = true
                return
            }
            isKeyLost = false
            consented = try await engine.setting(Self.consent) != nil
            users = try await engine.users.list()
            // The application may have ended while clips were learned.
            if try await !engine.users.due().isEmpty { learnLater() }
        }
    }

    /// Returns the engine of the process: screens and background work share it, because only one can have the store
    /// open.
    func opened(_ store: StoreLocation) async throws -> EmotionEngine {
        if let engine, !engine.isClosed { return engine }
        if let opening { return try await opening.value }
        let opening = Task { try await EmotionEngine.create(store: store) }
        self.opening = opening
        defer { self.opening = nil }
        let made = try await opening.value
        engine = made
        return made
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
