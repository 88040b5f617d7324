internal import MienFFI

/// The length of buckets. Minutes, hours and days are tallied when events are recorded, seconds when they are
/// queried.
public enum BucketWidth: Sendable, Hashable, CaseIterable {
    /// A second.
    case second
    /// A minute.
    case minute
    /// An hour of local time.
    case hour
    /// A day, from midnight of local time.
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

/// Sums over events for one emotion.
public struct ClassTally: Sendable, Equatable {
    /// The emotion.
    public let label: String
    /// Number of events with this label.
    public let events: Int
    /// The mean probability, 0 to 1; 0 without events.
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
    /// Number of events.
    public let events: Int
    /// Number of events that the user's own head answered.
    public let adapted: Int
    /// Sum of the durations of the events, milliseconds.
    public let observedMs: Int
    /// The sums for each emotion of the timeline.
    public let classes: [ClassTally]
    /// Mean valence and arousal over the events, projected from the probabilities; `nil` without events, or if more
    /// than a tenth of the probability is on labels without a position.
    public let affect: Affect?
}

extension Tally {
    init(_ core: MienFFI.Tally) {
        self.init(
            events: Int(core.events),
            adapted: Int(core.adapted),
            observedMs: Int(core.observedMs),
            classes: core.classes.map(ClassTally.init),
            affect: core.affect.map(Affect.init)
        )
    }
}

/// The events of one interval.
public struct Bucket: Sendable, Equatable {
    /// Its start, in the time of the events.
    public let startMs: Int
    /// Its length, milliseconds.
    public let lengthMs: Int
    /// The sums over its events.
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
