internal import MienFFI

/// What the times of events count from.
public enum Clock: Sendable, Hashable {
    /// Milliseconds since 1970, when the user was seen.
    case wall
    /// Milliseconds since the start of a medium.
    ///
    /// - Parameter name: the medium's name, 1 to 255 bytes without control characters.
    case media(name: String)
}

extension Clock {
    init(_ core: MienFFI.Clock) {
        switch core {
        case .wall: self = .wall
        case .media(let name):
            self = .media(name: name)
        }
    }

    var core: MienFFI.Clock {
        switch self {
        case .wall: .wall
        case .media(let name): .media(name: name)
        }
    }
}

/// An emotion of a user at a time.
public struct TimelineEvent: Sendable, Equatable {
    /// Milliseconds by the timeline's clock. A later event at the same time takes its place.
    public let atMs: Int
    /// For how long it was seen, milliseconds, an hour at most; 0 where that is not known.
    public let durationMs: Int
    /// The class that was answered; one of `probabilities`.
    public let label: String
    /// The probability of each class, which sum to 1; kept in steps of 1/255.
    public let probabilities: [LabelProbability]
    /// Whether the user's own head answered.
    public let adapted: Bool

    /// One of these values.
    public init(atMs: Int, durationMs: Int, label: String, probabilities: [LabelProbability], adapted: Bool) {
        self.atMs = atMs
        self.durationMs = durationMs
        self.label = label
        self.probabilities = probabilities
        self.adapted = adapted
    }
}

extension TimelineEvent {
    init(_ core: MienFFI.TimelineEvent) {
        self.init(
            atMs: Int(core.atMs),
            durationMs: Int(core.durationMs),
            label: core.label,
            probabilities: core.probabilities.map(LabelProbability.init),
            adapted: core.adapted
        )
    }

    func core() throws -> MienFFI.TimelineEvent {
        MienFFI.TimelineEvent(
            atMs: try UInt64(checked: atMs, "atMs"),
            durationMs: try UInt32(checked: durationMs, "durationMs"),
            label: label,
            probabilities: probabilities.map { $0.core },
            adapted: adapted
        )
    }
}

/// What became of recorded events.
public struct Recorded: Sendable, Equatable {
    /// Events at times that had none.
    public let added: Int
    /// Events that took the place of another one at their time.
    public let replaced: Int
}

extension Recorded {
    init(_ core: MienFFI.Recorded) {
        self.init(
            added: Int(core.added),
            replaced: Int(core.replaced)
        )
    }
}
