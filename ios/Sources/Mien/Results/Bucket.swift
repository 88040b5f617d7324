internal import MienFFI

/// The length of buckets.
public enum BucketWidth: Sendable, Hashable, CaseIterable {
    /// Counted from the events when asked for.
    case second
    /// Kept as events come in.
    case minute
    /// Kept as events come in; begins at the hour of the timeline's distance to UTC.
    case hour
    /// Kept as events come in; begins at midnight of the timeline's distance to UTC.
    case day
}

extension BucketWidth {
    init(_ core: MienFFI.BucketWidth) {
        switch core {
        case .second: self = .second
        case .minute: self = .minute
        case .hour: self = .hour
        case .day: self = .day
        }
    }

    var core: MienFFI.BucketWidth {
        switch self {
        case .second: .second
        case .minute: .minute
        case .hour: .hour
        case .day: .day
        }
    }
}

/// Sums over events for one class.
public struct ClassTally: Sendable, Equatable {
    /// The class.
    public let label: String
    /// Events whose label is this class.
    public let events: Int
    /// The mean probability of the class, 0 to 1; 0 without events.
    public let share: Double
}

extension ClassTally {
    init(_ core: MienFFI.ClassTally) {
        self.init(
            label: core.label,
            events: Int(core.events),
            share: core.share
        )
    }
}

/// Sums over events.
public struct Tally: Sendable, Equatable {
    /// The number of events.
    public let events: Int
    /// Events that the user's own head answered.
    public let adapted: Int
    /// The sum of the events' durations in milliseconds.
    public let observedMs: Int
    /// For each of the timeline's classes.
    public let classes: [ClassTally]
}

extension Tally {
    init(_ core: MienFFI.Tally) {
        self.init(
            events: Int(core.events),
            adapted: Int(core.adapted),
            observedMs: Int(core.observedMs),
            classes: core.classes.map(ClassTally.init)
        )
    }
}

/// The events of one stretch of time.
public struct Bucket: Sendable, Equatable {
    /// When it begins, in the time of the events.
    public let startMs: Int
    /// Its length in milliseconds.
    public let lengthMs: Int
    /// What was seen in it.
    public let tally: Tally
}

extension Bucket {
    init(_ core: MienFFI.Bucket) {
        self.init(
            startMs: Int(core.startMs),
            lengthMs: Int(core.lengthMs),
            tally: Tally(core.tally)
        )
    }
}
