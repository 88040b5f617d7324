import Mien
import SwiftUI

/// Boxes and captions over the camera's picture that fills the view like ``CameraPreview``.
struct FaceOverlay: View {
    @Environment(Camera.self) private var camera
    let faces: [TrackedFace]

    var body: some View {
        Canvas { context, size in
            let geometry = OverlayGeometry(
                picture: camera.pictureSize, view: size, turn: camera.previewTurn, isMirrored: camera.isPreviewMirrored)
            for face in faces {
                let box = geometry.rect(face.face.bounds)
                let color: Color = face.unsure.isEmpty ? .green : .yellow
                context.stroke(Path(roundedRect: box, cornerRadius: 8), with: .color(color), lineWidth: 3)
                context.draw(
                    Text(face.caption).font(.headline).foregroundStyle(color),
                    at: CGPoint(x: box.midX, y: box.maxY + 14))
            }
        }
        .accessibilityLabel(faces.map(\.caption).joined(separator: "; "))
    }
}
