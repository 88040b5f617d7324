internal import MienFFI

/// Why an answer is not to be relied on.
public enum Unsure: Sendable, Equatable {
    /// No label is probable enough.
    case lowConfidence
    /// The track has too few analyses yet.
    case shortWindow
    /// It is not settled who it is, so the generic head answers.
    case identityOpen
    /// The picture of the face is not good enough.
    ///
    /// - Parameter issue: what is wrong with it.
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

/// A face of a stream at one frame.
public struct TrackedFace: Sendable, Equatable {
    /// The track that it belongs to; counts from 1 and is never given twice in a session.
    public let track: Int
    /// Where it is.
    public let face: Face
    /// Who it is; none while that is not settled.
    public let identity: Identity?
    /// Smoothed probabilities; none before the first analysis, and where there is no head.
    public let emotion: Emotion?
    /// The label with hysteresis, for showing and recording.
    public let label: String?
    /// Why the answer is not to be relied on; empty where it is.
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

/// Something that changed at a frame.
public enum StreamEvent: Sendable, Equatable {
    /// A new face.
    ///
    /// - Parameter track: its track.
    case began(track: Int)
    /// The face is out of sight; its track waits for it.
    ///
    /// - Parameter track: its track.
    case lost(track: Int)
    /// The track is over.
    ///
    /// - Parameter track: the track.
    case ended(track: Int)
    /// It was found out who it is, or that it is nobody who is enrolled.
    ///
    /// - Parameters:
    ///   - track: whose track it is.
    ///   - identity: who it is.
    case identitySettled(track: Int, identity: Identity)
    /// It is in doubt again who it is.
    ///
    /// - Parameter track: whose track it is.
    case identityLost(track: Int)
    /// The label has changed.
    ///
    /// - Parameters:
    ///   - track: whose track it is.
    ///   - user: the user, where one is settled.
    ///   - from: the label before; none for the track's first.
    ///   - to: the label now.
    ///   - probability: its smoothed probability, 0 to 1.
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

/// What a session says of a frame.
public struct StreamResult: Sendable, Equatable {
    /// The frame's timestamp, microseconds.
    public let timestampUs: Int
    /// The faces that are seen, by track.
    public let faces: [TrackedFace]
    /// What changed, in the order in which it did.
    public let events: [StreamEvent]
    /// Whether the detector looked at the frame.
    public let detected: Bool
}

extension StreamResult {
    init(_ core: MienFFI.StreamResult) {
        self.init(
            timestampUs: Int(core.timestampUs),
            faces: core.faces.map(TrackedFace.init),
            events: core.events.map(StreamEvent.init),
            detected: core.detected
        )
    }
}
