import Foundation

/// Adapts the users who are due (``Users/adaptLater(_:isDue:)``) to their clips in the store, in the background.
///
/// ```swift
/// let learning = AdaptTask("com.example.learn") { try await MyApp.engine() }
/// learning.register()                              // before the application has launched
/// try await engine.users.adaptLater("Anna")
/// try learning.submit()                            // when the application goes to the background
/// ```
///
/// The identifier stands in `BGTaskSchedulerPermittedIdentifiers` of the `Info.plist`, and `processing` in its
/// `UIBackgroundModes`. The system keeps the identifier and no data: who is to be adapted is read from the store of the
/// engine.
///
/// Only one engine can have the store open, so the function that is given must return the engine of the process, the
/// same one that the screens use; the task does not close it. If it fails with ``ErrorCode/storage``, for example
/// because the store is still locked, if the engine is closed meanwhile, or if the time of the task expires, the task is
/// requested again: the users who are not done are still due.
public struct AdaptTask: Sendable {
    /// The identifier of the task.
    public let identifier: String
    private let options: AdaptOptions
    private let engine: @Sendable () async throws -> EmotionEngine

    private let adapted: @Sendable (EmotionEngine, [String: Adapted]) async -> Void

    /// Creates a description of the task.
    ///
    /// - Parameters:
    ///   - identifier: the identifier, as in the `Info.plist`.
    ///   - options: the options of the adaptations.
    ///   - adapted: called when all users are done, with the reports by user: for a notification, or to discard clips.
    ///   - engine: returns the engine of the process.
    public init(
        _ identifier: String, options: AdaptOptions = AdaptOptions(),
        adapted: @escaping @Sendable (EmotionEngine, [String: Adapted]) async -> Void = { _, _ in },
        engine: @escaping @Sendable () async throws -> EmotionEngine
    ) {
        self.identifier = identifier
        self.options = options
        self.adapted = adapted
        self.engine = engine
    }

    /// Adapts the users and completes `task`; its expiration cancels the work. `retry` is called first if another run
    /// may succeed.
    func run(_ task: any ExpiringTask, retry: @escaping @Sendable () -> Void) {
        let work = Task { await outcome() }
        task.expirationHandler = { work.cancel() }
        let task = Handed(task)
        Task {
            let outcome = await work.value
            if outcome == .passes { retry() }
            task.value.setTaskCompleted(success: outcome == .done)
        }
    }

    private func outcome() async -> Outcome {
        do {
            let engine = try await engine()
            await adapted(engine, try await engine.users.adaptDue(options: options))
            return .done
        } catch MienError.storage, MienError.closed, MienError.cancelled {
            return .passes
        } catch {
            return Task.isCancelled ? .passes : .failed
        }
    }

    private enum Outcome {
        case done, failed
        /// It failed, and another run may succeed.
        case passes
    }
}

/// What this needs of a `BGTask`.
protocol ExpiringTask: AnyObject {
    var expirationHandler: (() -> Void)? { get set }
    func setTaskCompleted(success: Bool)
}

/// A task that is handed to another thread, where nobody else uses it.
private final class Handed: @unchecked Sendable {
    let value: any ExpiringTask

    init(_ value: any ExpiringTask) {
        self.value = value
    }
}
