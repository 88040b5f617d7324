internal import MienFFI

#if canImport(CoreGraphics)
public import CoreGraphics
#endif

/// A rectangle in pixels of the upright frame.
public struct Rect: Sendable, Equatable {
    /// The left edge.
    public let x: Float
    /// The upper edge.
    public let y: Float
    /// The width.
    public let width: Float
    /// The height.
    public let height: Float
}

extension Rect {
    init(_ core: MienFFI.Rect) {
        self.init(
            x: core.x,
            y: core.y,
            width: core.width,
            height: core.height
        )
    }
}

/// A point in pixels of the upright frame.
public struct Point: Sendable, Equatable {
    /// Distance from the left edge.
    public let x: Float
    /// Distance from the upper edge.
    public let y: Float
}

extension Point {
    init(_ core: MienFFI.Point) {
        self.init(
            x: core.x,
            y: core.y
        )
    }
}

/// A detected face in pixels of the upright frame; left and right are those of the picture.
public struct Face: Sendable, Equatable {
    /// The box of the detector.
    public let bounds: Rect
    /// The left eye.
    public let leftEye: Point
    /// The right eye.
    public let rightEye: Point
    /// The tip of the nose.
    public let nose: Point
    /// The left corner of the mouth.
    public let leftMouth: Point
    /// The right corner of the mouth.
    public let rightMouth: Point
    /// The detection score, 0 to 1.
    public let score: Float
}

extension Face {
    init(_ core: MienFFI.Face) {
        self.init(
            bounds: Rect(core.bounds),
            leftEye: Point(core.leftEye),
            rightEye: Point(core.rightEye),
            nose: Point(core.nose),
            leftMouth: Point(core.leftMouth),
            rightMouth: Point(core.rightMouth),
            score: core.score
        )
    }
}

#if canImport(CoreGraphics)
extension Rect {
    /// The rectangle for Core Graphics.
    public var cgRect: CGRect {
        CGRect(x: CGFloat(x), y: CGFloat(y), width: CGFloat(width), height: CGFloat(height))
    }
}

extension Point {
    /// The point for Core Graphics.
    public var cgPoint: CGPoint {
        CGPoint(x: CGFloat(x), y: CGFloat(y))
    }
}
#endif
