internal import MienFFI

/// The answer to one frame of a clip.
public enum ClipStep: Sendable, Equatable {
    /// It belongs to the clip now.
    ///
    /// - Parameter frames: frames of the clip so far.
    case taken(frames: Int)
    /// No face is seen; the clip goes on without this frame.
    case noFace
}

extension ClipStep {
    init(_ core: MienFFI.FootageStep) {
        switch core {
        case .taken(let frames):
            self = .taken(frames: Int(frames))
        case .noFace: self = .noFace
        }
    }
}

/// A clip that was recorded.
public struct ClipSummary: Sendable, Equatable {
    /// The emotion; none for a clip without a label.
    public let label: String?
    /// Its frames.
    public let frames: Int
}

extension ClipSummary {
    init(_ core: MienFFI.ClipSummary) {
        self.init(
            label: core.label,
            frames: Int(core.frames)
        )
    }
}
