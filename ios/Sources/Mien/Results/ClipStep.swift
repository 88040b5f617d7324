internal import MienFFI

/// The outcome of adding a frame to a clip.
public enum ClipStep: Sendable, Equatable {
    /// The frame belongs to the clip.
    case taken(frames: Int)
    /// No face is visible; the clip continues without this frame.
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

/// A recorded clip.
public struct ClipSummary: Sendable, Equatable {
    /// The emotion; `nil` for an unlabeled clip.
    public let label: String?
    /// Number of frames.
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
