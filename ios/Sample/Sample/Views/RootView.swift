import SwiftUI

/// Shows the consent first, then the tabs.
struct RootView: View {
    @Environment(AppModel.self) private var app
    @Environment(Camera.self) private var camera
    @Environment(Microphone.self) private var microphone
    @Environment(\.scenePhase) private var phase

    var body: some View {
        @Bindable var app = app
        content
            .privacySensitive()
            .overlay {
                // Hides emotions from the application switcher.
                if phase != .active { Color(.systemBackground).ignoresSafeArea() }
            }
            .alert("Something went wrong", isPresented: .constant(app.failure != nil)) {
                Button("OK") { app.failure = nil }
            } message: {
                Text(app.failure ?? "")
            }
            .onChange(of: phase) {
                Task {
                    await camera.setInFront(phase == .active)
                    if phase == .background { try? await microphone.use(false) }
                }
            }
    }

    @ViewBuilder
    private var content: some View {
        switch app.consented {
        case nil where app.isKeyLost: KeyLossView()
        case nil: ProgressView("Loading the models")
        case false?: ConsentView()
        case true?: tabs
        }
    }

    private var tabs: some View {
        TabView {
            LiveView().tabItem { Label("Live", systemImage: "video") }
            EnrollmentView().tabItem { Label("Enroll", systemImage: "person.badge.plus") }
            TeachView().tabItem { Label("Teach me", systemImage: "graduationcap") }
            DayView().tabItem { Label("Timeline", systemImage: "chart.bar") }
            SettingsView().tabItem { Label("Settings", systemImage: "gear") }
        }
    }
}
