import Accessibility
import Mien
import SwiftUI

/// The camera's picture with the results of its faces.
struct LiveView: View {
    @Environment(AppModel.self) private var app
    @Environment(Screens.self) private var screens
    @Environment(Camera.self) private var camera
    @Environment(Microphone.self) private var microphone
    @Environment(\.scenePhase) private var phase
    @Environment(\.accessibilityReduceMotion) private var isCalm

    private var live: LiveModel { screens.live }

    var body: some View {
        CameraGate(place: .live) {
            PictureAndControls(faces: live.result?.faces ?? []) { controls }
                .task(id: live.attempt) { await watch() }
                .onChange(of: phase) { if phase != .active { write() } }
                .onChange(of: live.announcement) { announce() }
        }
        .navigationTitle(say(.pageLive))
        .navigationBarTitleDisplayMode(.inline)
    }

    @ViewBuilder
    private var controls: some View {
        if let failure = live.failure {
            FailureView(failure: failure) { live.retry() }
        } else if let error = live.result?.error, let failure = Failure(error) {
            Text(say(failure.phrase)).font(.callout)
        }
        if live.corrected != nil {
            if let said = live.said {
                Text(say(said.caption)).font(.callout).transition(.opacity)
            }
            corrections.animation(isCalm ? nil : .default, value: live.said)
        } else {
            Text(say(.liveHint)).foregroundStyle(.secondary)
        }
        if let statistics = live.statistics {
            Text(say(Phrase(.liveAnalyzed, .count(statistics.processed)))).font(.caption)
            Text(say(Phrase(.liveDropped, .count(statistics.dropped)))).font(.caption)
        }
    }

    /// Buttons that say what the user's face really shows.
    private var corrections: some View {
        VStack(alignment: .leading, spacing: 8) {
            Text(say(.liveQuestion)).font(.headline).accessibilityAddTraits(.isHeader)
            LazyVGrid(columns: [GridItem(.adaptive(minimum: 120))], spacing: 8) {
                button(say(.liveRight)) { try await live.confirm() }
                ForEach(app.labels, id: \.self) { label in
                    button(say(emotion: label)) { try await live.correct(label) }
                }
                button(say(.liveUndo)) { try await live.undo() }
            }
        }
    }

    private func button(
        _ title: String, _ correction: @escaping @MainActor () async throws -> Correction?
    ) -> some View {
        Button {
            Task { await app.attempt { _ = try await correction() } }
        } label: {
            Text(title).frame(maxWidth: .infinity)
        }
        .buttonStyle(.bordered)
    }

    private func watch() async {
        guard let engine = app.engine else { return }
        let budgets = ProcessInfo.processInfo.powerBudgets()
        await live.follow(camera.frames(), hearing: microphone.sound(), power: budgets, in: engine)
    }

    /// Writes the events before the system may end the application.
    private func write() {
        guard let engine = app.engine else { return }
        Task { await app.attempt { try await live.write(to: engine) } }
    }

    /// Tells VoiceOver.
    private func announce() {
        guard let phrase = live.announcement else { return }
        AccessibilityNotification.Announcement(say(phrase)).post()
    }
}

#if os(iOS)
#Preview { NavigationStack { LiveView() }.sampled() }
#Preview("Dark") { NavigationStack { LiveView() }.sampled().preferredColorScheme(.dark) }
#Preview("Failed") {
    LiveView().sampled(.sample(), Screens(live: .sample(failure: Failure(Phrase(.failureClosed)))))
}
#endif
