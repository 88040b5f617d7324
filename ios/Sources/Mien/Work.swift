import Foundation

/// Runs blocking calls off the caller's thread, so that neither the main thread nor the few threads of Swift's
/// cooperative pool wait for a network.
struct Work: Sendable {
    /// For calls that may run in parallel.
    static let beside = Work(DispatchQueue(label: "mien", qos: .userInitiated, attributes: .concurrent))

    private let queue: DispatchQueue

    private init(_ queue: DispatchQueue) {
        self.queue = queue
    }

    /// For calls that run one after another, in the order of the requests.
    static func inOrder(_ name: String) -> Work {
        Work(DispatchQueue(label: "mien.\(name)", qos: .userInitiated))
    }

    /// Runs `call`, unless the task is cancelled before its turn.
    ///
    /// - Throws: the error of `call` as a ``MienError``; ``ErrorCode/cancelled``.
    func run<Value: Sendable>(_ call: @escaping @Sendable () throws -> Value) async throws(MienError) -> Value {
        try await result(call).get()
    }

    /// Like ``run(_:)``: the compiler does not see the type of an error that leaves a closure.
    func result<Value: Sendable>(_ call: @escaping @Sendable () throws -> Value) async -> Result<Value, MienError> {
        let cancelled = Flag()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async {
                    continuation.resume(returning: Result(unless: cancelled, call))
                }
            }
        } onCancel: {
            cancelled.set()
        }
    }
}

extension Result where Failure == MienError {
    fileprivate init(unless cancelled: Flag, _ call: () throws -> Success) {
        guard !cancelled.isSet else {
            self = .failure(MienError(.cancelled, "the task was cancelled before the work began"))
            return
        }
        do {
            self = .success(try bridged(call))
        } catch {
            self = .failure(error)
        }
    }
}

/// A flag that any thread can set and read.
final class Flag: @unchecked Sendable {
    private let lock = NSLock()
    private var marked = false

    var isSet: Bool { lock.withLock { marked } }

    func set() { lock.withLock { marked = true } }
}
