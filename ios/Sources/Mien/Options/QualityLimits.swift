internal import MienFFI

/// The limits that a usable face keeps to.
public struct QualityLimits: Sendable, Equatable {
    /// Least distance between the eyes, pixels. Default 18.
    public var eyeDistance: Float
    /// Most yaw to either side, degrees. Default 40.
    public var yaw: Float
    /// Most pitch up or down, degrees. Default 35.
    public var pitch: Float
    /// Most roll to either side, degrees. Default 45.
    public var roll: Float
    /// Least sharpness. Default 0.02.
    public var sharpness: Float
    /// Least mean luminance, 0 to 255. Default 35.
    public var darkest: Float
    /// Most mean luminance, 0 to 255. Default 230.
    public var brightest: Float
    /// Least contrast. Default 10.
    public var contrast: Float
    /// Most share of clipped pixels, 0 to 1. Default 0.5.
    public var clipped: Float

    /// Options, each with its default unless it is given.
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
