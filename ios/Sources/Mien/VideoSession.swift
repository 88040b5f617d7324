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
            return try frame.borrowed { first, second, third, layout in
                StreamResult(
                    try core.process(first: first, second: second, third: third, layout: layout, timestampUs: time))
            }
        }
    }

    /// Ends the session and frees its memory after the frame being processed. Closing again does nothing; later calls
    /// throw ``EmotionError/closed(_:)``.
    public func close() {
        core.end()
    }
}
