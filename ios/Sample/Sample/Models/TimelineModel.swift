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
        let label: String
        let share: Double
        var id: String { "\(start.timeIntervalSince1970) \(label)" }
    }

    private(set) var parts: [Part] = []
    private(set) var observedMinutes = 0.0
    /// The mean valence and arousal of the day.
    private(set) var affect: Affect?

    func load(_ user: String, until now: Date, in engine: EmotionEngine) async throws {
        let day = now.addingTimeInterval(-86_400)..<now
        let timeline = engine.timeline(user)
        parts = try await timeline.buckets(day, width: .minute).flatMap(Self.parts)
        let total = try await timeline.total(day)
        observedMinutes = Double(total.observedMs) / 60_000
        affect = total.affect
    }

    private nonisolated static func parts(_ bucket: Bucket) -> [Part] {
        let start = Date(timeIntervalSince1970: Double(bucket.startMs) / 1000)
        return bucket.tally.classes.map { Part(start: start, label: $0.label, share: $0.share) }
    }
}
