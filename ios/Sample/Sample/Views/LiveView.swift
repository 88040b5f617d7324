import Mien
import SwiftUI

/// The camera's picture with the results of its faces.
struct LiveView: View {
    @Environment(AppModel.self) private var app
    @Environment(Camera.self) private var camera
    @Environment(Microphone.self) private var microphone
    @Environment(\.scenePhase) private var phase
    @State private var live = LiveModel()

    var body: some View {
        ZStack(alignment: .bottom) {
            CameraPreview(camera: camera)
            FaceOverlay(faces: live.result?.faces ?? [])
            if camera.isAllowed == false {
                Text("Allow the camera in the phone's settings.").padding().background(.thinMaterial)
            } else if let statistics = live.statistics {
                Text("\(statistics.processed) frames analyzed, \(statistics.dropped) dropped")
                    .font(.caption).padding(6).background(.thinMaterial)
            }
            if live.corrected != nil {
                VStack {
                    if let said = live.said { Text(said.caption).padding(6).background(.thinMaterial) }
                    corrections
                }
            }
        }
        .ignoresSafeArea(edges: .top)
        .needsCamera(.live, camera)
        .task { await watch() }
        .onChange(of: phase) { if phase != .active { write() } }
    }

    /// Buttons that say what the user's face really shows.
    private var corrections: some View {
        ScrollView(.horizontal) {
            HStack {
                Button("Right") { say { try await live.confirm() } }
                ForEach(app.engine?.labels ?? [], id: \.self) { label in
                    Button(label) { say { try await live.correct(label) } }
                }
                Button("Undo") { say { try await live.undo() } }
            }
            .buttonStyle(.borderedProminent).padding()
        }
        .padding(.bottom, 32)
    }

    private func say(_ correction: @escaping @MainActor () async throws -> Correction?) {
        Task { await app.attempt { _ = try await correction() } }
    }

    private func watch() async {
        guard let engine = app.engine else { return }
        await app.attempt { try await live.watch(camera.frames(), hearing: microphone.sound(), in: engine) }
    }

    /// Writes the events before the system may end the application.
    private func write() {
        guard let engine = app.engine else { return }
        Task { await app.attempt { try await live.write(to: engine) } }
    }
}
