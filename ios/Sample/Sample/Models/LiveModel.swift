import Foundation
import Mien
import Observation

/// What the camera shows now, and the recording of it.
@MainActor
@Observable
final class LiveModel {
    private(set) var result: StreamResult?
    private(set) var statistics: LiveStatistics?

    /// Seen faces of users, which are written in batches.
    private var unwritten: [String: [TimelineEvent]] = [:]
    private static let batch = 50

    /// Looks at frames until they end or the task is cancelled.
    func watch(_ frames: AsyncStream<CameraFrame>, in engine: EmotionEngine) async throws {
        let live = try engine.live()
        let feeding = Task {
            defer { live.close() }
            for await frame in frames { try live.submit(frame.frame, timestampUs: frame.timestampUs) }
        }
        defer { feeding.cancel() }
        for await result in live.results {
            self.result = result
            statistics = live.statistics
            collect(result)
            if unwritten.values.contains(where: { $0.count >= Self.batch }) { try await write(to: engine) }
        }
        result = nil
        try await write(to: engine)
    }

    private func collect(_ result: StreamResult) {
        let now = Int(Date().timeIntervalSince1970 * 1000)
        for face in result.faces where face.unsure.isEmpty {
            guard case .user(let name, _)? = face.identity, let event = TimelineEvent(face, atMs: now) else { continue }
            unwritten[name, default: []].append(event)
        }
    }

    private func write(to engine: EmotionEngine) async throws {
        let events = unwritten
        unwritten = [:]
        for (user, events) in events { try await engine.timeline(user).record(events) }
    }
}

extension TrackedFace {
    /// A line for a person: who it is, and what the face shows where that is sure.
    var caption: String {
        var words: [String] = []
        if case .user(let name, _)? = identity { words.append(name) }
        if let label { words.append(unsure.isEmpty ? label : "\(label)?") }
        return words.joined(separator: ", ")
    }
}
