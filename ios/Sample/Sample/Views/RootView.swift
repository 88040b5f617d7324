import SwiftUI

/// Shows what keeps the application from working, then the consent, then the pages.
struct RootView: View {
    @Environment(AppModel.self) private var app
    @Environment(Screens.self) private var screens
    @Environment(Camera.self) private var camera
    @Environment(Microphone.self) private var microphone
    @Environment(\.scenePhase) private var phase

    var body: some View {
        content
            .privacySensitive()
            .overlay {
                // Hides emotions from the application switcher.
                if phase != .active { Color(uiColor: .systemBackground).ignoresSafeArea() }
            }
            .alert(say(.alertTitle), isPresented: isFailing, presenting: app.failure) { _ in
                Button(say(.buttonOK)) { app.failure = nil }
            } message: { failure in
                Text(failure.words)
            }
            .confirms(screens.confirmer)
            .onChange(of: app.users, initial: true) { screens.choose(among: app.users) }
            .onChange(of: phase) { Task { await follow() } }
    }

    private var isFailing: Binding<Bool> {
        Binding(get: { app.failure != nil }, set: { if !$0 { app.failure = nil } })
    }

    @ViewBuilder
    private var content: some View {
        switch app.stage {
        case .starting: ProgressView(say(.startLoading))
        case .keyLost: KeyLossView()
        case .failed(let failure): FailureView(failure: failure) { Task { await app.retry() } }
        case .asking: ConsentView()
        case .ready: HomeView()
        }
    }

    /// Stops the camera and the microphone in the background, and looks at the permissions again in the foreground: the
    /// person may come from the settings.
    private func follow() async {
        await camera.setInFront(phase == .active)
        if phase == .active { microphone.recheck() }
        guard phase == .background else { return }
        microphone.stop()
        screens.teaching.leave()
        if screens.teaching.teach?.isDue == true { app.learnLater() }
    }
}

#if os(iOS)
#Preview("Failed") {
    RootView().sampled(.sample(stage: .failed(Failure(Phrase(.failureStorage), details: "disk full"))))
}
#Preview("Ready") { RootView().sampled() }
#endif
