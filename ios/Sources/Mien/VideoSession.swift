public import Foundation
internal import MienFFI

/// Processes every frame of a stream in order; none is dropped.
///
/// ```swift
/// let video = try engine.video()
/// defer { video.close() }
/// for (frame, timestamp) in frames {
///     let result = try await video.process(frame, timestamp: timestamp)
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
    ///   - timestamp: its time from any origin, in whole microseconds, later than that of the last frame.
    /// - Throws: ``ErrorCode/timestampOrder`` if the time is not later than that of the last frame,
    ///   ``ErrorCode/invalidFrame``, ``ErrorCode/cancelled``, ``ErrorCode/closed``,
    ///   ``ErrorCode/internal``.
    public func process(_ frame: Frame, timestamp: Duration) async throws(MienError) -> StreamResult {
        try await work.run { [core] in
            try core.processed(frame, timestamp)
        }
    }

    /// Like ``process(_:timestamp:)``, on the caller's thread: for the thread of a decoder.
    public func processBlocking(_ frame: Frame, timestamp: Duration) throws(MienError) -> StreamResult {
        try bridged { try core.processed(frame, timestamp) }
    }

    /// Submits the next chunk of sound; 16-bit samples are borrowed for the call. Submit sound before the frames
    /// that are later than it. It is analyzed at once, in about 2 ms per second of sound; any thread may call.
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
        try await work.run { [core] in
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
        try await work.run { [core] in
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
        try await work.run { [core] in Correction(try core.undo()) }
    }

    /// Ends the session and frees its memory after the frame being processed. Closing again does nothing; later calls
    /// throw ``ErrorCode/closed``.
    public func close() {
        core.end()
    }
}

extension MienFFI.VideoSession {
    fileprivate func processed(_ frame: Frame, _ timestamp: Duration) throws -> StreamResult {
        let time = try timestamp.microseconds("timestamp")
        return try frame.borrowed { first, second, third, layout in
            StreamResult(
                try process(first: first, second: second, third: third, layout: layout, timestampUs: time))
        }
    }
}
