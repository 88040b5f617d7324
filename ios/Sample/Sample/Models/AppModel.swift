import Foundation
import Mien
import Observation

/// The engine and the state of the whole application.
@MainActor
@Observable
final class AppModel {
    /// What the person answered to the question whether faces may be analyzed.
    enum Consent: Equatable {
        case given, declined
    }

    /// What the application shows.
    enum Stage: Equatable {
        /// The models are being loaded.
        case starting
        /// The store cannot be read because its key is lost.
        case keyLost
        /// The engine did not start; ``AppModel/retry()`` tries again.
        case failed(Failure)
        /// The person is asked for the consent.
        case asking
        case ready
    }

    private(set) var stage: Stage
    private(set) var engine: EmotionEngine?
    private(set) var users: [User]
    /// The labels that the engine knows.
    private(set) var labels: [EmotionLabel]
    /// `nil` before the answer.
    private(set) var consent: Consent?
    /// The last error that is not shown in another way.
    var failure: Failure?

    private static let consentSetting = "consent"

    /// Requests that users who are due are adapted in the background; the application sets it.
    @ObservationIgnored var learnLater: () -> Void = {}

    @ObservationIgnored private var opening: Task<EmotionEngine, any Error>?
    @ObservationIgnored private var store: StoreLocation?

    /// Creates a model that shows what it is given until it is started; previews give it something.
    init(stage: Stage = .starting, users: [User] = [], labels: [EmotionLabel] = [], consent: Consent? = nil) {
        (self.stage, self.users, self.labels, self.consent) = (stage, users, labels, consent)
    }

    /// Whether faces may be analyzed.
    var mayAnalyze: Bool { consent == .given }

    /// Opens the store. If its key is lost, the person decides what to do.
    func start(_ store: StoreLocation) async {
        self.store = store
        stage = .starting
        do {
            let engine = try await opened(store)
            labels = engine.labels
            consent = Self.answer(try await engine.setting(Self.consentSetting))
            users = try await engine.users.list()
            stage = consent == nil ? .asking : .ready
            // The application may have ended while clips were learned.
            if try await !engine.users.due().isEmpty { learnLater() }
        } catch MienError.wrongKey {
            stage = .keyLost
        } catch {
            stage = .failed(Failure(error) ?? Failure(Phrase(.failureStopped)))
        }
    }

    /// Starts again after a failure.
    func retry() async {
        if let store { await start(store) }
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

    /// Stores the answer to the question whether faces may be analyzed.
    func decide(_ agrees: Bool) async {
        await attempt {
            try await engine?.setSetting(Self.consentSetting, value: Data([agrees ? 1 : 0]))
            consent = agrees ? .given : .declined
            stage = .ready
        }
    }

    /// Asks for the consent again. The answer so far counts until the new one.
    func reconsider() { stage = .asking }

    /// Deletes all users with their data, and the consent, which is asked for again.
    func deleteEverything() async throws {
        guard let engine else { return }
        for name in try await engine.users.list().map(\.name) + engine.users.damaged() {
            try await engine.users.delete(name)
        }
        try await engine.setSetting(Self.consentSetting, value: nil)
        (users, consent, stage) = ([], nil, .asking)
    }

    func reload() async {
        await attempt { users = try await engine?.users.list() ?? [] }
    }

    /// Runs `work` and shows its error, except a cancellation by the person.
    func attempt(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            if let failure = Failure(error) { self.failure = failure }
        }
    }

    private static func answer(_ setting: Data?) -> Consent? {
        setting.map { $0 == Data([1]) ? .given : .declined }
    }
}
