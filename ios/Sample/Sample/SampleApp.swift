import Mien
import SwiftUI

@main
struct SampleApp: App {
    @State private var app: AppModel
    @State private var screens = Screens()
    @State private var camera = Camera()
    @State private var microphone = Microphone()

    init() {
        let app = AppModel()
        let learning = AdaptTask("io.mien.sample.learn") { try await app.opened(.application()) }
        // The system starts the application for the task alone, without a window.
        learning.register()
        app.learnLater = { try? learning.submit() }
        _app = State(initialValue: app)
    }

    var body: some Scene {
        WindowGroup {
            RootView()
                .environment(app)
                .environment(screens)
                .environment(camera)
                .environment(microphone)
                .task { await start() }
        }
    }

    private func start() async {
        await app.start(.application())
    }
}
