import Mien
import SwiftUI

/// Boxes and captions over a picture of 480x640 that fills the view, as ``CameraPreview`` shows it.
struct FaceOverlay: View {
    let faces: [TrackedFace]

    private static let picture = CGSize(width: 480, height: 640)

    var body: some View {
        Canvas { context, size in
            let scale = max(size.width / Self.picture.width, size.height / Self.picture.height)
            let shift = CGPoint(
                x: (size.width - scale * Self.picture.width) / 2, y: (size.height - scale * Self.picture.height) / 2)
            for face in faces {
                let bounds = face.face.bounds.cgRect
                let box = CGRect(
                    x: shift.x + scale * bounds.minX, y: shift.y + scale * bounds.minY,
                    width: scale * bounds.width, height: scale * bounds.height)
                let colour: Color = face.unsure.isEmpty ? .green : .yellow
                context.stroke(Path(roundedRect: box, cornerRadius: 8), with: .color(colour), lineWidth: 3)
                context.draw(
                    Text(face.caption).font(.headline).foregroundStyle(colour),
                    at: CGPoint(x: box.midX, y: box.maxY + 14))
            }
        }
        .accessibilityLabel(faces.map(\.caption).joined(separator: "; "))
    }
}
