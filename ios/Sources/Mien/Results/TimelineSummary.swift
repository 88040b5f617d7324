internal import MienFFI

/// What a timeline holds.
public struct TimelineSummary: Sendable, Equatable {
    /// What its times count from.
    public let clock: Clock
    /// The classes, in the order in which they came.
    public let labels: [String]
    /// The number of events that are kept.
    public let events: Int
    /// The time of the first thing that is kept; none where that is nothing.
    public let firstMs: Int?
    /// The time of the last.
    public let lastMs: Int?
    /// Before this time events are gone and no more can be recorded; 0 where none are gone.
    public let eventsKeptFromMs: Int
}

extension TimelineSummary {
    init(_ core: MienFFI.TimelineSummary) {
        self.init(
            clock: Clock(core.clock),
            labels: core.labels,
            events: Int(core.events),
            firstMs: core.firstMs.map { Int($0) },
            lastMs: core.lastMs.map { Int($0) },
            eventsKeptFromMs: Int(core.eventsKeptFromMs)
        )
    }
}
