import Foundation
import Mien
import Observation

/// A user's emotions over the last day, for a chart.
@MainActor
@Observable
final class TimelineModel {
    /// One label in one bucket.
    struct Part: Identifiable, Equatable {
        let start: Date
        let label: EmotionLabel
        let share: Double
        var id: String { "\(start.timeIntervalSince1970) \(label)" }
    }

    private(set) var parts: [Part]
    private(set) var observedMinutes: Double
    /// The mean valence and arousal of the day.
    private(set) var affect: Affect?
    /// The shares of the whole day, largest first: the chart in words.
    private(set) var totals: [ClassTally]
    /// Why nothing could be loaded.
    private(set) var failure: Failure?

    /// Creates a model that shows what it is given until it loads; previews give it something.
    init(parts: [Part] = [], totals: [ClassTally] = [], observedMinutes: Double = 0, affect: Affect? = nil) {
        (self.parts, self.totals, self.observedMinutes, self.affect) = (parts, totals, observedMinutes, affect)
    }

    /// Loads like ``load(_:until:in:)``, and keeps the error.
    func show(_ user: String, until now: Date, in engine: EmotionEngine) async {
        failure = nil
        do {
            try await load(user, until: now, in: engine)
        } catch {
            (parts, totals, observedMinutes, affect) = ([], [], 0, nil)
            failure = Failure(error)
        }
    }

    func load(_ user: String, until now: Date, in engine: EmotionEngine) async throws {
        let day = now.addingTimeInterval(-86_400)..<now
        let timeline = engine.timeline(of: user)
        parts = try await timeline.buckets(day, width: .minute).flatMap(Self.parts)
        let total = try await timeline.total(day)
        observedMinutes = total.observed / .seconds(60)
        affect = total.affect
        totals = total.classes.filter { $0.share > 0 }.sorted { $0.share > $1.share }
    }

    private nonisolated static func parts(_ bucket: Bucket<Date>) -> [Part] {
        bucket.tally.classes.map { Part(start: bucket.start, label: $0.label, share: $0.share) }
    }
}
