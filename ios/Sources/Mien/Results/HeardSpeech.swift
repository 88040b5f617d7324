internal import MienFFI

/// A kind of signal that emotions are read from.
public enum Modality: Sendable, Hashable, CaseIterable {
    /// The face in pictures.
    case face
    /// The voice in sound.
    case speech
}

extension Modality {
    init(_ core: MienFFI.Modality) {
        switch core {
        case .face: self = .face
        case .speech: self = .speech
        }
    }

    var core: MienFFI.Modality {
        switch self {
        case .face: .face
        case .speech: .speech
        }
    }
}

/// Why the speech that is heard has no part in an answer, or is not learned.
public enum SpeechRefusal: Sendable, Hashable, CaseIterable {
    /// The sound is not good enough, or the speech too short so far; the doubts say why.
    case doubtful
    /// No face was seen during the speech.
    case noFace
    /// Several faces were seen, and none of their mouths moved clearly more than the others; in a clip: several faces
    /// were seen.
    case severalFaces
    /// The mouth of the only face did not move: the voice is that of somebody who was not seen, or of a loudspeaker.
    case mouthStill
}

extension SpeechRefusal {
    init(_ core: MienFFI.SpeechRefusal) {
        switch core {
        case .doubtful: self = .doubtful
        case .noFace: self = .noFace
        case .severalFaces: self = .severalFaces
        case .mouthStill: self = .mouthStill
        }
    }
}

/// Why the quality of speech is doubtful.
public enum SpeechDoubt: Sendable, Hashable, CaseIterable {
    /// A quarter of the loud sound or more is clipped.
    case clipped
    /// A twentieth of the sound or more is missing, NaN or infinite.
    case damaged
    /// Speech is less than 22 dB above the noise.
    case noisy
    /// Speech is shorter than 1.1 s of loud sound.
    case short
    /// High frequencies are missing, because the sample rate is or was below 16 kHz.
    case narrowBand
    /// There is no voice.
    case noVoice
}

extension SpeechDoubt {
    init(_ core: MienFFI.SpeechDoubt) {
        switch core {
        case .clipped: self = .clipped
        case .damaged: self = .damaged
        case .noisy: self = .noisy
        case .short: self = .short
        case .narrowBand: self = .narrowBand
        case .noVoice: self = .noVoice
        }
    }
}

/// The last speech that a session heard.
public struct HeardSpeech: Sendable, Equatable {
    /// When it began, microseconds of the sound's timestamps.
    public let startUs: Int
    /// When it ended, or up to when it was analyzed.
    public let endUs: Int
    /// Whether it goes on.
    public let ongoing: Bool
    /// The track of the face whose voice it is taken for; `nil`: see ``refusal``.
    public let speaker: Int?
    /// Why it has no part in an answer; `nil` if there is a speaker.
    public let refusal: SpeechRefusal?
    /// Why its quality is doubtful; empty if it is good.
    public let doubts: [SpeechDoubt]
}

extension HeardSpeech {
    init(_ core: MienFFI.HeardSpeech) {
        self.init(
            startUs: Int(core.startUs),
            endUs: Int(core.endUs),
            ongoing: core.ongoing,
            speaker: core.speaker.map { Int($0) },
            refusal: core.refusal.map(SpeechRefusal.init),
            doubts: core.doubts.map(SpeechDoubt.init)
        )
    }
}

/// The speech of a recorded clip.
public struct ClipSpeech: Sendable, Equatable {
    /// Why it is not learned, unless ``AdaptOptions/uncheckedVoices`` says whose it is; `nil` if it is learned.
    public let refusal: SpeechRefusal?
    /// Why its quality is doubtful; empty if it is good.
    public let doubts: [SpeechDoubt]
}

extension ClipSpeech {
    init(_ core: MienFFI.ClipSpeech) {
        self.init(refusal: core.refusal.map(SpeechRefusal.init), doubts: core.doubts.map(SpeechDoubt.init))
    }
}
