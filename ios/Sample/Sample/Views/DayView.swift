import Charts
import Mien
import SwiftUI

/// Shows a user's emotions over the last day.
struct DayView: View {
    @Environment(AppModel.self) private var app
    @Environment(Screens.self) private var screens

    private var timeline: TimelineModel { screens.timeline }

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 12) {
                UserPicker()
                if let failure = timeline.failure {
                    FailureView(failure: failure) { Task { await load() } }
                } else if timeline.parts.isEmpty {
                    Text(say(.dayEmpty)).foregroundStyle(.secondary)
                } else {
                    chart
                    shares
                }
            }
            .padding()
        }
        .navigationTitle(say(.pageTimeline))
        .task(id: screens.user) { await load() }
        .refreshable { await load() }
    }

    private var chart: some View {
        Chart(timeline.parts) { part in
            BarMark(
                x: .value(say(.dayTime), part.start, unit: .minute), y: .value(say(.dayShare), part.share)
            )
            .foregroundStyle(by: .value(say(.dayEmotion), say(emotion: part.label)))
            .accessibilityLabel(say(emotion: part.label))
            .accessibilityValue(say(Phrase(.dayPercent, .percent(part.share))))
        }
        .frame(minHeight: 240)
    }

    /// The chart in words, for people who cannot tell its colors apart.
    @ViewBuilder
    private var shares: some View {
        ForEach(timeline.totals, id: \.label) { total in
            HStack {
                Text(say(emotion: total.label))
                Spacer()
                Text(say(Phrase(.dayPercent, .percent(total.share)))).monospacedDigit()
            }
            .accessibilityElement(children: .combine)
        }
        Text(say(Phrase(.dayObserved, .decimal(timeline.observedMinutes)))).font(.caption)
        if let affect = timeline.affect {
            Text(say(Phrase(.dayAffect, .signed(Double(affect.valence)), .signed(Double(affect.arousal)))))
                .font(.caption)
        }
    }

    private func load() async {
        guard let engine = app.engine, !screens.user.isEmpty else { return }
        await timeline.show(screens.user, until: Date(), in: engine)
    }
}

#if os(iOS)
#Preview { NavigationStack { DayView() }.sampled() }
#Preview("Empty") { NavigationStack { DayView() }.sampled(.sample(), Screens()) }
#endif
