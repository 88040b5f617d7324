import Mien
import SwiftUI

/// Records clips that the user labels, and adapts the head to them.
struct TeachView: View {
    @Environment(AppModel.self) private var app
    @Environment(Camera.self) private var camera
    @Environment(Microphone.self) private var microphone
    @State private var teach: TeachModel?
    @State private var user = ""
    @State private var recording: String?
    @State private var work: Task<Void, Never>?

    var body: some View {
        List {
            Section {
                CameraPreview(camera: camera).frame(height: 240)
                UserPicker(user: $user)
                Toggle("Use my voice too", isOn: Binding(get: { microphone.isOn }, set: { use($0) }))
                    .disabled(work != nil)
            }
            if let teach {
                labels(teach)
                clips(teach)
                learning(teach)
            }
        }
        .needsCamera(.teach, camera)
        .task(id: user) { await prepare() }
        .onDisappear { leave() }
    }

    private func labels(_ teach: TeachModel) -> some View {
        Section(microphone.isOn ? "Say a sentence in an emotion" : "Show an emotion for two seconds") {
            ForEach(teach.labels, id: \.self) { label in
                Button(recording == label ? "\(label): \(teach.frames) frames" : label) { record(label, teach) }
                    .disabled(work != nil)
            }
        }
    }

    private func clips(_ teach: TeachModel) -> some View {
        Section("Clips") {
            ForEach(Array(teach.clips.enumerated()), id: \.offset) { _, clip in
                Text("\(clip.label ?? "unnamed"), \(clip.frames) frames\(words(clip.speech))")
            }
            .onDelete { rows in
                Task { await app.attempt { for row in rows.reversed() { try await teach.remove(row) } } }
            }
        }
    }

    @ViewBuilder
    private func learning(_ teach: TeachModel) -> some View {
        Section {
            if let progress = teach.progress {
                ProgressView(value: progress)
                Button("Stop") { stop(teach) }
            } else {
                if teach.isDue { Text("These clips are learned in the background.") }
                Button("Learn") { run { try await teach.learn() } }.disabled(teach.clips.isEmpty || work != nil)
                Button("Remove all clips", role: .destructive) { run { try await teach.clear() } }
                    .disabled(teach.clips.isEmpty || work != nil)
            }
            if let adapted = teach.adapted {
                outcome("face", adapted.face)
                ForEach(adapted.face.leftOut, id: \.name) { leftOut($0, teach) }
                if let speech = adapted.speech { outcome("voice", speech) }
            }
        }
    }

    @ViewBuilder
    private func outcome(_ what: String, _ report: AdaptReport) -> some View {
        let head = "head for the \(what)"
        Text(report.accepted ? "The new \(head) answers from now on." : "The old \(head) stays.")
        Text(report.reason).font(.caption)
    }

    /// What became of the sound of a clip.
    private func words(_ speech: ClipSpeech?) -> String {
        guard let speech else { return "" }
        return speech.refusal == nil ? ", with voice" : ", without its sound"
    }

    /// Says why a clip was not learned, and asks whether its label is right where that helps.
    @ViewBuilder
    private func leftOut(_ clip: LeftOut, _ teach: TeachModel) -> some View {
        switch clip.reason {
        case .somebodyElse: Text("\(clip.name) shows somebody else.")
        case .severalPeople: Text("\(clip.name) shows several people.")
        case .looksLike(let label, _):
            Text("\(clip.name) looks like \(label). Is this label right?")
            // Clips may have been removed since the report.
            let isOpen = teach.clips.contains { $0.name == clip.name && !$0.confirmed }
            Button("It is \(clip.label ?? "right")") {
                run { try await teach.confirm(clip.name) }
            }
            .disabled(!isOpen || work != nil)
        }
    }

    private func prepare() async {
        guard !user.isEmpty, let engine = app.engine else { return }
        await app.attempt { teach = try await TeachModel(engine, user: user) }
    }

    /// Goes on in the background with what is being learned.
    private func leave() {
        work?.cancel()
        if teach?.isDue == true { app.learnLater() }
    }

    private func stop(_ teach: TeachModel) {
        work?.cancel()
        Task { await app.attempt { try await teach.stop() } }
    }

    private func record(_ label: String, _ teach: TeachModel) {
        recording = label
        let sound = microphone.isOn ? microphone.sound() : nil
        run { try await teach.record(label, frames: camera.frames(), hearing: sound) }
    }

    private func use(_ voice: Bool) {
        Task { await app.attempt { try await microphone.use(voice) } }
    }

    private func run(_ job: @escaping @MainActor () async throws -> Void) {
        work = Task {
            await app.attempt(job)
            (work, recording) = (nil, nil)
        }
    }
}
