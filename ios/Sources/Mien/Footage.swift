public import Foundation
internal import MienFFI

/// Clips of a user, recorded for ``Users/adapt(_:footage:options:now:progress:)``. Only what the networks see is
/// kept, in memory, never pictures.
///
/// ```swift
/// let footage = try engine.users.footage()
/// try footage.beginClip("happy")
/// for frame in frames { try await footage.add(frame) }
/// try footage.endClip()
/// ```
public final class Footage: Sendable {
    let core: MienFFI.Footage
    private let work = Work.inOrder("footage")

    init(_ core: MienFFI.Footage) {
        self.core = core
    }

    /// Begins a clip.
    ///
    /// - Parameter label: the emotion that it shows, in any of its spellings; `nil` for one that nobody has named.
    /// - Throws: ``EmotionError/invalidOption(_:)`` while another clip is open, or where there are too many.
    public func beginClip(_ label: String?) throws {
        try bridged { try core.beginClip(label: label) }
    }

    /// Adds a frame to the open clip, by the face that it is about.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` where no clip is open or it is too long,
    ///   ``EmotionError/invalidFrame(_:)``, ``EmotionError/cancelled(_:)``, ``EmotionError/closed(_:)``,
    ///   ``EmotionError/internal(_:)``.
    @discardableResult
    public func add(_ frame: Frame) async throws -> FootageStep {
        try await work.run { [core] in
            try frame.borrowed { first, second, third, layout in
                FootageStep(try core.add(first: first, second: second, third: third, layout: layout))
            }
        }
    }

    /// As ``add(_:)``, of the bytes of a JPEG, PNG, TIFF, BMP or WebP file.
    ///
    /// - Throws: as ``add(_:)``.
    @discardableResult
    public func addPicture(_ file: Data) async throws -> FootageStep {
        try await work.run { [core] in FootageStep(try core.addPicture(file: file)) }
    }

    /// Ends the open clip; one without frames is dropped.
    ///
    /// - Returns: the number of its frames.
    /// - Throws: ``EmotionError/invalidOption(_:)`` where no clip is open.
    @discardableResult
    public func endClip() throws -> Int {
        try bridged { Int(try core.endClip()) }
    }

    /// The clips that are done, in order.
    public var clips: [ClipSummary] {
        core.clips().map(ClipSummary.init)
    }

    /// Drops the clip with this index in ``clips``; the later ones move up.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` where there is none.
    public func removeClip(_ index: Int) throws {
        try bridged { try core.removeClip(index: UInt32(checked: index, "the clip's index")) }
    }

    /// Drops all clips, the open one too.
    public func clear() {
        core.clear()
    }
}
