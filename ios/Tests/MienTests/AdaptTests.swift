import Foundation
import XCTest

@testable import Mien

final class AdaptTests: XCTestCase {
    /// What a closure that any thread calls was told.
    private final class Told<Value: Sendable>: @unchecked Sendable {
        private let lock = NSLock()
        private var told: [Value] = []
        var values: [Value] { lock.withLock { told } }
        func tell(_ value: Value) { lock.withLock { told.append(value) } }
    }

    func testAUsersHeadIsLearntRolledBackAndForward() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrolWanda(engine)
        let generic = try await probe(engine)
        XCTAssertEqual(generic?.adapted, false)
        let told = Told<TrainingProgress>()
        let report = try await engine.users.adapt(
            "Wanda", footage: try await recordWanda(engine), now: Date(timeIntervalSince1970: 2)
        ) { told.tell($0) }
        XCTAssert(report.accepted, report.reason)
        XCTAssertEqual(report.mode, .labelled)
        XCTAssertEqual(report.accuracyLearnt, 1)
        XCTAssertEqual(Dictionary(uniqueKeysWithValues: report.clips.map { ($0.label, $0.count) })["sad"], 6)
        XCTAssertGreaterThan(told.values.count, 10)
        XCTAssert(told.values.allSatisfy { $0.epoch <= $0.epochs && $0.loss.isFinite })
        let adapted = try await probe(engine)
        XCTAssertEqual(adapted?.label, "fear")
        XCTAssertEqual(adapted?.adapted, true)
        let user = try await engine.users.get("Wanda")
        XCTAssertEqual(user.activeGeneration, 1)
        XCTAssertEqual(user.generations.map(\.usable), [true])
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
        let enrolment = try await engine.users.enroll("Max")
        _ = try await enrolment.addPicture(try Material.bytes("adapt/man/learn/neutral/0000.jpg"))
        try await enrolment.finish()
        let footage = try engine.users.footage()
        let folder = Material.fixture("adapt/man/learn/neutral")
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            try footage.beginClip("neutral")
            try await footage.addPicture(try Data(contentsOf: file))
            try footage.endClip()
        }
        await assertThrows("notEnoughSamples", "neutral") { try await engine.users.adapt("Max", footage: footage) }
    }

    func testCancellingTheTaskKeepsTheOldHead() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrolWanda(engine)
        let footage = try await recordWanda(engine)
        let begun = Told<Int>()
        let task = Task {
            var fit = FitOptions(.logistic)
            fit.epochs = 100_000
            return try await engine.users.adapt(
                "Wanda", footage: footage, options: AdaptOptions(fit: fit, gate: false)
            ) { begun.tell($0.epoch) }
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
        try await enrolWanda(engine)
        let footage = try await recordWanda(engine)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await engine.users.adapt("Wanda", footage: footage)
        }
        task.cancel()
        await assertThrows("cancelled", "before") { try await task.value }
    }

    func testClosingTheEngineEndsAnAdaptation() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrolWanda(engine)
        let footage = try await recordWanda(engine)
        let begun = Told<Int>()
        let task = Task {
            var fit = FitOptions(.logistic)
            fit.epochs = 100_000
            return try await engine.users.adapt("Wanda", footage: footage, options: AdaptOptions(fit: fit)) {
                begun.tell($0.epoch)
            }
        }
        while begun.values.isEmpty { try await Task.sleep(nanoseconds: 1_000_000) }
        engine.close()
        await assertThrows("closed") { try await task.value }
    }

    func testTooLittleAndUnknownMaterialIsRefused() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrolWanda(engine)
        let empty = try engine.users.footage()
        await assertThrows("notEnoughSamples") { try await engine.users.adapt("Wanda", footage: empty) }
        let footage = try await recordWanda(engine)
        await assertThrows("userNotFound", "Nobody") { try await engine.users.adapt("Nobody", footage: footage) }
        await assertThrows("invalidOption", "folds") {
            try await engine.users.adapt("Wanda", footage: footage, options: AdaptOptions(folds: 1))
        }
        try footage.beginClip("hungry")
        try await footage.addPicture(try Material.bytes("pictures/obama.jpg"))
        try footage.endClip()
        await assertThrows("invalidOption", "hungry") { try await engine.users.adapt("Wanda", footage: footage) }
    }

    func testARateBeyondReasonDivergesAndKeepsTheOldHead() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrolWanda(engine)
        var fit = FitOptions(.singleAttention)
        fit.rate = .greatestFiniteMagnitude
        let options = AdaptOptions(head: .singleAttention, fit: fit, gate: false)
        let footage = try await recordWanda(engine)
        await assertThrows("trainingDiverged") {
            try await engine.users.adapt("Wanda", footage: footage, options: options)
        }
        let user = try await engine.users.get("Wanda")
        XCTAssertNil(user.activeGeneration)
    }

    func testFootageIsBegunEndedAndTakenBack() async throws {
        let footage = try await engineWithoutStore().users.footage()
        await assertThrows("invalidOption", "no clip") { try await footage.add(blank()) }
        await assertThrows("invalidOption", "no clip") { try footage.endClip() }
        try footage.beginClip("happy")
        await assertThrows("invalidOption", "open") { try footage.beginClip("sad") }
        let step = try await footage.add(blank())
        XCTAssertEqual(step, .noFace)
        XCTAssertEqual(try footage.endClip(), 0)
        XCTAssertEqual(footage.clips, [])
        try footage.beginClip(nil)
        let frames = try ClipFrames.rgbFrames()
        let first = try await footage.add(frames[0])
        XCTAssertEqual(first, .taken(frames: 1))
        try await footage.add(frames[5])
        XCTAssertEqual(try footage.endClip(), 2)
        XCTAssertEqual(footage.clips, [ClipSummary(label: nil, frames: 2)])
        await assertThrows("invalidOption", "1") { try footage.removeClip(1) }
        try footage.removeClip(0)
        XCTAssertEqual(footage.clips, [])
        try footage.beginClip("sad")
        footage.clear()
        await assertThrows("invalidOption") { try footage.endClip() }
    }
}
