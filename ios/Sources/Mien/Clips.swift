public import Foundation
internal import MienFFI

/// Clips for ``Users/adapt(_:clips:options:now:onProgress:)``: up to 1000 clips of up to 600 frames, and 64 MiB if they are
/// in the store. They hold the outputs of the networks and numbers that describe the speech, in memory or in the store,
/// never pictures or sound.
///
/// Clips in the store (``Users/clips(_:keepDays:now:)``) are written and erased by ``end()``, ``confirm(_:)``,
/// ``remove(_:)`` and ``clear()``: call these off the main thread.
public final class Clips: Sendable {
    let core: MienFFI.Footage
    private let work = Work.inOrder("clips")

    init(_ core: MienFFI.Footage) {
        self.core = core
    }

    /// Begins a clip of the emotion `label`, in any of its spellings; `nil` begins an unlabeled clip. Reports call the
    /// clip `name`; by default the label and a number, such as "happy/3".
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` for an emotion that the heads cannot learn, if another clip is open
    ///   or has this name or the maximum number of clips is reached, ``EmotionError/closed(_:)``.
    public func begin(_ label: String?, name: String? = nil) throws {
        try bridged { try core.beginClip(label: label, name: name) }
    }

    /// Adds the principal face of a frame to the open clip.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` if no clip is open or it is too long,
    ///   ``EmotionError/invalidFrame(_:)``, ``EmotionError/closed(_:)``, ``EmotionError/internal(_:)``.
    @discardableResult
    public func add(_ frame: Frame) async throws -> ClipStep {
        try await work.run { [core] in try core.added(frame) }
    }

    /// Like ``add(_:)``, on the caller's thread: for the queue of a camera.
    @discardableResult
    public func addBlocking(_ frame: Frame) throws -> ClipStep {
        try bridged { try core.added(frame) }
    }

    /// Like ``add(_:)``, for a picture file.
    ///
    /// - Throws: as in ``add(_:)``.
    @discardableResult
    public func add(picture: Data) async throws -> ClipStep {
        try await work.run { [core] in try core.added(picture: picture) }
    }

    /// Like ``add(picture:)``, on the caller's thread.
    @discardableResult
    public func addBlocking(picture: Data) throws -> ClipStep {
        try bridged { try core.added(picture: picture) }
    }

    /// Adds the next chunk of sound to the open clip, from any thread, as it is recorded with the frames. Of sound longer
    /// than 10 s, the last counts. Its voice is taken for that of the face, unless several faces are seen or the mouth
    /// is still: ``ClipSummary/speech`` says what comes of it. Speech of an unlabeled clip is not learned.
    ///
    /// - Parameters:
    ///   - samples: the samples; two channels are interleaved.
    ///   - timestampUs: the time of the first sample in microseconds.
    ///   - format: the rate and number of channels.
    /// - Throws: ``EmotionError/invalidOption(_:)`` if no clip is open or for a format out of range;
    ///   ``EmotionError/timestampOrder(_:)`` if the chunk begins more than 1 s before the end of the last one, which
    ///   then counts as not added; ``EmotionError/closed(_:)``, ``EmotionError/internal(_:)``.
    public func addAudio(
        _ samples: UnsafeBufferPointer<Int16>, timestampUs: Int, format: AudioFormat = AudioFormat()
    ) throws {
        try AudioChunk(samples, format, timestampUs).hand(to: core.addAudio)
    }

    /// Like the other `addAudio`, for samples with full scale -1 to 1.
    public func addAudio(
        _ samples: UnsafeBufferPointer<Float>, timestampUs: Int, format: AudioFormat = AudioFormat()
    ) throws {
        try AudioChunk(samples, format, timestampUs).hand(to: core.addAudio)
    }

    /// Like the other `addAudio`, for an array of 16-bit samples.
    public func addAudio(_ samples: [Int16], timestampUs: Int, format: AudioFormat = AudioFormat()) throws {
        try samples.withUnsafeBufferPointer { try addAudio($0, timestampUs: timestampUs, format: format) }
    }

    /// Like the other `addAudio`, for an array of samples with full scale -1 to 1.
    public func addAudio(_ samples: [Float], timestampUs: Int, format: AudioFormat = AudioFormat()) throws {
        try samples.withUnsafeBufferPointer { try addAudio($0, timestampUs: timestampUs, format: format) }
    }

    /// Ends the open clip and returns its number of frames; a clip with neither frames nor speech to learn is dropped.
    /// Speech without a face is learned only with ``AdaptOptions/uncheckedVoices``. If a clip cannot be written to the
    /// store, another call tries again, until the next clip begins.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` if no clip is open or there is no room;
    ///   ``EmotionError/userNotFound(_:)`` and ``EmotionError/storage(_:)`` for clips in the store;
    ///   ``EmotionError/closed(_:)``.
    @discardableResult
    public func end() throws -> Int {
        try bridged { Int(try core.endClip(nowMs: Date().milliseconds())) }
    }

    /// Number of clips in the store that other networks recorded: they are not listed and cannot be learned.
    public var unusable: Int {
        Int(core.unusableClips())
    }

    /// The finished clips, in order; none after the engine was closed.
    public func list() -> [ClipSummary] {
        core.clips().map(ClipSummary.init)
    }

    /// Says that the person was asked and means the label of the finished clip `name`:
    /// ``Users/adapt(_:clips:options:now:onProgress:)`` learns it although it looks like another emotion.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` if there is no such clip; ``EmotionError/userNotFound(_:)`` and
    ///   ``EmotionError/storage(_:)`` for clips in the store; ``EmotionError/closed(_:)``.
    public func confirm(_ name: String) throws {
        try bridged { try core.confirmClip(name: name) }
    }

    /// Removes the finished clip with this index; the later ones move up. No other clip gets its name. A clip in the store
    /// is erased from its file.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` if there is no such clip; ``EmotionError/userNotFound(_:)`` and
    ///   ``EmotionError/storage(_:)`` for clips in the store; ``EmotionError/closed(_:)``.
    public func remove(_ index: Int) throws {
        try bridged { try core.removeClip(index: UInt32(checked: index, "the clip's index")) }
    }

    /// Removes all clips, including the open one and those of other networks. Clips in the store are erased from its file.
    ///
    /// - Throws: for clips in the store ``EmotionError/userNotFound(_:)``, ``EmotionError/storage(_:)``,
    ///   ``EmotionError/closed(_:)``.
    public func clear() throws {
        try bridged { try core.clear() }
    }
}

extension MienFFI.Footage {
    fileprivate func added(_ frame: Frame) throws -> ClipStep {
        try frame.borrowed { first, second, third, layout in
            ClipStep(try add(first: first, second: second, third: third, layout: layout))
        }
    }

    fileprivate func added(picture: Data) throws -> ClipStep {
        ClipStep(try PictureFile(picture).handed(to: addPicture, or: add(first:second:third:layout:)))
    }
}
