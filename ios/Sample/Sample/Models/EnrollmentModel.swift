import Mien
import Observation

/// Guides a user through an enrollment.
@MainActor
@Observable
final class EnrollmentModel {
    private(set) var count = 0
    private(set) var targetFrames = EnrollmentOptions().targetFrames
    /// A hint for the user.
    private(set) var hint = "Look at the camera."
    private(set) var isDone = false

    /// Adds frames until the enrollment is complete, then enrolls the user.
    func enroll(_ name: String, frames: AsyncStream<CameraFrame>, in engine: EmotionEngine) async throws {
        let enrollment = try await engine.users.enroll(name)
        // If the task is cancelled or a frame fails, nothing is stored.
        defer { enrollment.close() }
        for await frame in frames {
            show(try await enrollment.add(frame.frame))
            if enrollment.isComplete { break }
        }
        try await enrollment.finish()
        isDone = true
    }

    private func show(_ step: EnrollmentStep) {
        switch step {
        case .accepted(let count, let targetFrames):
            (self.count, self.targetFrames) = (count, targetFrames)
            hint = "Good. Turn your head a little and change your expression."
        case .rejected(let rejection, let message):
            hint = advice(rejection) ?? message
        }
    }

    private func advice(_ rejection: Rejection) -> String? {
        switch rejection {
        case .noFace: "Hold the phone so that your face is visible."
        case .severalFaces: "Only one face may be visible."
        case .quality(let issues): issues.first.map(advice)
        case .tooSimilar: "Turn your head a little and change your expression."
        case .looksLikeAnotherUser(let name, _): "You look like \(name), who is already enrolled."
        case .looksLikeSomebodyElse: "This is not the person of the first pictures."
        case .enough: nil
        }
    }

    private func advice(_ issue: QualityIssue) -> String {
        switch issue {
        case .tooSmall: "Come closer."
        case .turned: "Look more toward the camera."
        case .blurred: "Hold still."
        case .dark, .lowContrast: "Find more light."
        case .overexposed: "Find less light, and none from behind."
        }
    }
}
