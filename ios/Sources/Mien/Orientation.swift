/// How a buffer must be turned to be upright: clockwise first, then flipped left to right.
struct Turn: Equatable {
    let degrees: Int
    let mirror: Bool

    /// The turn for an orientation by its number in EXIF, 1 to 8, as `CGImagePropertyOrientation` has them too.
    init(exif orientation: UInt32) {
        let index = Int(orientation) - 1
        self = Self.byExif.indices.contains(index) ? Self.byExif[index] : Self.byExif[0]
    }

    /// The turn for a camera's buffer. What comes out is what the sensor saw, never its mirror image.
    ///
    /// - Parameters:
    ///   - level: the clockwise turn, degrees, that levels what the sensor sees, as the system says.
    ///   - applied: the turn that the camera's connection made already.
    ///   - mirrored: whether the connection flipped the buffer left to right after that, which is undone.
    init(level: Double, applied: Double, mirrored: Bool) {
        // Cameras turn by right angles.
        let missing = Int(((level - applied) / 90).rounded()) * 90
        self.init(degrees: ((mirrored ? -missing : missing) % 360 + 360) % 360, mirror: mirrored)
    }

    private init(degrees: Int, mirror: Bool) {
        (self.degrees, self.mirror) = (degrees, mirror)
    }

    /// The number of the turn in EXIF, 1 to 8.
    var exif: UInt32 {
        UInt32((Self.byExif.firstIndex(of: self) ?? 0) + 1)
    }

    private static let byExif: [Turn] = [
        Turn(degrees: 0, mirror: false), Turn(degrees: 0, mirror: true), Turn(degrees: 180, mirror: false),
        Turn(degrees: 180, mirror: true), Turn(degrees: 90, mirror: true), Turn(degrees: 90, mirror: false),
        Turn(degrees: 270, mirror: true), Turn(degrees: 270, mirror: false),
    ]
}

/// How a phone or tablet is held, as `UIDeviceOrientation` names it.
enum Pose: Equatable {
    case portrait
    case portraitUpsideDown
    /// The top is to the left.
    case landscapeLeft
    /// The top is to the right.
    case landscapeRight

    /// The clockwise turn, degrees, that levels what a camera sees: of devices before iOS 17, whose sensors lie
    /// across, the back one's with its top to the device's left and the front one's to its right.
    func level(ofFront isFront: Bool) -> Double {
        switch self {
        case .portrait: 90
        case .portraitUpsideDown: 270
        case .landscapeLeft: isFront ? 180 : 0
        case .landscapeRight: isFront ? 0 : 180
        }
    }
}
