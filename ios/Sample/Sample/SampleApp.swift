import Mien
import SwiftUI

@main
struct SampleApp: App {
    @State private var app = AppModel()
    @State private var camera = Camera()

    var body: some Scene {
        WindowGroup {
            RootView()
                .environment(app)
                .environment(camera)
                .task { await start() }
        }
    }

    private func start() async {
        await app.start(.application())
    }
}
