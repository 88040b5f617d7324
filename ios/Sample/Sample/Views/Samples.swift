import Foundation
import Mien
import SwiftUI

// Values for previews.

extension AppModel {
    /// A state of the application without an engine.
    static func sample(stage: Stage = .ready, consent: Consent? = .given) -> AppModel {
        AppModel(stage: stage, users: User.samples, labels: [.neutral, .happy, .sad], consent: consent)
    }
}

extension User {
    static let samples = [
        User(name: "Anna", enrolledAt: Date(timeIntervalSince1970: 0), embeddings: 12, activeGeneration: 2),
        User(name: "Ben", enrolledAt: Date(timeIntervalSince1970: 0), embeddings: 1),
    ]
}

extension TrackedFace {
    /// A reliable answer and a doubtful one.
    static let samples = [
        sample(1, x: 60, y: 160, identity: .user(name: "Anna", similarity: 0.8), label: .happy),
        sample(2, x: 260, y: 220, label: .sad, unsure: [.lowConfidence]),
    ]

    private static func sample(
        _ track: Int, x: Float, y: Float, identity: Identity? = nil, label: EmotionLabel, unsure: [Unsure] = []
    ) -> TrackedFace {
        func point(_ right: Float, _ down: Float) -> FacePoint { FacePoint(x: x + right, y: y + down) }
        let landmarks = FaceLandmarks(
            leftEye: point(45, 50), rightEye: point(95, 50), nose: point(70, 90), leftMouth: point(45, 130),
            rightMouth: point(95, 130))
        return TrackedFace(
            track: track, bounds: FaceBounds(x: x, y: y, width: 140, height: 180), landmarks: landmarks, score: 0.9,
            identity: identity, label: label, unsure: unsure)
    }
}

extension LiveModel {
    static func sample(failure: Failure? = nil) -> LiveModel {
        let result = StreamResult(
            timestamp: .zero, width: 480, height: 640, faces: TrackedFace.samples, ranDetector: true)
        return LiveModel(result: result, failure: failure)
    }
}

extension TimelineModel {
    static func sample() -> TimelineModel {
        let parts = (0..<120).flatMap { minute in
            let (start, share) = (Date(timeIntervalSince1970: Double(minute) * 60), Double(minute % 60) / 60)
            return [
                Part(start: start, label: .happy, share: share), Part(start: start, label: .sad, share: 1 - share),
            ]
        }
        let totals = [
            ClassTally(label: .happy, events: 60, share: 0.5), ClassTally(label: .sad, events: 60, share: 0.5),
        ]
        return TimelineModel(
            parts: parts, totals: totals, observedMinutes: 120, affect: Affect(valence: 0.1, arousal: 0.2))
    }
}

extension ClipSummary {
    static let sample = ClipSummary(
        name: "2", label: .happy, frames: 20, isConfirmed: false, speech: ClipSpeech(refusal: nil, doubts: []))
}

extension AdaptReport {
    static let sample = AdaptReport(
        mode: .baseline, isAccepted: false, refusal: .tooFewClips, reason: "", areLabelsExamined: false,
        isRehearsed: false, unlabeled: 0, pseudoLabeled: 0, epochs: 0)
}

extension Screens {
    static func sample() -> Screens {
        Screens(
            live: .sample(), enrollment: EnrollmentModel(name: "Anna", count: 4, isRunning: true),
            timeline: .sample(), benchmark: BenchmarkModel(milliseconds: [11.2, 12.5, 30.1]))
    }
}

extension View {
    /// The environment of a preview.
    @MainActor
    func sampled(_ app: AppModel = .sample(), _ screens: Screens = .sample()) -> some View {
        environment(app).environment(screens).environment(Camera()).environment(Microphone())
    }
}
