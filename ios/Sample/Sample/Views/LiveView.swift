import Mien
import SwiftUI

/// The camera's picture with what is said of the faces in it.
struct LiveView: View {
    @Environment(AppModel.self) private var app
    @Environment(Camera.self) private var camera
    @State private var live = LiveModel()

    var body: some View {
        ZStack(alignment: .bottom) {
            CameraPreview(session: camera.session)
            FaceOverlay(faces: live.result?.faces ?? [])
            if camera.isAllowed == false {
                Text("Allow the camera in the phone's settings.").padding().background(.thinMaterial)
            } else if let statistics = live.statistics {
                Text("\(statistics.processed) frames looked at, \(statistics.dropped) dropped")
                    .font(.caption).padding(6).background(.thinMaterial)
            }
        }
        .ignoresSafeArea(edges: .top)
        .task { await watch() }
    }

    private func watch() async {
        guard let engine = app.engine else { return }
        await app.attempt { try await live.watch(camera.frames(), in: engine) }
    }
}
