import Mien
import SwiftUI

/// Learns from the recorded clips, and says what came of it.
struct LearningView: View {
    @Environment(AppModel.self) private var app
    @Environment(Screens.self) private var screens
    @Environment(\.accessibilityReduceMotion) private var isCalm
    let teach: TeachModel

    private var teaching: TeachingModel { screens.teaching }
    private var isIdle: Bool { !teach.clips.isEmpty && !teaching.isBusy }

    var body: some View {
        if let progress = teach.progress {
            ProgressView(value: progress) { Text(say(.teachLearning)) }
                .animation(isCalm ? nil : .default, value: progress)
            Button(say(.buttonStop)) { Task { await teaching.stop(with: app) } }
        } else {
            if teach.isDue {
                Text(say(.teachDue)).font(.callout)
                Button(say(.teachNotLater)) { Task { await teaching.stop(with: app) } }
            }
            Button(say(.teachLearn)) { teaching.learn(with: app) }
                .buttonStyle(.borderedProminent)
                .disabled(!isIdle)
            Button(say(.teachRemoveAll), role: .destructive) {
                screens.confirmer.ask(.clips(teach.user)) { try await teach.clear() }
            }
            .disabled(!isIdle)
        }
        if let adapted = teach.adapted {
            OutcomeView(title: say(.adaptFace), report: adapted.face)
            ForEach(adapted.face.leftOut, id: \.name) { leftOut($0) }
            if let speech = adapted.speech { OutcomeView(title: say(.adaptVoice), report: speech) }
        }
    }

    /// Says why a clip was not learned, and asks whether its label is right where that helps.
    @ViewBuilder
    private func leftOut(_ clip: LeftOut) -> some View {
        Text(say(clip.question)).font(.callout)
        if clip.isAboutLabel, let label = clip.label {
            // Clips may have been removed since the report.
            let isOpen = teach.clips.contains { $0.name == clip.name && !$0.isConfirmed }
            Button(say(Phrase(.leftOutConfirm, .emotion(label)))) {
                teaching.run(with: app) { try await teach.confirm(clip.name) }
            }
            .disabled(!isOpen || teaching.isBusy)
        }
    }
}

/// What came of learning from the face or the voice.
struct OutcomeView: View {
    let title: String
    let report: AdaptReport

    var body: some View {
        VStack(alignment: .leading) {
            Label(title, systemImage: report.isAccepted ? "checkmark.circle" : "arrow.uturn.backward.circle")
                .font(.headline)
            Text(say(report.outcome)).font(.callout)
        }
        .accessibilityElement(children: .combine)
    }
}

#if os(iOS)
#Preview { OutcomeView(title: say(.adaptFace), report: .sample) }
#endif
