import Mien
import SwiftUI

/// Boxes and captions over the camera's picture that fills the view like ``CameraPreview``. A doubtful answer differs by
/// its words and a dashed line, not by its color alone.
struct FaceOverlay: View {
    @Environment(Camera.self) private var camera
    let faces: [TrackedFace]
    /// From the box to the middle of the caption, which grows with the text.
    @ScaledMetric(relativeTo: .headline) private var gap: CGFloat = 16

    var body: some View {
        GeometryReader { area in
            let geometry = OverlayGeometry(
                picture: camera.pictureSize, view: area.size, turn: camera.previewTurn,
                isMirrored: camera.isPreviewMirrored)
            ForEach(faces) { face in
                mark(face, geometry.rect(face.bounds), in: area.size)
            }
        }
        .accessibilityElement(children: .contain)
        .accessibilityLabel(say(.liveFaces))
        .accessibilityValue(faces.isEmpty ? say(.liveNoFace) : "")
    }

    private func mark(_ face: TrackedFace, _ box: CGRect, in area: CGSize) -> some View {
        ZStack {
            frame(face)
                .frame(width: box.width, height: box.height)
                .position(x: box.midX, y: box.midY)
            Text(say(face.caption))
                .font(.headline)
                .padding(.horizontal, 8)
                .padding(.vertical, 2)
                .background(.regularMaterial, in: Capsule())
                // Below the box, but not outside of the picture.
                .position(x: box.midX, y: min(box.maxY + gap, area.height - gap))
        }
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(say(face.caption))
    }

    /// A light line on a dark one is legible on every picture.
    private func frame(_ face: TrackedFace) -> some View {
        let dash: [CGFloat] = face.isReliable ? [] : [10, 6]
        let shape = RoundedRectangle(cornerRadius: 8)
        return ZStack {
            shape.stroke(Color.black.opacity(0.6), style: StrokeStyle(lineWidth: 6, dash: dash))
            shape.stroke(face.isReliable ? Color.green : Color.yellow, style: StrokeStyle(lineWidth: 3, dash: dash))
        }
    }
}

#if os(iOS)
#Preview { FaceOverlay(faces: TrackedFace.samples).background(Color.gray).sampled() }
#endif
