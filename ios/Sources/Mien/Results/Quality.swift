internal import MienFFI

/// What can be measured of a face without a network.
public struct Quality: Sendable, Equatable {
    /// Distance between the eyes in frame pixels.
    public let eyeDistance: Float
    /// Turn to the side in degrees; positive toward the picture's right.
    public let yaw: Float
    /// Nod in degrees; positive upwards.
    public let pitch: Float
    /// Tilt in degrees; positive clockwise in the picture.
    public let roll: Float
    /// How much of the contrast is fine detail, 0 and up.
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
    /// The eyes are too near each other in pixels.
    case tooSmall
    /// The face looks to the side, up or down, or is tilted too far.
    case turned
    /// Too little fine detail.
    case blurred
    /// Too dark.
    case dark
    /// Too bright, or too much of it is clipped.
    case overexposed
    /// Light and dark hardly differ.
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
