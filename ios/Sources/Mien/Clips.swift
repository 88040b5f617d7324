public import Foundation
internal import MienFFI

/// Clips of a user for ``Users/adapt(_:clips:options:now:onProgress:)``. Only what the networks see is
/// kept, in memory, never pictures.
///
/// ```swift
/// let clips = try engine.users.clips()
/// try clips.begin("happy")
/// for frame in frames { try await clips.add(frame) }
/// try clips.end()
/// ```
public final class Clips: Sendable {
    let core: MienFFI.Footage
    private let work = Work.inOrder("clips")

    init(_ core: MienFFI.Footage) {
        self.core = core
    }

    /// Begins a clip.
    ///
    /// - Parameter label: the emotion that it shows, in any of its spellings; `nil` for one that nobody has named.
    /// - Throws: ``EmotionError/invalidOption(_:)`` while another clip is open, or where there are too many;
    ///   ``EmotionError/closed(_:)``.
    public func begin(_ label: String?) throws {
        try bridged { try core.beginClip(label: label) }
    }

    /// Adds a frame to the open clip, by the face that it is about.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` where no clip is open or it is too long,
    ///   ``EmotionError/invalidFrame(_:)``, ``EmotionError/cancelled(_:)``, ``EmotionError/closed(_:)``,
    ///   ``EmotionError/internal(_:)``.
    @discardableResult
    public func add(_ frame: Frame) async throws -> ClipStep {
        try await work.run { [core] in
            try frame.borrowed { first, second, third, layout in
                ClipStep(try core.add(first: first, second: second, third: third, layout: layout))
            }
        }
    }

    /// As ``add(_:)``, of the bytes of a picture file, as of ``EmotionEngine/process(picture:)``.
    ///
    /// - Throws: as ``add(_:)``.
    @discardableResult
    public func add(picture: Data) async throws -> ClipStep {
        try await work.run { [core] in
            ClipStep(try PictureFile(picture).handed(to: core.addPicture, or: core.add(first:second:third:layout:)))
        }
    }

    /// Ends the open clip; one without frames is dropped.
    ///
    /// - Returns: the number of its frames.
    /// - Throws: ``EmotionError/invalidOption(_:)`` where no clip is open, ``EmotionError/closed(_:)``.
    @discardableResult
    public func end() throws -> Int {
        try bridged { Int(try core.endClip()) }
    }

    /// The clips that are done, in order.
    public func list() -> [ClipSummary] {
        core.clips().map(ClipSummary.init)
    }

    /// Drops the clip with this index in ``list()``; the later ones move up.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` where there is none, ``EmotionError/closed(_:)``.
    public func remove(_ index: Int) throws {
        try bridged { try core.removeClip(index: UInt32(checked: index, "the clip's index")) }
    }

    /// Drops all clips, the open one too.
    public func clear() {
        core.clear()
    }
}
