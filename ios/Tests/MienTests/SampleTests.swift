#if canImport(SampleModels)
import Foundation
import XCTest

@testable import Mien
@testable import SampleModels

/// Tests of the sample's models with the real engine and the bundled clip instead of the camera.
final class SampleTests: XCTestCase {
    func testConsentIsAskedOnce() async throws {
        try await flows().consentIsAskedOnce()
    }

    func testWhatGoesWrongIsShownInWords() async throws {
        try await flows().whatGoesWrongIsShownInWords()
    }

    func testAUserIsGuidedThroughEnrollmentAndSeenLive() async throws {
        try await flows().aUserIsGuidedThroughEnrollmentAndSeenLive()
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

    func testWhatWasSeenIsRecordedWhenTheViewGoes() async throws {
        try await flows().whatWasSeenIsRecordedWhenTheViewGoes()
    }

    func testAnEventLastsFromOneLookToTheNext() async throws {
        try await flows().anEventLastsFromOneLookToTheNext()
    }

    func testWhatCannotBeWrittenIsWrittenLater() async throws {
        try await flows().whatCannotBeWrittenIsWrittenLater()
    }

    func testFramesAreHandedInOffTheMainThread() async throws {
        try await flows().framesAreHandedInOffTheMainThread()
    }

    func testThePersonDecidesWhenTheKeyIsLost() async throws {
        try await flows().thePersonDecidesWhenTheKeyIsLost()
    }

    func testTheCameraRunsWhileAViewNeedsItInFront() {
        var demand = CameraDemand()
        XCTAssertFalse(demand.isWanted)
        demand.enter(.live)
        XCTAssert(demand.isWanted)
        // A new tab may appear before the old one disappears, and either may report twice.
        demand.enter(.teach)
        demand.enter(.teach)
        demand.leave(.live)
        XCTAssert(demand.isWanted)
        demand.isInFront = false
        XCTAssertFalse(demand.isWanted)
        demand.isInFront = true
        XCTAssert(demand.isWanted)
        demand.leave(.teach)
        demand.leave(.teach)
        XCTAssertFalse(demand.isWanted)
    }

    func testBoxesLieWhereThePreviewShowsTheFace() {
        let face = Rect(x: 100, y: 40, width: 60, height: 80)
        func box(_ picture: CGSize, _ view: CGSize, _ turn: Int, _ isMirrored: Bool) -> CGRect {
            OverlayGeometry(picture: picture, view: view, turn: turn, isMirrored: isMirrored).rect(face)
        }
        let (upright, lying) = (CGSize(width: 480, height: 640), CGSize(width: 640, height: 480))
        let plain = CGRect(x: 100, y: 40, width: 60, height: 80)
        XCTAssertEqual(box(upright, upright, 0, false), plain)
        XCTAssertEqual(box(upright, upright, 0, true), CGRect(x: 320, y: 40, width: 60, height: 80))
        XCTAssertEqual(box(lying, upright, 90, false), CGRect(x: 360, y: 100, width: 80, height: 60))
        XCTAssertEqual(box(lying, upright, 90, true), CGRect(x: 40, y: 100, width: 80, height: 60))
        XCTAssertEqual(box(upright, upright, 180, false), CGRect(x: 320, y: 520, width: 60, height: 80))
        XCTAssertEqual(box(lying, upright, 270, false), CGRect(x: 40, y: 480, width: 80, height: 60))
        // A view of twice the height is filled: 240 columns are cut on either side.
        let tall = CGSize(width: 480, height: 1280)
        XCTAssertEqual(box(upright, tall, 0, false), CGRect(x: -40, y: 80, width: 120, height: 160))
    }

    private func flows() async throws -> SampleFlows {
        await SampleFlows([try Material.temporaryFolder(self), try Material.temporaryFolder(self)])
    }
}

/// The tests on the main actor, where the sample's models run.
@MainActor
private final class SampleFlows {
    private let folders: [URL]

    init(_ folders: [URL]) {
        self.folders = folders
    }

