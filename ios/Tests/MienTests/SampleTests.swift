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

    func testANoIsKeptAndCanBeReconsidered() async throws {
        try await flows().aNoIsKeptAndCanBeReconsidered()
    }

    func testAStartThatFailedIsRetried() async throws {
        try await flows().aStartThatFailedIsRetried()
    }

    func testNothingIsDeletedWithoutAYes() async throws {
        try await flows().nothingIsDeletedWithoutAYes()
    }

    func testEverythingIsDeletedWithTheConsent() async throws {
        try await flows().everythingIsDeletedWithTheConsent()
    }

    func testTheChosenUserExists() async throws {
        try await flows().theChosenUserExists()
    }

    func testAnAnalysisThatFailedIsRetried() async throws {
        try await flows().anAnalysisThatFailedIsRetried()
    }

    func testAnEnrollmentIsStoppedAndRepeated() async throws {
        try await flows().anEnrollmentIsStoppedAndRepeated()
    }

    func testARecordingEndsWithItsPageAndLearningDoesNot() async throws {
        try await flows().aRecordingEndsWithItsPageAndLearningDoesNot()
    }

    func testEachReasonWhyTheCameraIsOffIsTold() {
        var condition = CameraCondition()
        XCTAssertFalse(condition.asks)
        condition.demand.enter(.live)
        XCTAssert(condition.asks)
        XCTAssertNil(condition.notice)
        XCTAssertFalse(condition.runs)
        condition.permission = .granted
        XCTAssert(condition.runs)
        XCTAssertFalse(condition.asks)
        condition.interruption = .otherApplication
        XCTAssertEqual(condition.notice, Notice(Phrase(.cameraInUse)))
        XCTAssert(condition.runs, "the system resumes it")
        condition.trouble = .stopped
        XCTAssertEqual(condition.notice, Notice(Phrase(.cameraStopped), .retry))
        XCTAssertFalse(condition.runs)
        condition.permission = .restricted
        XCTAssertEqual(condition.notice, Notice(Phrase(.cameraRestricted)))
        condition.permission = .denied
        XCTAssertEqual(condition.notice, Notice(Phrase(.cameraDenied), .openSettings))
        condition.demand.isInFront = false
        XCTAssertFalse(condition.runs)
    }

    func testAnEmotionIsAnnouncedWhenItHasChangedAndNotEachFrame() {
        func result(_ seconds: Int, _ faces: [TrackedFace]) -> StreamResult {
            StreamResult(timestamp: .seconds(seconds), width: 1, height: 1, faces: faces, ranDetector: true)
        }
        func face(_ label: EmotionLabel?, track: Int = 1, _ unsure: [Unsure] = []) -> TrackedFace {
            let nowhere = FacePoint(x: 0, y: 0)
            let landmarks = FaceLandmarks(
                leftEye: nowhere, rightEye: nowhere, nose: nowhere, leftMouth: nowhere, rightMouth: nowhere)
            return TrackedFace(
                track: track, bounds: FaceBounds(x: 0, y: 0, width: 1, height: 1), landmarks: landmarks, score: 1,
                identity: .user(name: "Anna", similarity: 1), label: label, unsure: unsure)
        }
        var announcer = Announcer()
        XCTAssertNil(announcer.announcement(result(0, [])))
        XCTAssertNil(announcer.announcement(result(1, [face(nil)])))
        XCTAssertNil(announcer.announcement(result(2, [face("happy", [.lowConfidence])])))
        let happy = Phrase(.captionNamed, .text("Anna"), .emotion("happy"))
        XCTAssertEqual(announcer.announcement(result(3, [face("happy")])), happy)
        for second in 4...20 { XCTAssertNil(announcer.announcement(result(second, [face("happy")]))) }
        XCTAssertEqual(announcer.announcement(result(21, [face("sad")]))?.arguments.last, .emotion("sad"))
        // Another change comes too early; it is told when there was time to hear the last one.
        XCTAssertNil(announcer.announcement(result(22, [face("happy")])))
        XCTAssertEqual(announcer.announcement(result(24, [face("happy")])), happy)
        // Two faces are told one after the other, and one that returns is new.
        XCTAssertEqual(
            announcer.announcement(result(30, [face("happy"), face("sad", track: 2)]))?.arguments.last, .emotion("sad"))
        XCTAssertNil(announcer.announcement(result(40, [])))
        XCTAssertEqual(announcer.announcement(result(41, [face("sad", track: 3)]))?.arguments.last, .emotion("sad"))
    }

    func testAHintIsAnnouncedWithTimeToHearIt() {
        var announcer = Announcer()
        let (closer, still) = (Phrase(.enrollCloser), Phrase(.enrollStill))
        XCTAssertEqual(announcer.announcement(closer, at: .zero), closer)
        XCTAssertNil(announcer.announcement(still, at: .milliseconds(100)))
        XCTAssertNil(announcer.announcement(closer, at: .seconds(9)))
        XCTAssertEqual(announcer.announcement(still, at: .milliseconds(9100)), still)
        XCTAssertNil(announcer.announcement(closer, at: .seconds(12)))
        XCTAssertEqual(announcer.announcement(closer, at: .milliseconds(12_100)), closer)
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
        let face = FaceBounds(x: 100, y: 40, width: 60, height: 80)
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

    func testASlowReaderLosesTheOldestSoundAndHoldsNoMore() async {
        let output = SoundOutput()
        let sound = output.sound()
        let most = SoundOutput.maxWaiting
        for at in 0..<3 * most {
            output.take(SoundChunk(samples: [0], format: AudioFormat(), timestamp: .microseconds(at)))
        }
        var reader = sound.makeAsyncIterator()
        var read: [Duration] = []
        while read.count < most, let chunk = await reader.next() { read.append(chunk.timestamp) }
        XCTAssertEqual(read, (2 * most..<3 * most).map { .microseconds($0) })
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
                    continuation.yield(CameraFrame(frame: frame, timestamp: .microseconds(index * 166_000)))
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

    /// Starts the application again, as in a new process.
    private func restarted(_ app: AppModel) async -> AppModel {
        app.engine?.close()
        await app.engine?.awaitClosed()
        let next = AppModel()
        await next.start(.unencrypted(folder: folders[0]))
        return next
    }

    func consentIsAskedOnce() async throws {
        let (app, engine) = try await started()
        XCTAssertEqual(app.stage, .asking)
        XCTAssertFalse(app.mayAnalyze)
        await app.decide(true)
        XCTAssertEqual(app.stage, .ready)
        XCTAssert(app.mayAnalyze)
        let stored = try await engine.setting("consent")
        XCTAssertEqual(stored, Data([1]))
        let next = await restarted(app)
        XCTAssertEqual(next.stage, .ready)
        XCTAssert(next.mayAnalyze)
    }

    func aNoIsKeptAndCanBeReconsidered() async throws {
        let (app, _) = try await started()
        await app.decide(false)
        XCTAssertEqual(app.stage, .ready)
        XCTAssertFalse(app.mayAnalyze)
        let next = await restarted(app)
        XCTAssertEqual(next.stage, .ready)
        XCTAssertEqual(next.consent, .declined)
        next.reconsider()
        XCTAssertEqual(next.stage, .asking)
        XCTAssertFalse(next.mayAnalyze)
        await next.decide(true)
        XCTAssert(next.mayAnalyze)
    }

    func aStartThatFailedIsRetried() async throws {
        let blocked = folders[1].appendingPathComponent("store")
        try Data().write(to: blocked)
        let app = AppModel()
        await app.start(.unencrypted(folder: blocked))
        guard case .failed(let failure) = app.stage else { return XCTFail("\(app.stage)") }
        XCTAssertEqual(failure.phrase, Phrase(.failureStorage))
        XCTAssertNil(app.engine)
        await app.retry()
        guard case .failed = app.stage else { return XCTFail("\(app.stage)") }
        try FileManager.default.removeItem(at: blocked)
        await app.retry()
        XCTAssertEqual(app.stage, .asking)
        XCTAssertNotNil(app.engine)
    }

    func nothingIsDeletedWithoutAYes() async throws {
        let (app, engine) = try await started()
        await app.decide(true)
        try await enrollWanda(engine)
        let (confirmer, settings) = (Confirmer(), SettingsModel(engine))
        let names = { try await engine.users.list().map(\.name) }
        confirmer.ask(.user("Wanda")) { try await settings.delete("Wanda") }
        XCTAssertEqual(confirmer.asked?.deletion, .user("Wanda"))
        confirmer.cancel()
        XCTAssertNil(confirmer.asked)
        var left = try await names()
        XCTAssertEqual(left, ["Wanda"])

        confirmer.ask(.user("Wanda")) { try await settings.delete("Wanda") }
        let question = try XCTUnwrap(confirmer.asked)
        // Dialogs may close themselves before their buttons act.
        confirmer.cancel()
        try await confirmer.confirm(question)
        left = try await names()
        XCTAssertEqual(left, [])
    }

    func everythingIsDeletedWithTheConsent() async throws {
        let (app, engine) = try await started()
        await app.decide(true)
        try await enrollWanda(engine)
        await app.reload()
        XCTAssertEqual(app.users.count, 1)
        try await app.deleteEverything()
        XCTAssertEqual(app.users, [])
        XCTAssertEqual(app.stage, .asking)
        XCTAssertFalse(app.mayAnalyze)
        let next = await restarted(app)
        XCTAssertEqual(next.stage, .asking)
        XCTAssertEqual(next.users, [])
    }

    func theChosenUserExists() {
        let screens = Screens()
        screens.choose(among: [])
        XCTAssertEqual(screens.user, "")
        let users = ["Anna", "Ben"].map { User(name: $0, enrolledAt: Date(timeIntervalSince1970: 0), embeddings: 1) }
        screens.choose(among: users)
        XCTAssertEqual(screens.user, "Anna")
        screens.choose("Ben")
        screens.choose(among: users)
        XCTAssertEqual(screens.user, "Ben")
        screens.choose(among: [users[0]])
        XCTAssertEqual(screens.user, "Anna")
    }

    func anAnalysisThatFailedIsRetried() async throws {
        let (_, engine) = try await started()
        let live = LiveModel()
        engine.close()
        await live.follow(try camera(), in: engine)
        XCTAssertEqual(live.failure?.phrase, Phrase(.failureClosed))
        XCTAssertNil(live.result)
        let attempt = live.attempt
        live.retry()
        XCTAssertNotEqual(live.attempt, attempt)
        let next = try await engineWithoutStore()
        await live.follow(try camera(rounds: 2, pauseMs: 20), in: next)
        XCTAssertNil(live.failure)
        XCTAssertGreaterThan(try XCTUnwrap(live.statistics).processed, 1)
    }

    func anEnrollmentIsStoppedAndRepeated() async throws {
        let (app, engine) = try await started()
        let enrollment = EnrollmentModel(name: "  ")
        XCTAssertFalse(enrollment.mayBegin([]))
        enrollment.name = " Wanda "
        XCTAssert(enrollment.mayBegin([]))
        // Without frames it waits, as when its page is left.
        let (silence, _) = AsyncStream.makeStream(of: CameraFrame.self)
        enrollment.begin(silence, in: engine) { XCTFail("it has ended") }
        XCTAssert(enrollment.isRunning)
        enrollment.stop()
        XCTAssertFalse(enrollment.isRunning)
        var users = try await engine.users.list()
        XCTAssertEqual(users, [])

        let none = AsyncStream<CameraFrame> { $0.finish() }
        try await ended { enrollment.begin(none, in: engine, ended: $0) }
        XCTAssertEqual(enrollment.failure?.phrase, Phrase(.failureTooFew))
        XCTAssertFalse(enrollment.isRunning)
        let frames = try camera()
        try await ended { enrollment.begin(frames, in: engine, ended: $0) }
        XCTAssertNil(enrollment.failure)
        XCTAssert(enrollment.isDone)
        XCTAssertEqual(enrollment.announcement, Phrase(.enrollDone, .text("Wanda")))
        users = try await engine.users.list()
        XCTAssertEqual(users.map(\.name), ["Wanda"])
        await app.reload()
        XCTAssertEqual(enrollment.objection(app.users), Phrase(.enrollTaken, .text("Wanda")))
        XCTAssertFalse(enrollment.mayBegin(app.users))
        enrollment.finish()
        XCTAssertEqual(enrollment.name, "")
    }

    /// Waits until `work` calls what it is given.
    private func ended(_ work: (@escaping @MainActor () async -> Void) -> Void) async throws {
        let (told, tell) = AsyncStream.makeStream(of: Void.self)
        work { tell.finish() }
        for await _ in told {}
    }

    func aRecordingEndsWithItsPageAndLearningDoesNot() async throws {
        let (app, engine) = try await started()
        try await enrollWanda(engine)
        await app.reload()
        let teaching = TeachingModel()
        await teaching.prepare("Nobody", in: engine)
        XCTAssertEqual(teaching.failure?.phrase, Phrase(.failureUser))
        await teaching.prepare("Wanda", in: engine)
        XCTAssertNil(teaching.failure)
        let teach = try XCTUnwrap(teaching.teach)
        await teaching.prepare("Wanda", in: engine)
        XCTAssert(teaching.teach === teach, "the same clips stay open")
        let (frames, camera) = AsyncStream.makeStream(of: CameraFrame.self)
        for (index, frame) in try ClipFrames.rgbFrames().prefix(3).enumerated() {
            camera.yield(CameraFrame(frame: frame, timestamp: .microseconds(index)))
        }
        teaching.record("sad", frames: frames, hearing: nil, with: app)
        XCTAssertEqual(teaching.recording, "sad")
        while teach.frames < 3 { try await Task.sleep(nanoseconds: 10_000_000) }
        teaching.learn(with: app)
        XCTAssertEqual(teaching.recording, "sad", "one thing at a time")
        teaching.leave()
        await teaching.finished()
        XCTAssertNil(teaching.recording)
        XCTAssertFalse(teaching.isBusy)
        XCTAssertEqual(teach.clips.map(\.frames), [3])
        XCTAssertNil(app.failure)

        teaching.learn(with: app)
        teaching.leave()
        await teaching.finished()
        XCTAssert(
            teach.adapted != nil || app.failure?.phrase == Phrase(.failureTooFew), "\(String(describing: app.failure))")
        await teaching.stop(with: app)
        XCTAssertFalse(teach.isDue)
        teaching.forget(except: [])
        XCTAssertNil(teaching.teach)
    }

    func whatGoesWrongIsShownInWords() async throws {
        let (app, engine) = try await started()
        await app.attempt { _ = try await engine.users.get("Nobody") }
        XCTAssertEqual(app.failure?.phrase, Phrase(.failureUser))
        XCTAssertEqual(app.failure?.details?.contains("Nobody"), true)
        app.failure = nil
        await app.attempt { throw MienError(.cancelled, "by the user") }
        await app.attempt { throw CancellationError() }
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
        let budgets = AsyncStream<PowerBudget> { $0.yield(.balanced) }
        try await live.watch(try camera(pauseMs: 60), power: budgets, in: engine)
        let statistics = try XCTUnwrap(live.statistics)
        XCTAssertGreaterThan(statistics.processed, 5)
        let timeline = TimelineModel()
        try await timeline.load("Wanda", until: Date().addingTimeInterval(1), in: engine)
        XCTAssertFalse(timeline.parts.isEmpty)
        XCTAssertEqual(Set(timeline.parts.map(\.label)), Set(engine.labels))
        XCTAssertLessThanOrEqual(abs(try XCTUnwrap(timeline.affect).valence), 1)
        XCTAssertEqual(timeline.totals.map(\.share).reduce(0, +), 1, accuracy: 1e-3)
        XCTAssertEqual(timeline.totals.map(\.share), timeline.totals.map(\.share).sorted(by: >))
        await timeline.show("Nobody", until: Date(), in: engine)
        XCTAssertEqual(timeline.failure?.phrase, Phrase(.failureUser))
        XCTAssert(timeline.parts.isEmpty)
        // VoiceOver was told who is seen and what they show.
        let announced = try XCTUnwrap(live.announcement)
        XCTAssertEqual(announced.key, .captionNamed)
        XCTAssertEqual(announced.arguments.first, .text("Wanda"))
    }

    /// The recorded events of Wanda.
    private func recorded(_ engine: EmotionEngine) async throws -> [TimelineEvent<Date>] {
        try await engine.timeline(of: "Wanda").events(Date(timeIntervalSince1970: 0)..<Date().addingTimeInterval(60))
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
        let frames = (0...6).map { Duration.milliseconds(166 * $0) }
        XCTAssert(events.allSatisfy { frames.contains($0.duration) }, "\(events)")
        XCTAssertGreaterThan(events.filter { $0.duration > .zero }.count, 3)
        let timeline = TimelineModel()
        try await timeline.load("Wanda", until: Date().addingTimeInterval(1), in: engine)
        XCTAssertEqual(timeline.observedMinutes, events.map(\.duration).reduce(.zero, +) / .seconds(60))
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
                continuation.yield(CameraFrame(frame: frame, timestamp: .microseconds(index * 500_000)))
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
        await app.decide(true)
        app.engine?.close()
        try keeper.remove()

        let next = AppModel()
        await next.start(place(.refuse))
        XCTAssertEqual(next.stage, .keyLost)
        XCTAssertNil(next.engine)
        XCTAssertNil(next.consent)
        await next.start(place(.startOver))
        XCTAssertEqual(next.stage, .asking)
        XCTAssertEqual(next.engine?.startedOver, true)
        XCTAssertNil(next.consent)
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
        microphone.yield(SoundChunk(samples: silence, format: AudioFormat(), timestamp: .zero))
        try await teach.record("fear", frames: try camera(), hearing: sound)
        XCTAssertEqual(teach.clips.last?.speech?.refusal, .doubtful, "silence is no speech")
        let app = AppModel()
        await app.attempt { _ = try await TeachModel(engine, user: "Nobody") }
        XCTAssertEqual(app.failure?.details?.contains("Nobody"), true)
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
}
#endif
