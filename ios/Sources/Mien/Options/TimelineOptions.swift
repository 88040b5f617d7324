internal import MienFFI

/// For how many days what is kept; none is for ever. Coarser tallies must be kept at least as long as finer
/// ones.
public struct Retention: Sendable, Equatable {
    /// Events. Default 30.
    public var events: Int?
    /// Buckets of a minute. Default 366.
    public var minutes: Int?
    /// Buckets of an hour. Default 1827.
    public var hours: Int?
    /// Buckets of a day. Default `nil`.
    public var days: Int?
    /// A medium, whole, after events were last recorded of it. Default 366.
    public var media: Int?

    /// Options, each with its default unless it is given.
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
    /// By how many minutes days begin before those of UTC, -840 to 840. It can be changed only while nothing by
    /// wall time is kept. Default 0.
    public var offsetMinutes: Int
    /// How long what is kept. Default: its defaults.
    public var retention: Retention

    /// Options, each with its default unless it is given.
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
