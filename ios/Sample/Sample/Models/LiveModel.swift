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
    @ObservationIgnored private var unwritten: [String: [TimelineEvent]] = [:]
    /// When each face was last seen, microseconds of stream time.
    @ObservationIgnored private var lastSeenUs: [Int: Int] = [:]

    private static let batch = 50
    /// A face that was not seen for longer was away.
    private static let longestGapUs = 1_000_000

    /// Looks at frames until they end or the task is cancelled, and records whom they show: also what was seen last.
    func watch(_ frames: AsyncStream<CameraFrame>, in engine: EmotionEngine) async throws {
        let live = try engine.live()
        // Not on the main actor: handing in copies the frame.
        let feeding = Task.detached {
            defer { live.close() }
            for await frame in frames { try live.submit(frame.frame, timestampUs: frame.timestampUs) }
        }
        defer { feeding.cancel() }
        lastSeenUs = [:]
        for await result in live.results {
            self.result = result
            statistics = live.statistics
            collect(result)
            if unwritten.values.contains(where: { $0.count >= Self.batch }) { try await write(to: engine) }
        }
        result = nil
        try await write(to: engine)
    }

    /// Writes what was seen, also if the task that asks is cancelled, as that of a view is when it goes. What cannot be
    /// written stays for the next time.
    func write(to engine: EmotionEngine) async throws {
        try await Task { try await writeAll(to: engine) }.value
    }

    private func writeAll(to engine: EmotionEngine) async throws {
        for user in unwritten.keys.sorted() {
            // Taken out, so that nobody writes them beside this, and later ones stay.
            guard let events = unwritten.removeValue(forKey: user) else { continue }
            do {
                try await engine.timeline(user).record(events)
            } catch EmotionError.userNotFound {
                // Who was deleted meanwhile has no timeline.
            } catch {
                unwritten[user] = events + (unwritten[user] ?? [])
                throw error
            }
        }
    }

    private func collect(_ result: StreamResult) {
        let now = Int(Date().timeIntervalSince1970 * 1000)
        for face in result.faces {
            let durationMs = seenMs(face.track, at: result.timestampUs)
            guard face.unsure.isEmpty, case .user(let name, _)? = face.identity,
                let event = TimelineEvent(face, atMs: now, durationMs: durationMs)
            else { continue }
            unwritten[name, default: []].append(event)
        }
    }

    /// For how long a face was seen since it was looked at before, milliseconds.
    private func seenMs(_ track: Int, at timestampUs: Int) -> Int {
        let before = lastSeenUs.updateValue(timestampUs, forKey: track) ?? timestampUs
        let passedUs = timestampUs - before
        return passedUs <= Self.longestGapUs ? passedUs / 1000 : 0
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
