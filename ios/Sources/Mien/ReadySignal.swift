import Foundation
internal import MienFFI

/// Wakes the tasks that wait for the results of a live session, so that nothing runs while nothing happens.
///
/// The native library calls it once when there is something to fetch, and again after a call that found nothing.
final class ReadySignal: LiveListener, @unchecked Sendable {
    private let lock = NSLock()
    private var signals = 0
    private var nextWaiter = 0
    private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]

    /// The number of signals so far, for ``after(_:)``.
    var count: Int { lock.withLock { signals } }

    func ready() {
        let woken = lock.withLock {
            signals += 1
            defer { waiting = [:] }
            return waiting.values
        }
        for waiter in woken { waiter.resume() }
    }

    /// Returns once there were more than `count` signals, at once if there were already, or if the task is cancelled.
    func after(_ count: Int) async {
        let waiter = lock.withLock {
            nextWaiter += 1
            return nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = lock.withLock {
                    // The handler below may have run already: it finds nothing then.
                    if signals != count || Task.isCancelled { return true }
                    waiting[waiter] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            lock.withLock { waiting.removeValue(forKey: waiter) }?.resume()
        }
    }
}
