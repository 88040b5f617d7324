internal import MienFFI

/// The origin of the times of events.
public enum Clock: Sendable, Hashable {
    /// Milliseconds since 1970, when the user was seen.
    case wall
    /// Milliseconds since the start of the named medium.
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
    /// Milliseconds by the clock of the timeline. A later event at the same time replaces this one.
    public let atMs: Int
    /// Duration in milliseconds, up to an hour; 0 if unknown.
    public let durationMs: Int
    /// The emotion; one of `probabilities`.
    public let label: String
    /// The probability of each emotion; the probabilities sum to 1 and are stored in steps of 1/255.
    public let probabilities: [LabelProbability]
    /// Whether the user's own head answered.
    public let adapted: Bool

    /// Creates a value.
    public init(atMs: Int, durationMs: Int, label: String, probabilities: [LabelProbability], adapted: Bool) {
        self.atMs = atMs
        self.durationMs = durationMs
        self.label = label
        self.probabilities = probabilities
        self.adapted = adapted
    }
}

extension TimelineEvent {
    /// Valence and arousal, projected from the probabilities: see ``Emotion/affect``.
    public var affect: Affect? { Affect(probabilities) }

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

/// The outcome of recording events.
public struct Recorded: Sendable, Equatable {
    /// Number of events at times that had none.
    public let added: Int
    /// Number of events that replaced another one at their time.
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
