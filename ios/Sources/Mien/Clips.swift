public import Foundation
internal import MienFFI

/// Clips for ``Users/adapt(_:clips:options:now:onProgress:)``: up to 1000 clips of up to 600 frames, and 64 MiB if they are
/// in the store. They hold the outputs of the networks and numbers that describe the speech, in memory or in the store,
/// never pictures or sound.
///
/// Clips in the store (``Users/clips(_:keepDays:now:)``) are written and erased by ``end()``, ``confirm(_:)``,
/// ``remove(_:)`` and ``clear()``, which therefore leave the caller's thread.
public final class Clips: Sendable {
    let core: MienFFI.Footage
    private let work = Work.inOrder("clips")

    init(_ core: MienFFI.Footage) {
        self.core = core
    }

    /// Begins a clip of the emotion `label`, in any of its spellings; `nil` begins an unlabeled clip. Reports call the
    /// clip `name`; by default the label and a number, such as "happy/3".
    ///
    /// - Throws: ``ErrorCode/invalidOption`` for an emotion that the heads cannot learn, if another clip is open
    ///   or has this name or the maximum number of clips is reached, ``ErrorCode/closed``.
    public func begin(_ label: EmotionLabel?, name: String? = nil) throws(MienError) {
        try bridged { try core.beginClip(label: label?.name, name: name) }
    }

    /// Adds the principal face of a frame to the open clip.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` if no clip is open or it is too long,
    ///   ``ErrorCode/invalidFrame``, ``ErrorCode/closed``, ``ErrorCode/internal``.
    @discardableResult
    public func add(_ frame: Frame) async throws(MienError) -> ClipStep {
        try await work.run { [core] in try core.added(frame) }
    }

    /// Like ``add(_:)``, on the caller's thread: for the queue of a camera.
    @discardableResult
    public func addBlocking(_ frame: Frame) throws(MienError) -> ClipStep {
        try bridged { try core.added(frame) }
    }

    /// Like ``add(_:)``, for a picture file.
    ///
    /// - Throws: as in ``add(_:)``.
    @discardableResult
    public func add(picture: Data) async throws(MienError) -> ClipStep {
        try await work.run { [core] in try core.added(picture: picture) }
    }

    /// Like ``add(picture:)``, on the caller's thread.
    @discardableResult
    public func addBlocking(picture: Data) throws(MienError) -> ClipStep {
        try bridged { try core.added(picture: picture) }
    }

    /// Adds the next chunk of sound to the open clip, from any thread, as it is recorded with the frames. Of sound longer
    /// than 10 s, the last counts. Its voice is taken for that of the face, unless several faces are seen or the mouth
    /// is still: ``ClipSummary/speech`` says what comes of it. Speech of an unlabeled clip is not learned.
    ///
    /// - Parameters:
    ///   - samples: the samples; two channels are interleaved.
    ///   - timestamp: the time of the first sample, on the clock of the frames.
    ///   - format: the rate and number of channels.
    /// - Throws: ``ErrorCode/invalidOption`` if no clip is open or for a format out of range;
    ///   ``ErrorCode/timestampOrder`` if the chunk begins more than 1 s before the end of the last one, which
    ///   then counts as not added; ``ErrorCode/closed``, ``ErrorCode/internal``.
    public func addAudio(
        _ samples: UnsafeBufferPointer<Int16>, timestamp: Duration, format: AudioFormat = AudioFormat()
    ) throws(MienError) {
        try AudioChunk(samples, format, timestamp).hand(to: core.addAudio)
    }

    /// Like the other `addAudio`, for samples with full scale -1 to 1.
    public func addAudio(
        _ samples: UnsafeBufferPointer<Float>, timestamp: Duration, format: AudioFormat = AudioFormat()
    ) throws(MienError) {
        try AudioChunk(samples, format, timestamp).hand(to: core.addAudio)
    }

    /// Like the other `addAudio`, for an array of 16-bit samples.
    public func addAudio(_ samples: [Int16], timestamp: Duration, format: AudioFormat = AudioFormat()) throws(MienError)
    {
        try bridged { try samples.withUnsafeBufferPointer { try addAudio($0, timestamp: timestamp, format: format) } }
    }

    /// Like the other `addAudio`, for an array of samples with full scale -1 to 1.
    public func addAudio(_ samples: [Float], timestamp: Duration, format: AudioFormat = AudioFormat()) throws(MienError)
    {
        try bridged { try samples.withUnsafeBufferPointer { try addAudio($0, timestamp: timestamp, format: format) } }
    }

    /// Ends the open clip and returns its number of frames; a clip with neither frames nor speech to learn is dropped.
    /// Speech without a face is learned only with ``AdaptOptions/allowsUncheckedVoices``. If a clip cannot be written to the
    /// store, another call tries again, until the next clip begins.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` if no clip is open or there is no room;
    ///   ``ErrorCode/userNotFound`` and ``ErrorCode/storage`` for clips in the store;
    ///   ``ErrorCode/closed``.
    @discardableResult
    public func end() async throws(MienError) -> Int {
        try await work.run { [core] in try core.ended() }
    }

    /// Like ``end()``, on the caller's thread.
    @discardableResult
    public func endBlocking() throws(MienError) -> Int {
        try bridged { try core.ended() }
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
    /// - Throws: ``ErrorCode/invalidOption`` if there is no such clip; ``ErrorCode/userNotFound`` and
    ///   ``ErrorCode/storage`` for clips in the store; ``ErrorCode/closed``.
    public func confirm(_ name: String) async throws(MienError) {
        try await work.run { [core] in try core.confirmClip(name: name) }
    }

    /// Like ``confirm(_:)``, on the caller's thread.
    public func confirmBlocking(_ name: String) throws(MienError) {
        try bridged { try core.confirmClip(name: name) }
    }

    /// Removes the finished clip with this index; the later ones move up. No other clip gets its name. A clip in the store
    /// is erased from its file.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` if there is no such clip; ``ErrorCode/userNotFound`` and
    ///   ``ErrorCode/storage`` for clips in the store; ``ErrorCode/closed``.
    public func remove(_ index: Int) async throws(MienError) {
        try await work.run { [core] in try core.removed(index) }
    }

    /// Like ``remove(_:)``, on the caller's thread.
    public func removeBlocking(_ index: Int) throws(MienError) {
        try bridged { try core.removed(index) }
    }

    /// Removes all clips, including the open one and those of other networks. Clips in the store are erased from its file.
    ///
    /// - Throws: for clips in the store ``ErrorCode/userNotFound``, ``ErrorCode/storage``,
    ///   ``ErrorCode/closed``.
    public func clear() async throws(MienError) {
        try await work.run { [core] in try core.clear() }
    }

    /// Like ``clear()``, on the caller's thread.
    public func clearBlocking() throws(MienError) {
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

    fileprivate func ended() throws -> Int {
        Int(try endClip(nowMs: Date().milliseconds("now")))
    }

    fileprivate func removed(_ index: Int) throws {
        try removeClip(index: UInt32(checked: index, "the clip's index"))
    }
}
