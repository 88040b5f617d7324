import Mien
import SwiftUI

/// Records clips that the user labels, and adapts the head to them.
struct TeachView: View {
    @Environment(AppModel.self) private var app
    @Environment(Camera.self) private var camera
    @State private var teach: TeachModel?
    @State private var user = ""
    @State private var recording: String?
    @State private var work: Task<Void, Never>?

    var body: some View {
        List {
            Section {
                CameraPreview(camera: camera).frame(height: 240)
                UserPicker(user: $user)
            }
            if let teach {
                labels(teach)
                clips(teach)
                learning(teach)
            }
        }
        .needsCamera(.teach, camera)
        .task { await prepare() }
        .onDisappear { work?.cancel() }
    }

    private func labels(_ teach: TeachModel) -> some View {
        Section("Show an emotion for two seconds") {
            ForEach(teach.labels, id: \.self) { label in
                Button(recording == label ? "\(label): \(teach.frames) frames" : label) { record(label, teach) }
                    .disabled(work != nil)
            }
        }
    }

    private func clips(_ teach: TeachModel) -> some View {
        Section("Clips") {
            ForEach(Array(teach.clips.enumerated()), id: \.offset) { _, clip in
                Text("\(clip.label ?? "unnamed"), \(clip.frames) frames")
            }
            .onDelete { rows in
                Task { await app.attempt { for row in rows.reversed() { try teach.remove(row) } } }
            }
        }
    }

    @ViewBuilder
    private func learning(_ teach: TeachModel) -> some View {
        Section {
            if let progress = teach.progress {
                ProgressView(value: progress)
                Button("Stop") { work?.cancel() }
            } else {
                Button("Learn") { learn(teach) }.disabled(user.isEmpty || teach.clips.isEmpty || work != nil)
            }
            if let report = teach.report {
                Text(report.accepted ? "The new head answers from now on." : "The old head stays.")
                Text(report.reason).font(.caption)
                ForEach(report.leftOut, id: \.name) { leftOut($0, teach) }
            }
        }
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
                run { try teach.confirm(clip.name) }
            }
            .disabled(!isOpen || work != nil)
        }
    }

    private func prepare() async {
        guard teach == nil, let engine = app.engine else { return }
        await app.attempt { teach = try TeachModel(engine) }
    }

    private func record(_ label: String, _ teach: TeachModel) {
        recording = label
        run { try await teach.record(label, frames: camera.frames()) }
    }

    private func learn(_ teach: TeachModel) {
        let user = user
        run { try await teach.learn(user) }
    }

    private func run(_ job: @escaping @MainActor () async throws -> Void) {
        work = Task {
            await app.attempt(job)
            (work, recording) = (nil, nil)
        }
    }
}
