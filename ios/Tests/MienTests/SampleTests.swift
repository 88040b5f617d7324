#if canImport(SampleModels)
import Foundation
import XCTest

@testable import Mien
@testable import SampleModels

/// The sample's models with the real engine and the bundled clip in place of the camera.
final class SampleTests: XCTestCase {
    func testConsentIsAskedOnce() async throws {
        try await flows().consentIsAskedOnce()
    }

    func testWhatGoesWrongIsShownInWords() async throws {
        try await flows().whatGoesWrongIsShownInWords()
    }

    func testAUserIsGuidedThroughEnrolmentAndSeenLive() async throws {
        try await flows().aUserIsGuidedThroughEnrolmentAndSeenLive()
    }

    func testAHeadIsTaughtFromRecordedClips() async throws {
        try await flows().aHeadIsTaughtFromRecordedClips()
    }

    func testAUserIsExportedForgottenAndImported() async throws {
        try await flows().aUserIsExportedForgottenAndImported()
    }

    func testABenchmarkMeasuresEachFrame() async throws {
        try await flows().aBenchmarkMeasuresEachFrame()
    }

    private func flows() async throws -> SampleFlows {
        await SampleFlows([try Material.temporaryFolder(self), try Material.temporaryFolder(self)])
    }
}

/// What each test does, where the sample's models live.
@MainActor
private final class SampleFlows {
    private let folders: [URL]

    init(_ folders: [URL]) {
        self.folders = folders
    }

    /// The clip's frames, over and over where `rounds` says so, with so long between them.
    private func camera(rounds: Int = 1, pauseMs: UInt64 = 0) throws -> AsyncStream<CameraFrame> {
        let frames = try ClipFrames.rgbFrames()
        return AsyncStream { continuation in
            let feeding = Task {
                for index in 0..<rounds * frames.count {
                    if pauseMs > 0 { try await Task.sleep(nanoseconds: pauseMs * 1_000_000) }
                    let frame = frames[index % frames.count]
                    continuation.yield(CameraFrame(frame: frame, timestampUs: index * 166_000))
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in feeding.cancel() }
        }
    }

    private func started() async throws -> (AppModel, EmotionEngine) {
        let app = AppModel()
        await app.start(StoreLocation(folder: folders[0]))
        XCTAssertNil(app.failure)
        return (app, try XCTUnwrap(app.engine))
    }

    func consentIsAskedOnce() async throws {
        let (app, engine) = try await started()
        XCTAssertEqual(app.consented, false)
        await app.agree()
        XCTAssertEqual(app.consented, true)
        let stored = try await engine.setting("consent")
        XCTAssertEqual(stored, Data([1]))
    }

    func whatGoesWrongIsShownInWords() async throws {
        let (app, engine) = try await started()
        await app.attempt { _ = try await engine.users.get("Nobody") }
        XCTAssertEqual(app.failure?.contains("Nobody"), true)
        app.failure = nil
        await app.attempt { throw EmotionError.cancelled("by the user") }
        XCTAssertNil(app.failure)
    }

    func aUserIsGuidedThroughEnrolmentAndSeenLive() async throws {
        let (app, engine) = try await started()
        let enrolment = EnrolmentModel()
        try await enrolment.enroll("Wanda", frames: try camera(), in: engine)
        XCTAssert(enrolment.isDone)
        XCTAssertGreaterThan(enrolment.count, 0)
        await app.reload()
        XCTAssertEqual(app.users.map(\.name), ["Wanda"])

        let live = LiveModel()
        try await live.watch(try camera(pauseMs: 60), in: engine)
        let statistics = try XCTUnwrap(live.statistics)
        XCTAssertGreaterThan(statistics.processed, 5)
        let timeline = TimelineModel()
        try await timeline.load("Wanda", until: Date().addingTimeInterval(1), in: engine)
        XCTAssertFalse(timeline.parts.isEmpty)
        XCTAssertEqual(Set(timeline.parts.map(\.label)), Set(engine.labels))
    }

    func aHeadIsTaughtFromRecordedClips() async throws {
        let (_, engine) = try await started()
        try await enrolWanda(engine)
        let teach = try TeachModel(engine)
        try await teach.record("sad", frames: try camera())
        XCTAssertEqual(teach.clips.map(\.label), ["sad"])
        XCTAssertEqual(teach.frames, 20)
        try await teach.record("happy", frames: try camera())
        try teach.remove(1)
        XCTAssertEqual(teach.clips.count, 1)
        let app = AppModel()
        await app.attempt { try await teach.learn("Nobody") }
        XCTAssertEqual(app.failure?.contains("Nobody"), true)
        XCTAssertNil(teach.progress)
    }

    func aUserIsExportedForgottenAndImported() async throws {
        let (app, engine) = try await started()
        try await enrolWanda(engine)
        let settings = SettingsModel(engine)
        let file = try await settings.export("Wanda", passphrase: "passphrase", to: folders[1])
        try await settings.forgetTimeline("Wanda")
        try await settings.delete("Wanda")
        await app.reload()
        XCTAssertEqual(app.users, [])
        let name = try await settings.import(file, passphrase: "passphrase")
        XCTAssertEqual(name, "Wanda")
        await app.attempt { try await settings.rollback("Wanda") }
        XCTAssertNotNil(app.failure)
    }

    func aBenchmarkMeasuresEachFrame() async throws {
        let (_, engine) = try await started()
        let benchmark = BenchmarkModel()
        XCTAssertNil(benchmark.median)
        try await benchmark.run(try camera(rounds: 3), in: engine)
        XCTAssertEqual(benchmark.milliseconds.count, 50)
        XCTAssertLessThanOrEqual(try XCTUnwrap(benchmark.median), try XCTUnwrap(benchmark.worst))
    }
}
#endif
