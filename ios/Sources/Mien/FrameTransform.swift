/// Places positions of results in a view that shows the camera's picture.
///
/// ```swift
/// let transform = FrameTransform(
///     frameWidth: 480, frameHeight: 640, viewWidth: view.width, viewHeight: view.height, scale: .fillCenter)
/// let box = transform.toView(face.bounds)
/// ```
///
/// The picture is turned, then mirrored, then scaled into the view. Frame and view show the same part of what the camera
/// sees; the numbers of the view are in any unit.
public struct FrameTransform: Sendable, Hashable {
    /// How a picture fits a view of another aspect, as on Android's `PreviewView`.
    public enum Scale: Sendable, Hashable, CaseIterable {
        /// Fills the view, which cuts off the end of the longer side (right or bottom).
        case fillStart
        /// Fills the view, which cuts off both ends of the longer side; `resizeAspectFill` of a preview layer.
        case fillCenter
        /// Fills the view, which cuts off the start of the longer side (left or top).
        case fillEnd
        /// Fits into the view, at its left or top.
        case fitStart
        /// Fits into the middle of the view; `resizeAspect` of a preview layer.
        case fitCenter
        /// Fits into the view, at its right or bottom.
        case fitEnd
        /// Fills the view and changes the aspect; `resize` of a preview layer.
        case stretch
    }

    /// The clockwise rotation from upright frames to the view, in quarters.
    private let quarters: Int
    private let mirror: Bool
    /// The size of the turned picture.
    private let width: Float
    private let height: Float
    /// Units of the view per pixel.
    private let scaleX: Float
    private let scaleY: Float
    private let left: Float
    private let top: Float

    /// Creates the transform of a frame into a view.
    ///
    /// - Parameters:
    ///   - frameWidth: the width of the upright frame, pixels: that of the result.
    ///   - frameHeight: the height of the upright frame, pixels.
    ///   - viewWidth: the width of the view, in its own unit.
    ///   - viewHeight: the height of the view.
    ///   - scale: how the picture fits the view.
    ///   - turnDegrees: the clockwise rotation from the upright frame to the view, a multiple of 90; not 0 if the view does
    ///     not turn with the device.
    ///   - mirror: whether the view mirrors the picture and positions do not. Of a frame with `mirror`, positions are
    ///     mirrored already: leave it out.
    ///
    /// A size that is not positive maps every point to the view's corner.
    public init(
        frameWidth: Int, frameHeight: Int, viewWidth: Float, viewHeight: Float, scale: Scale = .fillCenter,
        turnDegrees: Int = 0, mirror: Bool = false
    ) {
        quarters = ((turnDegrees / 90) % 4 + 4) % 4
        self.mirror = mirror
        let (across, down) = (Float(max(frameWidth, 0)), Float(max(frameHeight, 0)))
        (width, height) = quarters % 2 == 0 ? (across, down) : (down, across)
        guard width > 0, height > 0, viewWidth > 0, viewHeight > 0 else {
            (scaleX, scaleY, left, top) = (0, 0, 0, 0)
            return
        }
        let (x, y) = (viewWidth / width, viewHeight / height)
        let factors: (x: Float, y: Float) =
            switch scale {
            case .fillStart, .fillCenter, .fillEnd: (max(x, y), max(x, y))
            case .fitStart, .fitCenter, .fitEnd: (min(x, y), min(x, y))
            case .stretch: (x, y)
            }
        let share: Float =
            switch scale {
            case .fillStart, .fitStart, .stretch: 0
            case .fillCenter, .fitCenter: 0.5
            case .fillEnd, .fitEnd: 1
            }
        (scaleX, scaleY) = factors
        left = share * (viewWidth - factors.x * width)
        top = share * (viewHeight - factors.y * height)
    }

    /// Returns the place of a point of a result in the view.
    public func toView(_ point: FacePoint) -> FacePoint {
        let turned: (x: Float, y: Float) =
            switch quarters {
            case 1: (width - point.y, point.x)
            case 2: (width - point.x, height - point.y)
            case 3: (point.y, height - point.x)
            default: (point.x, point.y)
            }
        let x = mirror ? width - turned.x : turned.x
        return FacePoint(x: left + scaleX * x, y: top + scaleY * turned.y)
    }

    /// Returns the place of the bounds of a result in the view.
    public func toView(_ bounds: FaceBounds) -> FaceBounds {
        let one = toView(FacePoint(x: bounds.x, y: bounds.y))
        let other = toView(FacePoint(x: bounds.x + bounds.width, y: bounds.y + bounds.height))
        return FaceBounds(
            x: min(one.x, other.x), y: min(one.y, other.y), width: abs(other.x - one.x), height: abs(other.y - one.y))
    }

    /// Returns the position in the frame of a point of the view, for example of a touch; `nil` if the view has no area.
    public func toFrame(_ point: FacePoint) -> FacePoint? {
        guard scaleX > 0, scaleY > 0 else { return nil }
        let (shown, y) = ((point.x - left) / scaleX, (point.y - top) / scaleY)
        let x = mirror ? width - shown : shown
        return switch quarters {
        case 1: FacePoint(x: y, y: width - x)
        case 2: FacePoint(x: width - x, y: height - y)
        case 3: FacePoint(x: height - y, y: x)
        default: FacePoint(x: x, y: y)
        }
    }
}
