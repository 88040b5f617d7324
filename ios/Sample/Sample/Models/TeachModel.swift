import Mien
import Observation

/// Records labeled clips of a user, which stay when the application ends, and adapts a head to them.
@MainActor
@Observable
final class TeachModel {
    private(set) var clips: [ClipSummary]
    private(set) var frames = 0
    private(set) var progress: Double?
    /// Whether the clips are to be learned in the background.
    private(set) var isDue: Bool
    private(set) var adapted: Adapted?
    let user: String

    private let recorded: Clips
    private let engine: EmotionEngine

    /// Number of frames of a clip: about two seconds.
    private static let clipFrames = 20
    /// Number of frames of a clip with the voice: long enough for a sentence.
    private static let spokenFrames = 60

    /// Opens what was recorded of `user`.
    init(_ engine: EmotionEngine, user: String) async throws {
        self.engine = engine
        self.user = user
        recorded = try await engine.users.clips(user)
        clips = recorded.list()
        isDue = try await engine.users.due().contains(user)
    }

    /// The labels to choose from.
    var labels: [EmotionLabel] { engine.labels }

    /// Records one clip of `label`, with the sound that comes meanwhile.
    func record(
        _ label: EmotionLabel, frames: AsyncStream<CameraFrame>, hearing sound: AsyncStream<SoundChunk>? = nil
    ) async throws {
        try recorded.begin(label)
        self.frames = 0
        let listening = sound?.feed { [recorded] in
            try recorded.addAudio($0.samples, timestamp: $0.timestamp, format: $0.format)
        }
        var failure: (any Error)?
        do {
            try await take(frames, count: sound == nil ? Self.clipFrames : Self.spokenFrames)
        } catch {
            failure = error
        }
        listening?.cancel()
        // An interrupted clip keeps its frames so far.
        try await change { _ = try await $0.end() }
        if let failure { throw failure }
    }

    private func take(_ frames: AsyncStream<CameraFrame>, count: Int) async throws {
        for await frame in frames {
            if case .taken(let taken) = try await recorded.add(frame.frame) { self.frames = taken }
            if self.frames >= count { break }
        }
    }

    func remove(_ index: Int) async throws {
        try await change { try await $0.remove(index) }
    }

    /// Says that the label of a clip that was held back is right.
    func confirm(_ name: String) async throws {
        try await change { try await $0.confirm(name) }
    }

    /// Forgets all clips.
    func clear() async throws {
        try await change { try await $0.clear() }
    }

    /// Writes to the store, also if the task is cancelled: the work has a task of its own.
    private func change(_ work: @escaping @Sendable (Clips) async throws -> Void) async throws {
        try await Task { [recorded] in try await work(recorded) }.value
        clips = recorded.list()
    }

    /// Adapts the head to the clips. If the task is cancelled or the application ends meanwhile, the user is still due to
    /// be adapted in the background; ``stop()`` takes that back. Either way the old head stays until then.
    func learn() async throws {
        progress = 0
        defer { progress = nil }
        try await engine.users.adaptLater(user)
        isDue = true
        adapted = try await engine.users.adapt(user, clips: recorded) { [weak self] at in
            self?.progress = Double(at.epoch) / Double(max(at.epochs, 1))
        }
        isDue = false
    }

    /// Takes back what was to be learned in the background.
    func stop() async throws {
        try await engine.users.adaptLater(user, isDue: false)
        isDue = false
    }
}

extension ClipSummary {
    /// Its length, and what became of its sound.
    var caption: Phrase {
        guard let speech else { return Phrase(.teachFrames, .count(frames)) }
        return speech.refusal == nil
            ? Phrase(.teachFramesVoice, .count(frames)) : Phrase(.teachFramesNoVoice, .count(frames))
    }
}

extension AdaptReport {
    /// Why the new head was refused, or that it answers from now on.
    var outcome: Phrase {
        switch refusal {
        case nil: Phrase(isAccepted ? .adaptAccepted : .adaptNotBetter)
        case .somebodyElse: Phrase(.adaptSomebodyElse)
        case .labelsContradict: Phrase(.adaptContradict)
        case .labelsDoubtful: Phrase(.adaptDoubtful)
        case .notBetter: Phrase(.adaptNotBetter)
        case .tooFewClips: Phrase(.adaptTooFew)
        }
    }
}

extension LeftOut {
    /// Why it was not learned, and the question whether its label is right if that helps.
    var question: Phrase {
        switch reason {
        case .somebodyElse: Phrase(.leftOutSomebodyElse, .text(name))
        case .severalPeople: Phrase(.leftOutSeveralPeople, .text(name))
        case .looksLike(let looks, _): Phrase(.leftOutLooksLike, .text(name), .emotion(looks))
        }
    }

    /// Whether a confirmation of its label helps.
    var isAboutLabel: Bool {
        if case .looksLike = reason { true } else { false }
    }
}
