internal import MienFFI

/// Measurements of a face that need no network.
public struct Quality: Sendable, Equatable {
    /// Distance between the eyes, frame pixels.
    public let eyeDistance: Float
    /// Turn to the side, degrees; positive toward the right of the picture.
    public let yaw: Float
    /// Nod, degrees; positive upward.
    public let pitch: Float
    /// Tilt, degrees; positive clockwise in the picture.
    public let roll: Float
    /// Share of fine detail in the contrast, 0 and up.
    public let sharpness: Float
    /// Mean luminance, 0 to 255.
    public let brightness: Float
    /// Standard deviation of the luminance, 0 to 127.
    public let contrast: Float
    /// Share of pixels that are nearly black or white, 0 to 1.
    public let clipped: Float
}

extension Quality {
    init(_ core: MienFFI.Quality) {
        self.init(
            eyeDistance: core.eyeDistance,
            yaw: core.yaw,
            pitch: core.pitch,
            roll: core.roll,
            sharpness: core.sharpness,
            brightness: core.brightness,
            contrast: core.contrast,
            clipped: core.clipped
        )
    }
}

/// Why a face is not good enough.
public enum QualityIssue: Sendable, Hashable, CaseIterable {
    /// Too few pixels between the eyes.
    case tooSmall
    /// The face is turned to the side, up or down, or is tilted too far.
    case turned
    /// Too little fine detail.
    case blurred
    /// Too dark.
    case dark
    /// Too bright, or too many clipped pixels.
    case overexposed
    /// Too little contrast.
    case lowContrast
}

extension QualityIssue {
    init(_ core: MienFFI.QualityIssue) {
        switch core {
        case .tooSmall: self = .tooSmall
        case .turned: self = .turned
        case .blurred: self = .blurred
        case .dark: self = .dark
        case .overexposed: self = .overexposed
        case .lowContrast: self = .lowContrast
        }
    }
}
