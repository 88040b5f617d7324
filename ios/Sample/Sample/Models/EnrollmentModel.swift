import Foundation
import Mien
import Observation

/// Guides a user through an enrollment, which goes on when its view comes and goes.
@MainActor
@Observable
final class EnrollmentModel {
    private(set) var count: Int
    private(set) var targetFrames = EnrollmentOptions().targetFrames
    /// A hint for the user.
    private(set) var hint = Phrase(.enrollLook)
    /// What VoiceOver says next: a hint, but not each frame.
    private(set) var announcement: Phrase?
    private(set) var isDone = false
    /// Whether frames are being taken.
    private(set) var isRunning: Bool
    /// Why the enrollment has ended.
    private(set) var failure: Failure?
    /// The name to enroll.
    var name: String

    @ObservationIgnored private var work: Task<Void, Never>?
    @ObservationIgnored private var announcer = Announcer()

    /// Creates a model that shows what it is given until it begins; previews give it something.
    init(name: String = "", count: Int = 0, isRunning: Bool = false) {
        (self.name, self.count, self.isRunning) = (name, count, isRunning)
    }

    /// The name without spaces around it.
    private var trimmed: String { name.trimmingCharacters(in: .whitespacesAndNewlines) }

    /// Why nobody can be enrolled under this name; `nil` if somebody can, or there is no name yet.
    func objection(_ users: [User]) -> Phrase? {
        users.contains { $0.name == trimmed } ? Phrase(.enrollTaken, .text(trimmed)) : nil
    }

    func mayBegin(_ users: [User]) -> Bool { !trimmed.isEmpty && objection(users) == nil }

    /// Begins to enroll the name, then calls `ended`.
    func begin(
        _ frames: AsyncStream<CameraFrame>, in engine: EmotionEngine, ended: @escaping @MainActor () async -> Void
    ) {
        stop()
        isRunning = true
        work = Task {
            do {
                try await enroll(trimmed, frames: frames, in: engine)
            } catch {
                failure = Failure(error)
            }
            guard !Task.isCancelled else { return }
            isRunning = false
            await ended()
        }
    }

    /// Ends the enrollment; nothing is stored if it is not complete.
    func stop() {
        work?.cancel()
        work = nil
        (count, hint, isDone, isRunning, failure) = (0, Phrase(.enrollLook), false, false, nil)
        (announcement, announcer) = (nil, Announcer())
    }

    /// Makes place for the next person.
    func finish() {
        stop()
        name = ""
    }

    /// Adds frames until the enrollment is complete, then enrolls the user.
    func enroll(_ name: String, frames: AsyncStream<CameraFrame>, in engine: EmotionEngine) async throws {
        let enrollment = try await engine.users.enroll(name)
        // If the task is cancelled or a frame fails, nothing is stored.
        defer { enrollment.close() }
        for await frame in frames {
            show(try await enrollment.add(frame.frame), at: frame.timestamp)
            if enrollment.isComplete { break }
        }
        try Task.checkCancellation()
        try await enrollment.finish()
        isDone = true
        announcement = Phrase(.enrollDone, .text(name))
    }

    private func show(_ step: EnrollmentStep, at time: Duration) {
        // The next enrollment may have begun meanwhile.
        guard !Task.isCancelled else { return }
        switch step {
        case .accepted(let count, let targetFrames):
            (self.count, self.targetFrames) = (count, targetFrames)
            hint = Phrase(.enrollGood)
        case .rejected(let rejection, _):
            hint = advice(rejection)
        }
        if let phrase = announcer.announcement(hint, at: time) { announcement = phrase }
    }

    private func advice(_ rejection: Rejection) -> Phrase {
        switch rejection {
        case .noFace: Phrase(.enrollNoFace)
        case .severalFaces: Phrase(.enrollSeveralFaces)
        case .quality(let issues): issues.first.map(advice) ?? Phrase(.enrollLook)
        case .tooSimilar: Phrase(.enrollTooSimilar)
        case .looksLikeAnotherUser(let name, _): Phrase(.enrollAnotherUser, .text(name))
        case .looksLikeSomebodyElse: Phrase(.enrollSomebodyElse)
        case .enough: Phrase(.enrollEnough)
        }
    }

    private func advice(_ issue: QualityIssue) -> Phrase {
        switch issue {
        case .tooSmall: Phrase(.enrollCloser)
        case .turned: Phrase(.enrollTurned)
        case .blurred: Phrase(.enrollStill)
        case .dark, .lowContrast: Phrase(.enrollMoreLight)
        case .overexposed: Phrase(.enrollLessLight)
        }
    }
}
