import Foundation
import Mien

/// Positions of faces of upright pictures in a view that the camera's preview fills.
struct OverlayGeometry: Equatable {
    /// Size of the upright picture, pixels.
    let picture: CGSize
    /// Size of the view, points.
    let view: CGSize
    /// Clockwise rotation from the upright picture to the preview, degrees: 0, 90, 180 or 270. It is not 0 while the
    /// phone is in landscape and the view stays upright.
    let turn: Int
    /// Whether the preview is mirrored, like that of a front camera. Analyzed frames never are.
    let isMirrored: Bool

    /// Returns the bounds of a face in the view.
    func rect(_ bounds: FaceBounds) -> CGRect {
        let transform = FrameTransform(
            frameWidth: Int(picture.width), frameHeight: Int(picture.height), viewWidth: Float(view.width),
            viewHeight: Float(view.height), scale: .fillCenter, turnDegrees: turn, mirror: isMirrored)
        let shown = transform.toView(bounds)
        return CGRect(
            x: Double(shown.x), y: Double(shown.y), width: Double(shown.width), height: Double(shown.height))
    }
}
