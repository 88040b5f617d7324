import Foundation
import XCTest

@testable import Mien

final class AdaptTests: XCTestCase {
    /// Values that a closure received on any thread.
    private final class Told<Value: Sendable>: @unchecked Sendable {
        private let lock = NSLock()
        private var told: [Value] = []
        var values: [Value] { lock.withLock { told } }
        func tell(_ value: Value) { lock.withLock { told.append(value) } }
        /// For work that must not end before it is cancelled, however slow the machine.
        func tellSlowly(_ value: Value) {
            tell(value)
            Thread.sleep(forTimeInterval: 0.001)
        }
    }

    func testAUsersHeadIsLearnedRolledBackAndForward() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let generic = try await probe(engine)
        XCTAssertEqual(generic?.isAdapted, false)
        let told = Told<AdaptProgress>()
        let report = try await engine.users.adapt(
            "Wanda", clips: try await recordWanda(engine), now: Date(timeIntervalSince1970: 2)
        ) { told.tell($0) }.face
        XCTAssert(report.isAccepted, report.reason)
        XCTAssertEqual(report.mode, .labeled)
        XCTAssertNil(report.refusal)
        XCTAssertEqual(report.leftOut, [])
        XCTAssertEqual(Dictionary(uniqueKeysWithValues: report.clips.map { ($0.label, $0.count) })["sad"], 6)
        XCTAssertGreaterThan(told.values.count, 0)
        XCTAssert(told.values.allSatisfy { $0.epoch <= $0.epochs && $0.loss.isFinite })
        let adapted = try await probe(engine)
        XCTAssertEqual(adapted?.label, "fear")
        XCTAssertEqual(adapted?.isAdapted, true)
        let user = try await engine.users.get("Wanda")
        XCTAssertEqual(user.activeGeneration, 1)
        XCTAssertEqual(user.generations.map(\.isUsable), [true])
        XCTAssertEqual(user.generations.map(\.id), [1])
        XCTAssertEqual(user.generations[0].adaptedAt, Date(timeIntervalSince1970: 2))

