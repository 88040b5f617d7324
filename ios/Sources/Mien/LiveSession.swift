internal import MienFFI

/// Looks at the newest frame of a camera on a thread of its own; older ones that wait are dropped.
///
/// ```swift
/// let live = try engine.live()
/// Task {
///     for await result in live.results { show(result) }
/// }
/// try live.submit(frame, timestampUs: timestampUs)   // from the camera's queue, as often as it likes
/// ```
///
/// Any call may come from any thread.
public final class LiveSession: Sendable {
    private let core: MienFFI.LiveSession
    private let waiting = Work.inOrder("live")

    /// How long one wait for a result takes before it is looked whether the task was cancelled.
    private static let waitMs: UInt32 = 100

    init(_ core: MienFFI.LiveSession) {
        self.core = core
    }

    /// Hands in a frame. Its pixels are copied where it is taken; the call waits for no network.
    ///
    /// - Parameters:
    ///   - frame: the frame.
    ///   - timestampUs: its time in microseconds from any origin, later than the last frame's.
    /// - Returns: what became of it.
    /// - Throws: ``EmotionError/timestampOrder(_:)``, ``EmotionError/invalidFrame(_:)``, ``EmotionError/closed(_:)``.
    @discardableResult
    public func submit(_ frame: Frame, timestampUs: Int) throws -> Submission {
        try bridged {
            let time = try UInt64(checked: timestampUs, "timestampUs")
            return try frame.borrowed { first, second, third, layout in
                Submission(
                    try core.submit(first: first, second: second, third: third, layout: layout, timestampUs: time))
            }
        }
    }

    /// The results as they come, until the session or its engine is closed or the task that reads them is cancelled.
    ///
    /// Each asking gives a stream of its own; two streams share the results between them. Where results are read too
    /// slowly the oldest ones go, but not their events, which the next one brings. A frame that could not be looked
    /// at gives no result here: see ``receive()`` and ``LiveStatistics/failed``.
    public var results: AsyncStream<StreamResult> {
        AsyncStream { [self] in
            while !Task.isCancelled {
                do {
                    return try await receive()
                } catch EmotionError.internal, EmotionError.invalidFrame {
                    continue
                } catch {
                    return nil
                }
            }
            return nil
        }
    }

    /// The oldest result that was not read, or the next one to come; `nil` after the end of the session or its engine.
    ///
    /// - Throws: what became of a frame in place of its result; ``EmotionError/cancelled(_:)``.
    public func receive() async throws -> StreamResult? {
        while true {
            if Task.isCancelled { throw EmotionError.cancelled("the task was cancelled while it waited for a result") }
            do {
                let result = try await waiting.run { [core] in
                    try core.wait(timeoutMs: Self.waitMs).map(StreamResult.init)
                }
                if let result { return result }
            } catch EmotionError.closed {
                return nil
            }
        }
    }

    /// What became of the frames so far.
    public var statistics: LiveStatistics {
        LiveStatistics(core.statistics())
    }

    /// Ends the session and returns at once: the frame at work is finished beside, the one that waits is dropped. Results
    /// that are there, and that of the frame at work, can still be read. Again it does nothing.
    public func close() {
        core.end()
    }
}
