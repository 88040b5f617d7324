import Charts
import Mien
import SwiftUI

/// Shows a user's emotions over the last day.
struct DayView: View {
    @Environment(AppModel.self) private var app
    @State private var timeline = TimelineModel()
    @State private var user = ""

    var body: some View {
        VStack(alignment: .leading) {
            UserPicker(user: $user)
            Chart(timeline.parts) { part in
                BarMark(x: .value("Time", part.start, unit: .minute), y: .value("Share", part.share))
                    .foregroundStyle(by: .value("Emotion", part.label))
            }
            Text("\(timeline.observedMinutes, specifier: "%.1f") minutes recorded").font(.caption)
            if let affect = timeline.affect {
                Text(
                    """
                    Projected from the emotions: valence \(affect.valence, specifier: "%+.2f"), \
                    arousal \(affect.arousal, specifier: "%+.2f")
                    """
                ).font(.caption)
            }
        }
        .padding()
        .task(id: user) { await load() }
    }

    private func load() async {
        guard let engine = app.engine, !user.isEmpty else { return }
        await app.attempt { try await timeline.load(user, until: Date(), in: engine) }
    }
}
