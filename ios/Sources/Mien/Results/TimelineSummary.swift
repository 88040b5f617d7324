internal import MienFFI

/// The content of a timeline.
public struct TimelineSummary: Sendable, Equatable {
    /// The origin of its times.
    public let clock: Clock
    /// The emotions, in order of first use.
    public let labels: [String]
    /// Number of stored events.
    public let events: Int
    /// The time of the first stored event or tally; `nil` if nothing is stored.
    public let firstMs: Int?
    /// The time of the last stored event or tally; `nil` if nothing is stored.
    public let lastMs: Int?
    /// Time before which events were deleted and no more can be recorded; 0 if none were deleted.
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