    /// The frames of the clip, `rounds` times, with this pause between them.
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
        await app.start(.unencrypted(folder: folders[0]))
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

    func aUserIsGuidedThroughEnrollmentAndSeenLive() async throws {
        let (app, engine) = try await started()
        let enrollment = EnrollmentModel()
        try await enrollment.enroll("Wanda", frames: try camera(), in: engine)
        XCTAssert(enrollment.isDone)
        XCTAssertGreaterThan(enrollment.count, 0)
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
        XCTAssertLessThanOrEqual(abs(try XCTUnwrap(timeline.affect).valence), 1)
    }

    /// The recorded events of Wanda.
    private func recorded(_ engine: EmotionEngine) async throws -> [TimelineEvent] {
        try await engine.timeline("Wanda").events(Date(timeIntervalSince1970: 0)..<Date().addingTimeInterval(60))
    }

    func whatWasSeenIsRecordedWhenTheViewGoes() async throws {
        let (_, engine) = try await started()
        try await enrollWanda(engine)
        let live = LiveModel()
        let frames = try camera(rounds: 100, pauseMs: 60)
        let watching = Task { try await live.watch(frames, in: engine) }
        while (live.statistics?.processed ?? 0) < 8 { try await Task.sleep(nanoseconds: 10_000_000) }
        // Less than a batch, as when the user leaves a tab after some seconds.
        watching.cancel()
        try await watching.value
        XCTAssertNil(live.result)
        let events = try await recorded(engine)
        XCTAssertGreaterThan(events.count, 3)
    }

    func anEventLastsFromOneLookToTheNext() async throws {
        let (_, engine) = try await started()
        try await enrollWanda(engine)
        let live = LiveModel()
        try await live.watch(try camera(pauseMs: 100), in: engine)
        let events = try await recorded(engine)
        // Frames are 166 ms apart; the time of a dropped frame counts for its successor.
        XCTAssert(events.allSatisfy { $0.durationMs.isMultiple(of: 166) && $0.durationMs <= 1000 }, "\(events)")
        XCTAssertGreaterThan(events.filter { $0.durationMs > 0 }.count, 3)
        let timeline = TimelineModel()
        try await timeline.load("Wanda", until: Date().addingTimeInterval(1), in: engine)
        XCTAssertEqual(timeline.observedMinutes, Double(events.map(\.durationMs).reduce(0, +)) / 60_000)
        XCTAssertGreaterThan(timeline.observedMinutes, 0)
    }

    func whatCannotBeWrittenIsWrittenLater() async throws {
        let (_, engine) = try await started()
        try await enrollWanda(engine)
        let file = try await engine.users.export("Wanda", passphrase: "correct horse", timeline: false)
        let live = LiveModel()
        let frames = try camera(rounds: 100, pauseMs: 60)
        let watching = Task { try await live.watch(frames, in: engine) }
        while (live.statistics?.processed ?? 0) < 8 { try await Task.sleep(nanoseconds: 10_000_000) }
        engine.close()
        watching.cancel()
        let outcome = await watching.result
        XCTAssertThrowsError(try outcome.get()) { XCTAssertEqual(kind($0), "closed") }

        let next = try await EmotionEngine.create(store: .unencrypted(folder: folders[1]))
        try await next.users.import(file, passphrase: "correct horse")
        try await live.write(to: next)
        let events = try await recorded(next)
        XCTAssertGreaterThan(events.count, 3)
        // Once.
        try await live.write(to: next)
        let again = try await recorded(next)
        XCTAssertEqual(again, events)
    }

    func framesAreHandedInOffTheMainThread() async throws {
        let engine = try await engineWithoutStore()
        let bytes = try ClipFrames(.rgb24)
        let witness = Witness(bytes[0])
        let frames = AsyncStream<CameraFrame> { continuation in
            for index in 0..<3 {
                let layout = FrameLayout(format: .rgb8, width: ClipFrames.width, height: ClipFrames.height)
                let frame = Frame(pixels: witness, layout: layout)
                continuation.yield(CameraFrame(frame: frame, timestampUs: index * 500_000))
            }
            continuation.finish()
        }
        try await LiveModel().watch(frames, in: engine)
        XCTAssertEqual(witness.wasOnMain, [false, false, false])
    }

