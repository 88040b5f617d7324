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
    func rect(_ bounds: Rect) -> CGRect {
        var (box, size) = (
            CGRect(
                x: Double(bounds.x), y: Double(bounds.y), width: Double(bounds.width), height: Double(bounds.height)),
            picture
        )
        for _ in 0..<turn / 90 {
            box = CGRect(x: size.height - box.maxY, y: box.minX, width: box.height, height: box.width)
            size = CGSize(width: size.height, height: size.width)
        }
        if isMirrored { box.origin.x = size.width - box.maxX }
        let scale = max(view.width / size.width, view.height / size.height)
        return CGRect(
            x: (view.width - scale * size.width) / 2 + scale * box.minX,
            y: (view.height - scale * size.height) / 2 + scale * box.minY,
            width: scale * box.width, height: scale * box.height)
    }
}
