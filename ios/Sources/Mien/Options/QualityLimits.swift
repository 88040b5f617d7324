internal import MienFFI

/// Limits that a usable face must keep.
public struct QualityLimits: Sendable, Equatable {
    /// Minimum distance between the eyes, pixels. Default 18.
    public var eyeDistance: Float
    /// Maximum turn to either side, degrees. Default 40.
    public var yaw: Float
    /// Maximum nod up or down, degrees. Default 35.
    public var pitch: Float
    /// Maximum tilt to either side, degrees. Default 45.
    public var roll: Float
    /// Minimum sharpness: the share of fine detail in the contrast. Default 0.02.
    public var sharpness: Float
    /// Minimum mean luminance, 0 to 255. Default 35.
    public var darkest: Float
    /// Maximum mean luminance, 0 to 255. Default 230.
    public var brightest: Float
    /// Minimum standard deviation of the luminance, 0 to 127. Default 10.
    public var contrast: Float
    /// Maximum share of pixels that are nearly black or white, 0 to 1. Default 0.5.
    public var clipped: Float

    /// Creates options; each has a default.
    public init(
        eyeDistance: Float = 18,
        yaw: Float = 40,
        pitch: Float = 35,
        roll: Float = 45,
        sharpness: Float = 0.02,
        darkest: Float = 35,
        brightest: Float = 230,
        contrast: Float = 10,
        clipped: Float = 0.5
    ) {
        self.eyeDistance = eyeDistance
        self.yaw = yaw
        self.pitch = pitch
        self.roll = roll
        self.sharpness = sharpness
        self.darkest = darkest
        self.brightest = brightest
        self.contrast = contrast
        self.clipped = clipped
    }
}

extension QualityLimits {
    init(_ core: MienFFI.QualityLimits) {
        self.init(
            eyeDistance: core.eyeDistance,
            yaw: core.yaw,
            pitch: core.pitch,
            roll: core.roll,
            sharpness: core.sharpness,
            darkest: core.darkest,
            brightest: core.brightest,
            contrast: core.contrast,
            clipped: core.clipped
        )
    }

    var core: MienFFI.QualityLimits {
        MienFFI.QualityLimits(
            eyeDistance: eyeDistance,
            yaw: yaw,
            pitch: pitch,
            roll: roll,
            sharpness: sharpness,
            darkest: darkest,
            brightest: brightest,
            contrast: contrast,
            clipped: clipped
        )
    }
}
