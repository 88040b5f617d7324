import Mien
import SwiftUI

@main
struct SampleApp: App {
    @State private var app = AppModel()
    @State private var camera = Camera()
    @State private var microphone = Microphone()

    var body: some Scene {
        WindowGroup {
            RootView()
                .environment(app)
                .environment(camera)
                .environment(microphone)
                .task { await start() }
        }
    }

    private func start() async {
        await app.start(.application())
    }
}
