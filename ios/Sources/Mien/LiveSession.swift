public import Foundation
internal import MienFFI

/// Processes the newest frame on its own thread; older waiting frames are dropped.
///
/// ```swift
/// let live = try engine.live()
/// Task {
///     for try await result in live.results { show(result) }
/// }
/// try live.submit(frame, timestamp: timestamp)   // from the queue of the camera
/// ```
///
/// Any call may come from any thread. Without frames nothing runs: no thread wakes up.
public final class LiveSession: Sendable {
    private let core: MienFFI.LiveSession
    private let ready = ReadySignal()
    private let learning = Work.inOrder("corrections")

    init(_ core: MienFFI.LiveSession) {
        self.core = core
        core.setListener(listener: ready)
    }

    /// Submits a frame. The frame is copied; the call never waits for a network.
    ///
    /// - Parameters:
    ///   - frame: the frame.
    ///   - timestamp: its time from any origin, in whole microseconds, later than that of the last frame.
    /// - Returns: the immediate outcome.
    /// - Throws: ``ErrorCode/timestampOrder`` if the time is not later than that of the last frame,
    ///   ``ErrorCode/invalidFrame``, ``ErrorCode/closed``.
    @discardableResult
    public func submit(_ frame: Frame, timestamp: Duration) throws(MienError) -> Submission {
        try bridged {
            let time = try timestamp.microseconds("timestamp")
            return try frame.borrowed { first, second, third, layout in
                Submission(
                    try core.submit(first: first, second: second, third: third, layout: layout, timestampUs: time))
            }
        }
    }

    /// Submits the next chunk of sound; 16-bit samples are borrowed for the call. It is analyzed at once, in about
    /// 2 ms per second of sound, and not kept.
    ///
    /// The voice joins the answer for the face that speaks (``StreamResult/speech``) if there is a head for it: that of
    /// a user who adapted one, or ``EngineOptions/genericSpeechHead``.
    ///
    /// - Parameters:
    ///   - samples: the samples; two channels are interleaved.
    ///   - timestamp: the time of the first sample, on the clock of the frames.
    ///   - format: the rate and number of channels.
    /// - Throws: ``ErrorCode/invalidOption`` for a format out of range;
    ///   ``ErrorCode/timestampOrder`` if the chunk begins more than 1 s before the end of the last one, which
    ///   then counts as not submitted; ``ErrorCode/closed``, ``ErrorCode/internal``.
    public func submitAudio(
        _ samples: UnsafeBufferPointer<Int16>, timestamp: Duration, format: AudioFormat = AudioFormat()
    ) throws(MienError) {
        try AudioChunk(samples, format, timestamp).hand(to: core.submitAudio)
    }

    /// Like the other `submitAudio`, for samples with full scale -1 to 1.
    public func submitAudio(
        _ samples: UnsafeBufferPointer<Float>, timestamp: Duration, format: AudioFormat = AudioFormat()
    ) throws(MienError) {
        try AudioChunk(samples, format, timestamp).hand(to: core.submitAudio)
    }

    /// Like the other `submitAudio`, for an array of 16-bit samples.
    public func submitAudio(_ samples: [Int16], timestamp: Duration, format: AudioFormat = AudioFormat())
        throws(MienError)
    {
        try bridged {
            try samples.withUnsafeBufferPointer { try submitAudio($0, timestamp: timestamp, format: format) }
        }
    }

    /// Like the other `submitAudio`, for an array of samples with full scale -1 to 1.
    public func submitAudio(_ samples: [Float], timestamp: Duration, format: AudioFormat = AudioFormat())
        throws(MienError)
    {
        try bridged {
            try samples.withUnsafeBufferPointer { try submitAudio($0, timestamp: timestamp, format: format) }
        }
    }

    /// The results, in the order of their frames. The sequence ends when the session or its engine is closed: at once,
    /// results that were not read are dropped. It also ends when the task that reads it is cancelled, which takes no
    /// result with it. A slow reader loses the oldest results, but none of their events.
    ///
    /// A frame that failed is an element with an ``StreamResult/error``, so that one damaged frame does not end the
    /// session. The sequence throws ``ErrorCode/internal`` if the session itself has failed.
    ///
    /// Each access returns a new sequence; two sequences share the results between them.
    public var results: LiveResults {
        LiveResults(self)
    }

    /// Returns the oldest result, or waits for the next one; `nil` after the end of the session or its engine. That of a
    /// frame that failed has an ``StreamResult/error``.
    ///
    /// - Throws: ``ErrorCode/internal`` if the session has failed; ``ErrorCode/cancelled``.
    public func receive() async throws(MienError) -> StreamResult? {
        while true {
            if Task.isCancelled { throw MienError(.cancelled, "the task was cancelled while waiting for a result") }
            let signals = ready.count
            do {
                if let result = try receiveBlocking() { return result }
            } catch MienError.closed {
                return nil
            }
            await ready.after(signals)
        }
    }

