public import Foundation
internal import MienFFI

/// Processes the newest frame on its own thread; older waiting frames are dropped.
///
/// ```swift
/// let live = try engine.live()
/// Task {
///     for try await result in live.results { show(result) }
/// }
/// try live.submit(frame, timestampUs: timestampUs)   // from the queue of the camera
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
    ///   - timestampUs: its time in microseconds from any origin, later than that of the last frame.
    /// - Returns: the immediate outcome.
    /// - Throws: ``EmotionError/timestampOrder(_:)`` if the time is not later than that of the last frame,
    ///   ``EmotionError/invalidFrame(_:)``, ``EmotionError/closed(_:)``.
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

    /// Submits the next chunk of sound; 16-bit samples are borrowed for the call. It is analyzed at once, in about
    /// 2 ms per second of sound, and not kept.
    ///
    /// The voice joins the answer for the face that speaks (``StreamResult/speech``) if there is a head for it: that of
    /// a user who adapted one, or ``EngineOptions/genericSpeechHead``.
    ///
    /// - Parameters:
    ///   - samples: the samples; two channels are interleaved.
    ///   - timestampUs: the time of the first sample in microseconds, on the clock of the frames.
    ///   - format: the rate and number of channels.
    /// - Throws: ``EmotionError/invalidOption(_:)`` for a format out of range;
    ///   ``EmotionError/timestampOrder(_:)`` if the chunk begins more than 1 s before the end of the last one, which
    ///   then counts as not submitted; ``EmotionError/closed(_:)``, ``EmotionError/internal(_:)``.
    public func submitAudio(
        _ samples: UnsafeBufferPointer<Int16>, timestampUs: Int, format: AudioFormat = AudioFormat()
    ) throws {
        try AudioChunk(samples, format, timestampUs).hand(to: core.submitAudio)
    }

    /// Like the other `submitAudio`, for samples with full scale -1 to 1.
    public func submitAudio(
        _ samples: UnsafeBufferPointer<Float>, timestampUs: Int, format: AudioFormat = AudioFormat()
    ) throws {
        try AudioChunk(samples, format, timestampUs).hand(to: core.submitAudio)
    }

    /// Like the other `submitAudio`, for an array of 16-bit samples.
    public func submitAudio(_ samples: [Int16], timestampUs: Int, format: AudioFormat = AudioFormat()) throws {
        try samples.withUnsafeBufferPointer { try submitAudio($0, timestampUs: timestampUs, format: format) }
    }

    /// Like the other `submitAudio`, for an array of samples with full scale -1 to 1.
    public func submitAudio(_ samples: [Float], timestampUs: Int, format: AudioFormat = AudioFormat()) throws {
        try samples.withUnsafeBufferPointer { try submitAudio($0, timestampUs: timestampUs, format: format) }
    }

    /// The results, in the order of their frames. The sequence ends when the session or its engine is closed: at once,
    /// results that were not read are dropped. It also ends when the task that reads it is cancelled, which takes no
    /// result with it. A slow reader loses the oldest results, but none of their events.
    ///
    /// A frame that failed is an element with an ``StreamResult/error``, so that one damaged frame does not end the
    /// session. The sequence throws ``EmotionError/internal(_:)`` if the session itself has failed.
    ///
    /// Each access returns a new sequence; two sequences share the results between them.
    public var results: AsyncThrowingStream<StreamResult, any Error> {
        AsyncThrowingStream { [self] in
            do {
                return try await receive()
            } catch EmotionError.cancelled {
                return nil
            }
        }
    }

    /// Returns the oldest result, or waits for the next one; `nil` after the end of the session or its engine. That of a
    /// frame that failed has an ``StreamResult/error``.
    ///
    /// - Throws: ``EmotionError/internal(_:)`` if the session has failed; ``EmotionError/cancelled(_:)``.
    public func receive() async throws -> StreamResult? {
        while true {
            if Task.isCancelled { throw EmotionError.cancelled("the task was cancelled while waiting for a result") }
            let signals = ready.count
            do {
                if let result = try receiveBlocking() { return result }
            } catch EmotionError.closed {
                return nil
            }
            await ready.after(signals)
        }
    }

    /// Returns the oldest result; waits up to `timeoutMs` milliseconds for one, on the caller's thread, then returns
    /// `nil`. For callers without tasks. That of a frame that failed has an ``StreamResult/error``.
    ///
    /// - Throws: ``EmotionError/closed(_:)`` after the end of the session or its engine, which also ends the wait;
    ///   ``EmotionError/internal(_:)`` if the session has failed.
    public func receiveBlocking(timeoutMs: Int = 0) throws -> StreamResult? {
        try bridged { try core.wait(timeoutMs: UInt32(checked: timeoutMs, "timeoutMs")).map(StreamResult.init) }
    }

    /// The pace, at first that of the options; ``setPace(_:)`` changes it.
    public var pace: LivePace {
        LivePace(core.pace())
    }

    /// Sets the pace from the next frame on, for example when the device is warm.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` naming the value that is out of its range.
    public func setPace(_ pace: LivePace) throws {
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
    /// - Throws: ``EmotionError/invalidOption(_:)`` for a label that the head does not have;
    ///   ``EmotionError/userNotFound(_:)``, ``EmotionError/storage(_:)``, ``EmotionError/closed(_:)``.
    @discardableResult
    public func correct(
        _ track: Int, label: String, shown: String? = nil, now: Date = Date()
    ) async throws -> Correction {
        try await learning.run { [core] in
            let track = try UInt64(checked: track, "the track")
            return Correction(try core.correct(track: track, label: label, nowMs: now.milliseconds(), shown: shown))
        }
    }

    /// Confirms the answer that is shown for the face of a track, so that later corrections do not spoil it.
    ///
    /// - Parameters:
    ///   - track: the number of the track.
    ///   - shown: as in `correct`.
    ///   - now: the time that is stored with the confirmation.
    /// - Throws: ``EmotionError/userNotFound(_:)``, ``EmotionError/storage(_:)``, ``EmotionError/closed(_:)``.
    @discardableResult
    public func confirm(_ track: Int, shown: String? = nil, now: Date = Date()) async throws -> Correction {
        try await learning.run { [core] in
            let track = try UInt64(checked: track, "the track")
            return Correction(try core.confirm(track: track, nowMs: now.milliseconds(), shown: shown))
        }
    }

    /// Takes back the last correction or confirmation of the session: the head is the one that it would be without it.
    /// ``Users/undoCorrection(_:)`` knows those of other sessions.
    ///
    /// - Throws: ``EmotionError/storage(_:)``, ``EmotionError/closed(_:)``.
    @discardableResult
    public func undo() async throws -> Correction {
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
