/// The rotation and flip that make a buffer upright: clockwise first, then flipped left to right.
struct Turn: Equatable {
    let degrees: Int
    let flip: Bool

    /// Returns the turn for an EXIF orientation, 1 to 8, which `CGImagePropertyOrientation` uses too.
    init(exif orientation: UInt32) {
        let index = Int(orientation) - 1
        self = Self.byExif.indices.contains(index) ? Self.byExif[index] : Self.byExif[0]
    }

    /// Returns the turn for the buffer of a camera. The result is the picture that the sensor saw, never its mirror
    /// image.
    ///
    /// - Parameters:
    ///   - level: the clockwise rotation, degrees, that levels the picture of the sensor, as the system states.
    ///   - applied: the rotation that the connection of the camera applied already.
    ///   - mirrored: whether the connection flipped the buffer left to right after that, which is undone.
    init(level: Double, applied: Double, mirrored: Bool) {
        // Cameras turn by right angles.
        let missing = Int(((level - applied) / 90).rounded()) * 90
        self.init(degrees: ((mirrored ? -missing : missing) % 360 + 360) % 360, flip: mirrored)
    }

    init(degrees: Int, flip: Bool) {
        (self.degrees, self.flip) = (degrees, flip)
    }

    /// The EXIF orientation of the turn, 1 to 8.
    var exif: UInt32 {
        UInt32((Self.byExif.firstIndex(of: self) ?? 0) + 1)
    }

    private static let byExif: [Turn] = [
        Turn(degrees: 0, flip: false), Turn(degrees: 0, flip: true), Turn(degrees: 180, flip: false),
        Turn(degrees: 180, flip: true), Turn(degrees: 90, flip: true), Turn(degrees: 90, flip: false),
        Turn(degrees: 270, flip: true), Turn(degrees: 270, flip: false),
    ]
}

/// The orientation of a phone or tablet, with the names of `UIDeviceOrientation`.
enum Pose: Equatable {
    case portrait
    case portraitUpsideDown
    /// The top is to the left.
    case landscapeLeft
    /// The top is to the right.
    case landscapeRight

    /// Returns the clockwise rotation, degrees, that levels the picture of a camera on a device before iOS 17. Those
    /// sensors are in landscape: the top of the back sensor is at the left of the device, that of the front sensor at
    /// the right.
    func level(ofFront isFront: Bool) -> Double {
        switch self {
        case .portrait: 90
        case .portraitUpsideDown: 270
        case .landscapeLeft: isFront ? 180 : 0
        case .landscapeRight: isFront ? 0 : 180
        }
    }
}