    /// Pixels that record which thread reads them.
    private final class Witness: Pixels, @unchecked Sendable {
        private let bytes: Data
        private let lock = NSLock()
        private var seen: [Bool] = []
        var wasOnMain: [Bool] { lock.withLock { seen } }

        init(_ bytes: Data) { self.bytes = bytes }

        func borrowed<Value>(_ call: ([Data]) throws -> Value) throws -> Value {
            lock.withLock { seen.append(Thread.isMainThread) }
            return try call([bytes])
        }
    }

    func thePersonDecidesWhenTheKeyIsLost() async throws {
        let keeper = FileKeeper(folders[1].appendingPathComponent("keychain"))
        func place(_ onLoss: KeyLoss) -> StoreLocation {
            StoreLocation(vault: KeyVault(folder: folders[0], keeper: keeper, onLoss: onLoss))
        }
        let app = AppModel()
        await app.start(place(.refuse))
        await app.agree()
        app.engine?.close()
        try keeper.remove()

        let next = AppModel()
        await next.start(place(.refuse))
        XCTAssert(next.isKeyLost)
        XCTAssertNil(next.engine)
        XCTAssertNil(next.consented)
        await next.start(place(.startOver))
        XCTAssertFalse(next.isKeyLost)
        XCTAssertEqual(next.engine?.startedOver, true)
        XCTAssertEqual(next.consented, false)
        XCTAssertNil(next.failure)
        XCTAssertEqual(try place(.refuse).lostStores().count, 1)
    }

    func aHeadIsTaughtFromRecordedClips() async throws {
        let (_, engine) = try await started()
        try await enrollWanda(engine)
        let teach = try await TeachModel(engine, user: "Wanda")
        try await teach.record("sad", frames: try camera())
        XCTAssertEqual(teach.clips.map(\.label), ["sad"])
        XCTAssertEqual(teach.frames, 20)
        try await teach.record("happy", frames: try camera())
        try await teach.remove(1)
        XCTAssertEqual(teach.clips.count, 1)
        let (sound, microphone) = AsyncStream.makeStream(of: SoundChunk.self)
        let silence = [Float](repeating: 0, count: 16_000)
        microphone.yield(SoundChunk(samples: silence, format: AudioFormat(), timestampUs: 0))
        try await teach.record("fear", frames: try camera(), hearing: sound)
        XCTAssertEqual(teach.clips.last?.speech?.refusal, .doubtful, "silence is no speech")
        let app = AppModel()
        await app.attempt { _ = try await TeachModel(engine, user: "Nobody") }
        XCTAssertEqual(app.failure?.contains("Nobody"), true)
        XCTAssertNil(teach.progress)

        // What was recorded and is due survives the process.
        try await engine.users.adaptLater("Wanda")
        let again = try await TeachModel(engine, user: "Wanda")
        XCTAssertEqual(again.clips, teach.clips)
        XCTAssert(again.isDue)
        try await again.stop()
        XCTAssertFalse(again.isDue)
        try await again.clear()
        XCTAssertEqual(again.clips, [])
    }

    func aUserIsExportedForgottenAndImported() async throws {
        let (app, engine) = try await started()
        try await enrollWanda(engine)
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

    func testASlowReaderLosesTheOldestSoundAndHoldsNoMore() async {
        let output = SoundOutput()
        let sound = output.sound()
        let most = SoundOutput.maxWaiting
        for at in 0..<3 * most {
            output.take(SoundChunk(samples: [0], format: AudioFormat(), timestampUs: at))
        }
        var reader = sound.makeAsyncIterator()
        var read: [Int] = []
        while read.count < most, let chunk = await reader.next() { read.append(chunk.timestampUs) }
        XCTAssertEqual(read, Array(2 * most..<3 * most))
    }
}
#endif
