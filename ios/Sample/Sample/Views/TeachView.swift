import Mien
import SwiftUI

/// Records clips that the user labels, and adapts the head to them.
struct TeachView: View {
    @Environment(AppModel.self) private var app
    @Environment(Screens.self) private var screens
    @Environment(Camera.self) private var camera
    @Environment(Microphone.self) private var microphone

    private var teaching: TeachingModel { screens.teaching }

    var body: some View {
        CameraGate(place: .teach) {
            PictureAndControls {
                UserPicker()
                voice
                if let failure = teaching.failure { FailureView(failure: failure) { Task { await prepare() } } }
                if let teach = teaching.teach {
                    labels(teach)
                    clips(teach)
                    LearningView(teach: teach)
                }
            }
            .task(id: screens.user) { await prepare() }
            .onDisappear { teaching.leave() }
        }
        .navigationTitle(say(.pageTeach))
        .navigationBarTitleDisplayMode(.inline)
    }

    @ViewBuilder
    private var voice: some View {
        Toggle(say(.teachVoice), isOn: Binding(get: { microphone.isOn }, set: { use($0) }))
            .disabled(teaching.isBusy)
        if let notice = microphone.notice { NoticeView(notice: notice) }
    }

    @ViewBuilder
    private func labels(_ teach: TeachModel) -> some View {
        Text(say(microphone.isOn ? .teachSay : .teachShow)).font(.headline).accessibilityAddTraits(.isHeader)
        LazyVGrid(columns: [GridItem(.adaptive(minimum: 120))], spacing: 8) {
            ForEach(teach.labels, id: \.self) { label in
                Button {
                    record(label)
                } label: {
                    Text(title(label, teach)).frame(maxWidth: .infinity)
                }
                .buttonStyle(.bordered)
                .disabled(teaching.isBusy)
            }
        }
    }

    private func title(_ label: EmotionLabel, _ teach: TeachModel) -> String {
        teaching.recording == label
            ? say(Phrase(.teachRecording, .emotion(label), .count(teach.frames))) : say(emotion: label)
    }

    @ViewBuilder
    private func clips(_ teach: TeachModel) -> some View {
        Text(say(.teachClips)).font(.headline).accessibilityAddTraits(.isHeader)
        if teach.clips.isEmpty { Text(say(.teachNoClips)).foregroundStyle(.secondary) }
        ForEach(teach.clips) { clip in
            ClipRow(clip: clip) { remove(clip, teach) }.disabled(teaching.isBusy)
        }
    }

    /// Asks, then removes the clip; others may have been removed meanwhile.
    private func remove(_ clip: ClipSummary, _ teach: TeachModel) {
        screens.confirmer.ask(.clip(clip.label)) {
            guard let index = teach.clips.firstIndex(where: { $0.name == clip.name }) else { return }
            try await teach.remove(index)
        }
    }

    private func prepare() async {
        guard let engine = app.engine else { return }
        await teaching.prepare(screens.user, in: engine)
    }

    private func record(_ label: EmotionLabel) {
        let sound = microphone.isOn ? microphone.sound() : nil
        teaching.record(label, frames: camera.frames(), hearing: sound, with: app)
    }

    private func use(_ voice: Bool) {
        Task { await app.attempt { try await microphone.use(voice) } }
    }
}

/// A recorded clip.
struct ClipRow: View {
    let clip: ClipSummary
    let remove: @MainActor () -> Void

    var body: some View {
        HStack {
            VStack(alignment: .leading) {
                Text(clip.label.map { say(emotion: $0) } ?? say(.teachUnnamed))
                Text(say(clip.caption)).font(.caption).foregroundStyle(.secondary)
            }
            .accessibilityElement(children: .combine)
            Spacer()
            Button(role: .destructive, action: remove) {
                Label(say(.teachRemove), systemImage: "trash").labelStyle(.iconOnly)
            }
        }
    }
}

#if os(iOS)
#Preview { NavigationStack { TeachView() }.sampled() }
#Preview("Clip") { ClipRow(clip: .sample) {} }
#endif
