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
        var failure: (any Error)?
        do {
            try await take(frames, count: sound == nil ? Self.clipFrames : Self.spokenFrames)
        } catch {
            failure = error
        }
        listening?.cancel()
        // An interrupted clip keeps its frames so far.
        try await change { _ = try $0.end() }
        if let failure { throw failure }
    }

    private func take(_ frames: AsyncStream<CameraFrame>, count: Int) async throws {
        for await frame in frames {
            if case .taken(let taken) = try await recorded.add(frame.frame) { self.frames = taken }
            if self.frames >= count { break }
        }
    }

    func remove(_ index: Int) async throws {
        try await change { try $0.remove(index) }
    }

    /// Says that the label of a clip that was held back is right.
    func confirm(_ name: String) async throws {
        try await change { try $0.confirm(name) }
    }

    /// Forgets all clips.
    func clear() async throws {
        try await change { try $0.clear() }
    }

    /// Writes to the store, which waits for the disk, off the main thread; also if the task is cancelled.
    private func change(_ work: @escaping @Sendable (Clips) throws -> Void) async throws {
        try await Task.detached { [recorded] in try work(recorded) }.value
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
