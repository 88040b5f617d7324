import Mien
import Observation

/// Records labeled clips of a user and adapts a head to them.
@MainActor
@Observable
final class TeachModel {
    private(set) var clips: [ClipSummary] = []
    private(set) var frames = 0
    private(set) var progress: Double?
    private(set) var adapted: Adapted?

    private let recorded: Clips
    private let engine: EmotionEngine

    /// Number of frames of a clip: about two seconds.
    private static let clipFrames = 20
    /// Number of frames of a clip with the voice: long enough for a sentence.
    private static let spokenFrames = 60

    init(_ engine: EmotionEngine) throws {
        self.engine = engine
        recorded = try engine.users.clips()
    }

    /// The labels to choose from.
    var labels: [String] { engine.labels }

    /// Records one clip of `label`, with the sound that comes meanwhile.
    func record(
        _ label: String, frames: AsyncStream<CameraFrame>, hearing sound: AsyncStream<SoundChunk>? = nil
    ) async throws {
        try recorded.begin(label)
        self.frames = 0
        let listening = sound?.feed { [recorded] in
            try recorded.addAudio($0.samples, timestampUs: $0.timestampUs, format: $0.format)
        }
        defer {
            listening?.cancel()
            // An interrupted clip keeps its frames so far.
            _ = try? recorded.end()
            clips = recorded.list()
        }
        for await frame in frames {
            if case .taken(let count) = try await recorded.add(frame.frame) { self.frames = count }
            if self.frames >= (sound == nil ? Self.clipFrames : Self.spokenFrames) { break }
        }
    }

    func remove(_ index: Int) throws {
        try recorded.remove(index)
        clips = recorded.list()
    }

    /// Says that the label of a clip that was held back is right.
    func confirm(_ name: String) throws {
        try recorded.confirm(name)
        clips = recorded.list()
    }

    /// Adapts the head to the clips; cancelling the task keeps the old head.
    func learn(_ user: String) async throws {
        progress = 0
        defer { progress = nil }
        adapted = try await engine.users.adapt(user, clips: recorded) { [weak self] at in
            let done = Double(at.epoch) / Double(max(at.epochs, 1))
            Task { @MainActor in self?.show(done) }
        }
    }

    private func show(_ done: Double) {
        // A late message must not show the bar again.
        if progress != nil { progress = done }
    }
}