    /// Returns the oldest result; waits up to `timeout` for one, on the caller's thread, then returns `nil`: 49 days
    /// at most, and a negative one counts as 0. For callers without tasks. That of a frame that failed has an
    /// ``StreamResult/error``.
    ///
    /// - Throws: ``ErrorCode/closed`` after the end of the session or its engine, which also ends the wait;
    ///   ``ErrorCode/internal`` if the session has failed.
    public func receiveBlocking(timeout: Duration = .zero) throws(MienError) -> StreamResult? {
        try bridged {
            let milliseconds = UInt32(clamping: try max(timeout, .zero).milliseconds("timeout"))
            return try core.wait(timeoutMs: milliseconds).map(StreamResult.init)
        }
    }

    /// The pace, at first that of the options; ``setPace(_:)`` changes it.
    public var pace: LivePace {
        LivePace(core.pace())
    }

    /// Sets the pace from the next frame on, for example when the device is warm.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` naming the value that is out of its range.
    public func setPace(_ pace: LivePace) throws(MienError) {
        try bridged { try core.setPace(pace: pace.core) }
    }

    /// Corrects the answer that is shown for the face of a track.
    ///
    /// The frames of the last 3 s for which that answer was shown become a labeled clip, which the head of the user
    /// learns at once; ``Users/relearn(_:now:)`` does so in full. A label that is already shown is confirmed. A second
    /// correction of the same frames replaces the first. Only faces whose identity is settled to a user can be
    /// corrected (``Correction/refusal``).
    ///
    /// - Parameters:
    ///   - track: the number of the track.
    ///   - label: what the face showed.
    ///   - shown: the label that the person saw: if another one is shown by now, the frames before the change are
    ///     meant; by default the one that is shown now.
    ///   - now: the time that is stored with the correction.
    /// - Throws: ``ErrorCode/invalidOption`` for a label that the head does not have;
    ///   ``ErrorCode/userNotFound``, ``ErrorCode/storage``, ``ErrorCode/closed``.
    @discardableResult
    public func correct(
        _ track: Int, label: EmotionLabel, shown: EmotionLabel? = nil, now: Date = Date()
    ) async throws(MienError) -> Correction {
        try await learning.run { [core] in
            let track = try UInt64(checked: track, "the track")
            return Correction(
                try core.correct(track: track, label: label.name, nowMs: now.milliseconds("now"), shown: shown?.name))
        }
    }

    /// Confirms the answer that is shown for the face of a track, so that later corrections do not spoil it.
    ///
    /// - Parameters:
    ///   - track: the number of the track.
    ///   - shown: as in `correct`.
    ///   - now: the time that is stored with the confirmation.
    /// - Throws: ``ErrorCode/userNotFound``, ``ErrorCode/storage``, ``ErrorCode/closed``.
    @discardableResult
    public func confirm(_ track: Int, shown: EmotionLabel? = nil, now: Date = Date()) async throws(MienError)
        -> Correction
    {
        try await learning.run { [core] in
            let track = try UInt64(checked: track, "the track")
            return Correction(try core.confirm(track: track, nowMs: now.milliseconds("now"), shown: shown?.name))
        }
    }

    /// Takes back the last correction or confirmation of the session: the head is the one that it would be without it.
    /// ``Users/undoCorrection(_:)`` knows those of other sessions.
    ///
    /// - Throws: ``ErrorCode/storage``, ``ErrorCode/closed``.
    @discardableResult
    public func undo() async throws(MienError) -> Correction {
        try await learning.run { [core] in Correction(try core.undo()) }
    }

    /// The frame counts so far.
    public var statistics: LiveStatistics {
        LiveStatistics(core.statistics())
    }

    /// Takes no more frames and sound, and returns at once: ``results`` end after those of the frames that were taken, for
    /// recordings that end.
    public func finish() {
        core.finish()
    }

    /// Ends the session and returns at once. Results that were not read, the waiting frame and the result of the one being
    /// processed are dropped, and ``results`` end; ``finish()`` lets them come. Closing again does nothing.
    public func close() {
        core.end()
    }
}

/// The results of a live session: see ``LiveSession/results``.
public struct LiveResults: AsyncSequence, Sendable {
    private let session: LiveSession

    fileprivate init(_ session: LiveSession) {
        self.session = session
    }

    /// Begins to read; results that another iterator read are gone.
    public func makeAsyncIterator() -> Iterator { Iterator(session: session) }

    /// Reads results.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let session: LiveSession
        fileprivate var isOver = false

        /// Returns the next result; `nil` after the end, and when the task is cancelled.
        ///
        /// - Throws: ``ErrorCode/internal`` if the session has failed.
        public mutating func next() async throws(MienError) -> StreamResult? {
            guard !isOver else { return nil }
            do {
                if let result = try await session.receive() { return result }
            } catch {
                isOver = true
                if error.code == .cancelled { return nil }
                throw error
            }
            isOver = true
            return nil
        }
    }
}
