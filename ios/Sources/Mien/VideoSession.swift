public import Foundation
internal import MienFFI

/// Processes every frame of a stream in order; none is dropped.
///
/// ```swift
/// let video = try engine.video()
/// defer { video.close() }
/// for (frame, timestampUs) in frames {
///     let result = try await video.process(frame, timestampUs: timestampUs)
/// }
/// ```
///
/// Any call may come from any thread; frames are processed one after another, off the caller's thread.
public final class VideoSession: Sendable {
    private let core: MienFFI.VideoSession
    private let work = Work.inOrder("video")

    init(_ core: MienFFI.VideoSession) {
        self.core = core
    }

    /// Processes the next frame.
    ///
    /// - Parameters:
    ///   - frame: the frame.
    ///   - timestampUs: its time in microseconds from any origin, later than that of the last frame.
    /// - Throws: ``EmotionError/timestampOrder(_:)`` if the time is not later than that of the last frame,
    ///   ``EmotionError/invalidFrame(_:)``, ``EmotionError/cancelled(_:)``, ``EmotionError/closed(_:)``,
    ///   ``EmotionError/internal(_:)``.
    public func process(_ frame: Frame, timestampUs: Int) async throws -> StreamResult {
        try await work.run { [core] in
            let time = try UInt64(checked: timestampUs, "timestampUs")
            return try core.processed(frame, time)
        }
    }

    /// Like ``process(_:timestampUs:)``, on the caller's thread: for the thread of a decoder.
    public func processBlocking(_ frame: Frame, timestampUs: Int) throws -> StreamResult {
        try bridged { try core.processed(frame, UInt64(checked: timestampUs, "timestampUs")) }
    }

    /// Submits the next chunk of sound; 16-bit samples are borrowed for the call. Submit sound before the frames
    /// that are later than it. It is analyzed at once, in about 2 ms per second of sound; any thread may call.
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
        try await work.run { [core] in
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
        try await work.run { [core] in
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
        try await work.run { [core] in Correction(try core.undo()) }
    }

    /// Ends the session and frees its memory after the frame being processed. Closing again does nothing; later calls
    /// throw ``EmotionError/closed(_:)``.
    public func close() {
        core.end()
    }
}

extension MienFFI.VideoSession {
    fileprivate func processed(_ frame: Frame, _ timestampUs: UInt64) throws -> StreamResult {
        try frame.borrowed { first, second, third, layout in
            StreamResult(
                try process(first: first, second: second, third: third, layout: layout, timestampUs: timestampUs))
        }
    }
}
