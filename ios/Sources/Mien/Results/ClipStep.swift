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
    /// What reports call the clip.
    public let name: String
    /// The emotion; `nil` for an unlabeled clip.
    public let label: String?
    /// Number of frames.
    public let frames: Int
    /// Whether the person was asked and means the label.
    public let confirmed: Bool
    /// The speech of the clip; `nil` if it has no sound.
    public let speech: ClipSpeech?
}

extension ClipSummary {
    init(_ core: MienFFI.ClipSummary) {
        self.init(
            name: core.name,
            label: core.label,
            frames: Int(core.frames),
            confirmed: core.confirmed,
            speech: core.speech.map(ClipSpeech.init)
        )
    }
}
