import Mien
import SwiftUI

/// The camera's picture with boxes around faces, or why there is no picture.
struct CameraPicture: View {
    @Environment(Camera.self) private var camera
    var faces: [TrackedFace] = []

    var body: some View {
        ZStack {
            Color.black
            CameraPreview(camera: camera).accessibilityHidden(true)
            FaceOverlay(faces: faces)
            if let notice = camera.condition.notice {
                NoticeView(notice: notice) { Task { await camera.retry() } }
                    .background(.regularMaterial, in: RoundedRectangle(cornerRadius: 16))
                    .padding()
            }
        }
        .clipped()
    }
}

/// A view that needs the camera, or the way back to the consent. Without the consent the camera stays off.
struct CameraGate<Content: View>: View {
    @Environment(AppModel.self) private var app
    @Environment(Camera.self) private var camera
    let place: CameraDemand.Place
    @ViewBuilder let content: Content

    var body: some View {
        if app.mayAnalyze {
            content
                .onAppear { Task { await camera.enter(place) } }
                .onDisappear { Task { await camera.leave(place) } }
        } else {
            NoticeView(notice: Notice(Phrase(.consentMissing), .decide))
        }
    }
}

/// The camera's picture beside its controls in a wide or low window, above them in a high one. A rotation moves both and
/// keeps their state.
struct PictureAndControls<Controls: View>: View {
    @Environment(\.horizontalSizeClass) private var width
    @Environment(\.verticalSizeClass) private var height
    var faces: [TrackedFace] = []
    @ViewBuilder let controls: Controls

    private var isWide: Bool { width == .regular || height == .compact }

    var body: some View {
        let layout = isWide ? AnyLayout(HStackLayout(spacing: 0)) : AnyLayout(VStackLayout(spacing: 0))
        layout {
            CameraPicture(faces: faces)
            ScrollView {
                VStack(alignment: .leading, spacing: 12) { controls }
                    .padding()
                    .frame(maxWidth: .infinity, alignment: .leading)
            }
            .frame(maxWidth: isWide ? 360 : .infinity, maxHeight: isWide ? .infinity : 280)
        }
    }
}

#if os(iOS)
#Preview("Declined") {
    CameraGate(place: .live) { CameraPicture() }.sampled(.sample(consent: .declined))
}
#Preview { PictureAndControls(faces: TrackedFace.samples) { Text(verbatim: "-") }.sampled() }
#endif
