internal import MienFFI

/// Retention in days; `nil` keeps data forever. Coarser tallies must be kept at least as long as finer ones.
public struct Retention: Sendable, Equatable {
    /// Days that events are kept. Default 30.
    public var events: Int?
    /// Days that tallies of minutes are kept. Default 366.
    public var minutes: Int?
    /// Days that tallies of hours are kept. Default 1827.
    public var hours: Int?
    /// Days that tallies of days are kept. Default `nil`.
    public var days: Int?
    /// Days that a medium is kept after its last recorded event. Default 366.
    public var media: Int?

    /// Creates options; each has a default.
    public init(
        events: Int? = 30,
        minutes: Int? = 366,
        hours: Int? = 1827,
        days: Int? = nil,
        media: Int? = 366
    ) {
        self.events = events
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.media = media
    }
}

extension Retention {
    init(_ core: MienFFI.Retention) {
        self.init(
            events: core.events.map { Int($0) },
            minutes: core.minutes.map { Int($0) },
            hours: core.hours.map { Int($0) },
            days: core.days.map { Int($0) },
            media: core.media.map { Int($0) }
        )
    }

    func core() throws -> MienFFI.Retention {
        MienFFI.Retention(
            events: try events.map { try UInt32(checked: $0, "events") },
            minutes: try minutes.map { try UInt32(checked: $0, "minutes") },
            hours: try hours.map { try UInt32(checked: $0, "hours") },
            days: try days.map { try UInt32(checked: $0, "days") },
            media: try media.map { try UInt32(checked: $0, "media") }
        )
    }
}

/// Options of a user's timelines.
public struct TimelineOptions: Sendable, Equatable {
    /// Minutes by which local time is ahead of UTC, -840 to 840: 60 in Berlin in winter. It can change only while no
    /// data by wall time is stored. Default 0.
    public var offsetMinutes: Int
    /// Retention in days.
    public var retention: Retention

    /// Creates options; each has a default.
    public init(
        offsetMinutes: Int = 0,
        retention: Retention = Retention()
    ) {
        self.offsetMinutes = offsetMinutes
        self.retention = retention
    }
}

extension TimelineOptions {
    init(_ core: MienFFI.TimelineOptions) {
        self.init(
            offsetMinutes: Int(core.offsetMinutes),
            retention: Retention(core.retention)
        )
    }

    func core() throws -> MienFFI.TimelineOptions {
        MienFFI.TimelineOptions(
            offsetMinutes: try Int32(checked: offsetMinutes, "offsetMinutes"),
            retention: try retention.core()
        )
    }
}