        let back = try await engine.users.rollback("Wanda")
        XCTAssertNil(back)
        let again = try await probe(engine)
        XCTAssertEqual(again, generic)
        let forward = try await engine.users.rollback("Wanda", to: 1)
        XCTAssertEqual(forward, 1)
        let restored = try await probe(engine)
        XCTAssertEqual(restored, adapted)
        await assertThrows("invalidOption", "9") { try await engine.users.rollback("Wanda", to: 9) }
        await assertThrows("invalidOption", "-1") { try await engine.users.rollback("Wanda", to: -1) }
    }

    func testNeutralClipsAloneNeedAGenericHeadWithStatistics() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        let enrollment = try await engine.users.enroll("Max")
        _ = try await enrollment.add(picture: try Material.bytes("adapt/man/learn/neutral/0000.jpg"))
        try await enrollment.finish()
        let clips = try engine.users.clips()
        let folder = Material.fixture("adapt/man/learn/neutral")
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            try clips.begin("neutral")
            try await clips.add(picture: try Data(contentsOf: file))
            try await clips.end()
        }
        for clip in clips.list() { try await clips.confirm(clip.name) }
        let report = try await engine.users.adapt("Max", clips: clips).face
        XCTAssertEqual(report.refusal, .tooFewClips, report.reason)
    }

    func testClipsOfSomebodyElseAreNamedAndNeverLearned() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let clips = try await recordWanda(engine)
        let own = clips.list().count
        try clips.begin("happy", name: "a guest")
        try await clips.add(picture: try Material.bytes("pictures/obama.jpg"))
        try await clips.end()
        try await clips.confirm("a guest")
        XCTAssertEqual(clips.list().map(\.isConfirmed), Array(repeating: false, count: own) + [true])
        let report = try await engine.users.adapt("Wanda", clips: clips).face
        XCTAssert(report.isAccepted, report.reason)
        XCTAssertEqual(report.leftOut.map(\.index), [own])
        XCTAssertEqual(report.leftOut.first?.name, "a guest")
        guard case .somebodyElse? = report.leftOut.first?.reason else { return XCTFail("\(report)") }
        let guests = try engine.users.clips()
        for label in [EmotionLabel.happy, .sad] {
            try guests.begin(label)
            try await guests.add(picture: try Material.bytes("pictures/obama.jpg"))
            try await guests.end()
        }
        let refused = try await engine.users.adapt("Wanda", clips: guests).face
        XCTAssertEqual(refused.refusal, .somebodyElse)
        XCTAssertEqual(refused.leftOut.map(\.name), ["happy/1", "sad/1"])
        await assertThrows("invalidOption", "checked") {
            try await engine.users.adapt("Wanda", clips: guests, options: AdaptOptions(allowsUncheckedFaces: true))
        }
    }

    func testCancellingTheTaskKeepsTheOldHead() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let clips = try await recordWanda(engine)
        let begun = Told<Int>()
        let task = Task {
            var fit = FitOptions(.logistic)
            fit.epochs = 100_000
            return try await engine.users.adapt(
                "Wanda", clips: clips, options: AdaptOptions(fit: fit, isGated: false)
            ) { begun.tellSlowly($0.epoch) }
        }
        while begun.values.isEmpty { try await Task.sleep(nanoseconds: 1_000_000) }
        task.cancel()
        await assertThrows("cancelled") { try await task.value }
        let user = try await engine.users.get("Wanda")
        XCTAssertNil(user.activeGeneration)
        XCTAssertEqual(user.generations, [])
    }

    func testATaskThatIsCancelledBeforeDoesNothing() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let clips = try await recordWanda(engine)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await engine.users.adapt("Wanda", clips: clips)
        }
        task.cancel()
        await assertThrows("cancelled", "before") { try await task.value }
    }

    func testClosingTheEngineEndsAnAdaptation() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let clips = try await recordWanda(engine)
        let begun = Told<Int>()
        let task = Task {
            var fit = FitOptions(.logistic)
            fit.epochs = 100_000
            return try await engine.users.adapt("Wanda", clips: clips, options: AdaptOptions(fit: fit)) {
                begun.tellSlowly($0.epoch)
            }
        }
        while begun.values.isEmpty { try await Task.sleep(nanoseconds: 1_000_000) }
        engine.close()
        await assertThrows("closed") { try await task.value }
    }

    func testTooLittleAndUnknownMaterialIsRefused() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let empty = try engine.users.clips()
        await assertThrows("notEnoughSamples") { try await engine.users.adapt("Wanda", clips: empty) }
        let clips = try await recordWanda(engine)
        await assertThrows("userNotFound", "Nobody") { try await engine.users.adapt("Nobody", clips: clips) }
        await assertThrows("invalidOption", "folds") {
            try await engine.users.adapt("Wanda", clips: clips, options: AdaptOptions(folds: 1))
        }
        await assertThrows("invalidOption", "hungry") { try clips.begin("hungry") }
        try clips.begin("Joy")
        try await clips.end()
    }

    func testARateBeyondReasonDivergesAndKeepsTheOldHead() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        var fit = FitOptions(.singleAttention)
        fit.rate = .greatestFiniteMagnitude
        let options = AdaptOptions(head: .singleAttention, fit: fit, isGated: false)
        let clips = try await recordWanda(engine)
        await assertThrows("trainingDiverged") {
            try await engine.users.adapt("Wanda", clips: clips, options: options)
        }
        let user = try await engine.users.get("Wanda")
        XCTAssertNil(user.activeGeneration)
    }

    func testFootageIsBegunEndedAndTakenBack() async throws {
        let clips = try await engineWithoutStore().users.clips()
        await assertThrows("invalidOption", "no clip") { try await clips.add(blank()) }
        await assertThrows("invalidOption", "no clip") { try await clips.end() }
        try clips.begin("happy")
        await assertThrows("invalidOption", "open") { try clips.begin("sad") }
        let step = try await clips.add(blank())
        XCTAssertEqual(step, .noFace)
        XCTAssertEqual(try clips.endBlocking(), 0)
        XCTAssertEqual(clips.list(), [])
        try clips.begin(nil)
        let frames = try ClipFrames.rgbFrames()
        let first = try await clips.add(frames[0])
        XCTAssertEqual(first, .taken(frames: 1))
        try await clips.add(frames[5])
        XCTAssertEqual(try clips.endBlocking(), 2)
        let unlabeled = ClipSummary(name: "unlabeled/1", label: nil, frames: 2, isConfirmed: false, speech: nil)
        XCTAssertEqual(clips.list(), [unlabeled])
        await assertThrows("invalidOption", "1") { try await clips.remove(1) }
        try await clips.remove(0)
        XCTAssertEqual(clips.list(), [])
        try clips.begin("sad")
        try await clips.clear()
        await assertThrows("invalidOption") { try await clips.end() }
    }

    func testClipsAreChangedOnTheCallersThreadToo() async throws {
        let clips = try await engineWithoutStore().users.clips()
        let (picture, frame) = (try Material.bytes("adapt/woman/learn/happy/0300.jpg"), try ClipFrames.rgbFrames()[0])
        for label in [EmotionLabel.happy, .sad] {
            try clips.begin(label)
            try clips.addBlocking(picture: picture)
            XCTAssertEqual(try clips.addBlocking(frame), .taken(frames: 2))
            XCTAssertEqual(try clips.endBlocking(), 2)
        }
        XCTAssertEqual(clips.list().map(\.id), ["happy/1", "sad/1"])
        try clips.confirmBlocking("sad/1")
        XCTAssertEqual(clips.list().map(\.isConfirmed), [false, true])
        XCTAssertThrowsError(try clips.removeBlocking(2)) { XCTAssertEqual(kind($0), "invalidOption") }
        try clips.removeBlocking(0)
        XCTAssertEqual(clips.list().map(\.label), [.sad])
        try clips.clearBlocking()
        XCTAssertEqual(clips.list(), [])
    }
}
