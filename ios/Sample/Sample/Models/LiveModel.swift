import Foundation
import Mien
import Observation

/// The live results and their recording.
@MainActor
@Observable
final class LiveModel {
    private(set) var result: StreamResult?
    private(set) var statistics: LiveStatistics?
    /// What became of the last correction.
    private(set) var said: Correction?

    /// Events of users, written in batches.
    @ObservationIgnored private var unwritten: [String: [TimelineEvent]] = [:]
    /// Time when each face was last seen, microseconds of stream time.
    @ObservationIgnored private var lastSeenUs: [Int: Int] = [:]
    @ObservationIgnored private var session: LiveSession?
    /// The users whose heads have learned from corrections, but not in full.
    @ObservationIgnored private var taught: Set<String> = []

    /// The face that corrections are about: the first one of a user.
    var corrected: TrackedFace? {
        result?.faces.first { if case .user? = $0.identity { true } else { false } }
    }

    private static let batch = 50
    /// A face that is unseen for longer counts as away.
    private static let longestGapUs = 1_000_000

    /// Processes frames, and the sound beside them, until the frames end or the task is cancelled, and records their
    /// users, including the last frames.
    func watch(
        _ frames: AsyncStream<CameraFrame>, hearing sound: AsyncStream<SoundChunk>? = nil, in engine: EmotionEngine
    ) async throws {
        let live = try engine.live()
        session = live
        // Not on the main actor: submitting copies the frame.
        let feeding = Task.detached {
            // What was taken is still recorded.
            defer { live.finish() }
            for await frame in frames { try live.submit(frame.frame, timestampUs: frame.timestampUs) }
        }
        let listening = sound?.feed {
            try live.submitAudio($0.samples, timestampUs: $0.timestampUs, format: $0.format)
        }
        defer {
            feeding.cancel()
            listening?.cancel()
            live.close()
        }
        lastSeenUs = [:]
        for try await result in live.results {
            self.result = result
            statistics = live.statistics
            collect(result)
            if unwritten.values.contains(where: { $0.count >= Self.batch }) { try await write(to: engine) }
        }
        session = nil
        result = nil
        said = nil
        try await write(to: engine)
        try await Task { try await relearn(in: engine) }.value
    }

    /// Says that the user's face in sight really shows `label`; `nil` if there is none.
    @discardableResult
    func correct(_ label: String) async throws -> Correction? {
        guard let face = corrected, let session else { return nil }
        return heard(try await session.correct(face.track, label: label, shown: face.label))
    }

    /// Says that what is shown of the user's face in sight is right.
    @discardableResult
    func confirm() async throws -> Correction? {
        guard let face = corrected, let session else { return nil }
        return heard(try await session.confirm(face.track, shown: face.label))
    }

    /// Takes back the last correction.
    @discardableResult
    func undo() async throws -> Correction? {
        said = nil
        return try await session?.undo()
    }

    private func heard(_ correction: Correction) -> Correction {
        if let user = correction.user { taught.insert(user) }
        said = correction
        return correction
    }

    /// Learns in full what was corrected.
    private func relearn(in engine: EmotionEngine) async throws {
        let users = taught.sorted()
        taught = []
        for user in users {
            do {
                try await engine.users.relearn(user)
            } catch EmotionError.notEnoughSamples, EmotionError.userNotFound {
                // All of it was taken back, or the user was deleted meanwhile.
            }
        }
    }

    /// Writes the events, even if the calling task is cancelled, as when a view disappears. Events that cannot be
    /// written stay for the next time.
    func write(to engine: EmotionEngine) async throws {
        try await Task { try await writeAll(to: engine) }.value
    }

    private func writeAll(to engine: EmotionEngine) async throws {
        for user in unwritten.keys.sorted() {
            // Removed first, so that no other call writes them and later events stay.
            guard let events = unwritten.removeValue(forKey: user) else { continue }
            do {
                try await engine.timeline(user).record(events)
            } catch EmotionError.userNotFound {
                // A user who was deleted meanwhile has no timeline.
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

    /// Time that a face was seen since its last analysis, milliseconds.
    private func seenMs(_ track: Int, at timestampUs: Int) -> Int {
        let before = lastSeenUs.updateValue(timestampUs, forKey: track) ?? timestampUs
        let passedUs = timestampUs - before
        return passedUs <= Self.longestGapUs ? passedUs / 1000 : 0
    }
}

extension TrackedFace {
    /// A caption: the person, and the emotion if it is reliable.
    var caption: String {
        var words: [String] = []
        if case .user(let name, _)? = identity { words.append(name) }
        if let label { words.append(unsure.isEmpty ? label : "\(label)?") }
        return words.joined(separator: ", ")
    }
}

extension Correction {
    /// What became of it, for the person who said it.
    var caption: String {
        switch refusal {
        case nil:
            taken
                ? "Learned: \(label ?? "")" : "Noted: \(label ?? ""). It counts when you say so again."
        case .noTrack, .answerChanged: "Not learned: the picture has changed."
        case .nothingShown: "Not learned: no answer is shown yet."
        case .nothingToUndo: "There is nothing to undo."
        case .identityOpen, .unknownFace, .somebodyElse: "Not learned: it is not certain who this is."
        }
    }
}
