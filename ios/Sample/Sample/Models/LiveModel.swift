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
    /// Why the analysis has ended; ``retry()`` starts it again.
    private(set) var failure: Failure?
    /// What VoiceOver says next.
    private(set) var announcement: Phrase?
    /// The number of the try: a view that watches begins again when it changes.
    private(set) var attempt = 0

    /// Events of users, written in batches.
    @ObservationIgnored private var unwritten: [String: [TimelineEvent<Date>]] = [:]
    /// Time when each face was last seen, in the time of the stream.
    @ObservationIgnored private var lastSeen: [Int: Duration] = [:]
    @ObservationIgnored private var session: LiveSession?
    /// The users whose heads have learned from corrections, but not in full.
    @ObservationIgnored private var taught: Set<String> = []
    @ObservationIgnored private var announcer = Announcer()

    /// Creates a model that shows what it is given until it watches; previews give it something.
    init(result: StreamResult? = nil, statistics: LiveStatistics? = nil, failure: Failure? = nil) {
        (self.result, self.statistics, self.failure) = (result, statistics, failure)
    }

    /// The face that corrections are about: the first one of a user.
    var corrected: TrackedFace? {
        result?.faces.first { if case .user? = $0.identity { true } else { false } }
    }

    private static let batch = 50
    /// A face that is unseen for longer counts as away.
    private static let longestGap = Duration.seconds(1)

    /// Watches like ``watch(_:hearing:power:in:)``, and keeps the error that ends it.
    func follow(
        _ frames: AsyncStream<CameraFrame>, hearing sound: AsyncStream<SoundChunk>? = nil,
        power budgets: AsyncStream<PowerBudget>? = nil, in engine: EmotionEngine
    ) async {
        failure = nil
        do {
            try await watch(frames, hearing: sound, power: budgets, in: engine)
        } catch {
            (session, result) = (nil, nil)
            failure = Failure(error)
        }
    }

    /// Starts again after a failure.
    func retry() { attempt += 1 }

    /// Processes frames, and the sound beside them, until the frames end or the task is cancelled, and records their
    /// users, including the last frames. `budgets` say how much energy that may use.
    func watch(
        _ frames: AsyncStream<CameraFrame>, hearing sound: AsyncStream<SoundChunk>? = nil,
        power budgets: AsyncStream<PowerBudget>? = nil, in engine: EmotionEngine
    ) async throws {
        let live = try engine.live()
        session = live
        // Not on the main actor: submitting copies the frame.
        let feeding = Task.detached {
            // What was taken is still recorded.
            defer { live.finish() }
            for await frame in frames { try live.submit(frame.frame, timestamp: frame.timestamp) }
        }
        let listening = sound?.feed {
            try live.submitAudio($0.samples, timestamp: $0.timestamp, format: $0.format)
        }
        let pacing = budgets.map { budgets in
            Task {
                for await power in budgets {
                    var pace = live.pace
                    pace.power = power
                    try live.setPace(pace)
                }
            }
        }
        defer {
            feeding.cancel()
            listening?.cancel()
            pacing?.cancel()
            live.close()
        }
        lastSeen = [:]
        announcer = Announcer()
        for try await result in live.results {
            self.result = result
            statistics = live.statistics
            if let phrase = announcer.announcement(result) { announcement = phrase }
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
    func correct(_ label: EmotionLabel) async throws -> Correction? {
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
            } catch MienError.notEnoughSamples, MienError.userNotFound {
                // All of it was taken back, or the user was deleted meanwhile.
            } catch {
                throw error
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
                try await engine.timeline(of: user).record(events)
            } catch MienError.userNotFound {
                // A user who was deleted meanwhile has no timeline.
            } catch {
                unwritten[user] = events + (unwritten[user] ?? [])
                throw error
            }
        }
    }

    private func collect(_ result: StreamResult) {
        let now = Date()
        for face in result.faces {
            let duration = seen(face.track, at: result.timestamp)
            guard face.unsure.isEmpty, case .user(let name, _)? = face.identity,
                let event = TimelineEvent(face, at: now, duration: duration)
            else { continue }
            unwritten[name, default: []].append(event)
        }
    }

    /// Time that a face was seen since its last analysis.
    private func seen(_ track: Int, at timestamp: Duration) -> Duration {
        let before = lastSeen.updateValue(timestamp, forKey: track) ?? timestamp
        let passed = timestamp - before
        return passed <= Self.longestGap ? passed : .zero
    }
}

extension TrackedFace {
    /// Whether the answer is reliable.
    var isReliable: Bool { unsure.isEmpty }

    /// A caption: the person, and the emotion, with a word of doubt if it is not reliable.
    var caption: Phrase {
        switch (person, label) {
        case (let name?, let label?):
            isReliable
                ? Phrase(.captionNamed, .text(name), .emotion(label))
                : Phrase(.captionNamedDoubt, .text(name), .emotion(label))
        case (nil, let label?):
            isReliable ? Phrase(.captionUnnamed, .emotion(label)) : Phrase(.captionUnnamedDoubt, .emotion(label))
        case (let name?, nil): Phrase(.captionName, .text(name))
        case (nil, nil): Phrase(.captionFace)
        }
    }

    private var person: String? {
        if case .user(let name, _)? = identity { name } else { nil }
    }
}

extension Correction {
    /// What became of it, for the person who said it.
    var caption: Phrase {
        switch refusal {
        case nil:
            isTaken
                ? Phrase(.correctionTaken, .emotion(label ?? "")) : Phrase(.correctionNoted, .emotion(label ?? ""))
        case .noTrack, .answerChanged: Phrase(.correctionChanged)
        case .nothingShown: Phrase(.correctionNothingShown)
        case .nothingToUndo: Phrase(.correctionNothingToUndo)
        case .identityOpen, .unknownFace, .somebodyElse: Phrase(.correctionUncertain)
        }
    }
}
