import Foundation
internal import MienFFI

/// Engines that are being closed. Closing waits for running calls and for what is being written, so it has a thread of
/// its own, and whoever opens a store waits for it.
enum Closings {
    private static let running = DispatchGroup()
    private static let queue = DispatchQueue(label: "mien.close", qos: .userInitiated, attributes: .concurrent)

    /// Closes an engine for all calls at once, and its store on another thread.
    static func begin(_ core: Engine) {
        core.beginShutDown()
        queue.async(group: running) { core.shutDown() }
    }

    /// Waits, on the caller's thread, for the closings that have begun.
    static func wait() {
        running.wait()
    }

    /// Like ``wait()``, without a thread.
    static func finished() async {
        await withCheckedContinuation { continuation in
            running.notify(queue: queue) { continuation.resume() }
        }
    }
}
