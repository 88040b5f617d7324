internal import MienFFI

/// Why an answer is unreliable.
public enum Unsure: Sendable, Equatable {
    /// No label is probable enough.
    case lowConfidence
    /// The track has too few analyses so far.
    case shortWindow
    /// The identity is not settled, or that of a still picture is between two users, so the generic head answered.
    case identityOpen
    /// The picture of the face is not good enough.
    case quality(issue: QualityIssue)
}

extension Unsure {
    init(_ core: MienFFI.Unsure) {
        switch core {
        case .lowConfidence: self = .lowConfidence
        case .shortWindow: self = .shortWindow
        case .identityOpen: self = .identityOpen
        case .quality(let issue):
            self = .quality(issue: QualityIssue(issue))
        }
    }
}

/// A face of a stream in one frame.
public struct TrackedFace: Sendable, Equatable {
    /// The number of its track; counts from 1 and is never reused in a session.
    public let track: Int
    /// Its position.
    public let face: Face
    /// Its identity; `nil` while it is not settled.
    public let identity: Identity?
    /// Smoothed probabilities; `nil` before the first analysis, and if there is no head.
    public let emotion: Emotion?
    /// The label after hysteresis, for display and recording.
    public let label: String?
    /// Why the answer is unreliable; empty if it is reliable.
    public let unsure: [Unsure]
    /// The quality at the last analysis.
    public let quality: Quality?
    /// The time of the last analysis, microseconds.
    public let analyzedUs: Int?
}

extension TrackedFace {
    init(_ core: MienFFI.TrackedFace) {
        self.init(
            track: Int(core.track),
            face: Face(core.face),
            identity: core.identity.map(Identity.init),
            emotion: core.emotion.map(Emotion.init),
            label: core.label,
            unsure: core.unsure.map(Unsure.init),
            quality: core.quality.map(Quality.init),
            analyzedUs: core.analyzedUs.map { Int($0) }
        )
    }
}

/// A change in a frame.
public enum StreamEvent: Sendable, Equatable {
    /// A new face.
    case began(track: Int)
    /// The face is out of sight; its track is kept in case it returns.
    case lost(track: Int)
    /// The track has ended.
    case ended(track: Int)
    /// The identity was settled: a user, or nobody who is enrolled.
    case identitySettled(track: Int, identity: Identity)
    /// The identity is in doubt again.
    case identityLost(track: Int)
    /// The label changed.
    case emotionChanged(track: Int, user: String?, from: String?, to: String, probability: Float)
}

extension StreamEvent {
    init(_ core: MienFFI.StreamEvent) {
        switch core {
        case .began(let track):
            self = .began(track: Int(track))
        case .lost(let track):
            self = .lost(track: Int(track))
        case .ended(let track):
            self = .ended(track: Int(track))
        case .identitySettled(let track, let identity):
            self = .identitySettled(track: Int(track), identity: Identity(identity))
        case .identityLost(let track):
            self = .identityLost(track: Int(track))
        case .emotionChanged(let track, let user, let from, let to, let probability):
            self = .emotionChanged(track: Int(track), user: user, from: from, to: to, probability: probability)
        }
    }
}

/// The result of a session for one frame.
public struct StreamResult: Sendable, Equatable {
    /// The timestamp of the frame, microseconds.
    public let timestampUs: Int
    /// The visible faces, ordered by track.
    public let faces: [TrackedFace]
    /// The changes, in the order in which they happened.
    public let events: [StreamEvent]
    /// Whether the detector ran on the frame.
    public let detected: Bool
    /// The last speech that was heard, until ``StreamOptions/speechHoldUs`` after its end; `nil` without.
    public let speech: HeardSpeech?
}

extension StreamResult {
    init(_ core: MienFFI.StreamResult) {
        self.init(
            timestampUs: Int(core.timestampUs),
            faces: core.faces.map(TrackedFace.init),
            events: core.events.map(StreamEvent.init),
            detected: core.detected,
            speech: core.speech.map(HeardSpeech.init)
        )
    }
}
