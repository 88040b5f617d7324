import Foundation
import XCTest

@testable import Mien

/// Tests of clips in the store, and of learning them later.
final class RecordingTests: XCTestCase {
    private func record(_ clips: Clips, _ label: EmotionLabel, name: String? = nil, file: URL? = nil) async throws {
        try clips.begin(label, name: name)
        try await clips.add(picture: try Data(contentsOf: file ?? wandas(label)[0]))
        try await clips.end()
    }

    private func wandas(_ label: EmotionLabel) throws -> [URL] {
        let folder = Material.fixture("adapt/woman/learn/\(label)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }

    private func recordAll(_ engine: EmotionEngine) async throws -> [ClipSummary] {
        let clips = try await engine.users.clips("Wanda")
        for label in [EmotionLabel.fear, .happy, .sad] {
            for file in try wandas(label) { try await record(clips, label, file: file) }
        }
        return clips.list()
    }

    func testClipsSurviveTheProcessUntilTheyAreRemoved() async throws {
        let folder = try Material.temporaryFolder(self)
        let first = try await engine(folder)
        try await enrollWanda(first)
        let clips = try await first.users.clips("Wanda", keepDays: 7)
        try await record(clips, "happy")
        try await record(clips, "sad", name: "mine")
        try await clips.confirm("mine")
        try clips.begin("fear")
        await assertThrows("invalidOption") { try await first.users.clips("Wanda", keepDays: 366) }
        await assertThrows("userNotFound") { try await first.users.clips("Nobody") }
        first.close()
        await assertThrows("closed") { try await clips.clear() }

        let second = try await engine(folder)
        let again = try await second.users.clips("Wanda")
        XCTAssertEqual(again.list().map(\.name), ["happy/1", "mine"])
        XCTAssertEqual(again.list().map(\.isConfirmed), [false, true])
        XCTAssertEqual(again.unusable, 0)
        await assertThrows("invalidOption") { try await second.users.adapt("Ben", clips: again) }
        try await again.remove(0)
        XCTAssertEqual(again.list().map(\.name), ["mine"])
        try await again.clear()
        try await record(again, "happy")
        try await second.pruneTimelines(now: Date(timeIntervalSinceNow: 8 * 86_400))
        let expired = try await second.users.clips("Wanda")
        XCTAssertEqual(expired.list(), [])
        second.close()
    }

    func testAUserWhoIsDueIsAdaptedInAnotherProcessAndKeepsTheClips() async throws {
        let folder = try Material.temporaryFolder(self)
        let first = try await engine(folder)
        try await enrollWanda(first)
        let recorded = try await recordAll(first)
        await assertThrows("userNotFound") { try await first.users.adaptLater("Nobody") }
        try await first.users.adaptLater("Wanda")
        first.close()

        let second = try await engine(folder)
        let due = try await second.users.due()
        XCTAssertEqual(due, ["Wanda"])
        let reports = try await second.users.adaptDue()
        XCTAssertEqual(reports["Wanda"]?.face.isAccepted, true)
        let left = try await second.users.due()
        XCTAssertEqual(left, [])
        let kept = try await second.users.clips("Wanda")
        XCTAssertEqual(kept.list(), recorded)
        try await kept.clear()
        // Too few clips: due no longer.
        try await second.users.adaptLater("Wanda")
        let none = try await second.users.adaptDue()
        XCTAssertEqual(none, [:])
        let after = try await second.users.due()
        XCTAssertEqual(after, [])
        second.close()
    }

    func testProgressOfThoseWhoAreDueComesOnTheCallersActor() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        _ = try await recordAll(engine)
        try await engine.users.adaptLater("Wanda")
        let told = try await Screen().adaptDue(engine)
        XCTAssertEqual(Set(told.map { [$0.user, $0.users] }), [[0, 1]])
        XCTAssertEqual(told.last.map { $0.progress.epoch }, told.last.map { $0.progress.epochs })
    }

    @MainActor
    private final class Screen {
        private var told: [(user: Int, users: Int, progress: AdaptProgress)] = []

        nonisolated init() {}

        func adaptDue(_ engine: EmotionEngine) async throws -> [(user: Int, users: Int, progress: AdaptProgress)] {
            _ = try await engine.users.adaptDue { user, users, progress in
                MainActor.assertIsolated()
                self.told.append((user, users, progress))
            }
            return told
        }
    }

    /// A task of the system.
    private final class SystemTask: ExpiringTask, @unchecked Sendable {
        var expirationHandler: (() -> Void)?
        let completed = AsyncStream.makeStream(of: Bool.self)

        func setTaskCompleted(success: Bool) {
            completed.continuation.yield(success)
        }

        func outcome() async -> Bool? {
            await completed.stream.first { _ in true }
        }
    }

    func testATaskAdaptsWhoIsDueAndSharesTheEngine() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        _ = try await recordAll(engine)
        try await engine.users.adaptLater("Wanda")
        let (reports, told) = AsyncStream.makeStream(of: [String: Adapted].self)
        let task = AdaptTask("learn", adapted: { told.yield($1) }, engine: { engine })
        let system = SystemTask()
        task.run(system) { XCTFail("nothing failed") }
        let success = await system.outcome()
        XCTAssertEqual(success, true)
        let report = await reports.first { _ in true }
        XCTAssertEqual(report?["Wanda"]?.face.isAccepted, true)
        XCTAssertFalse(engine.isClosed)
    }

    func testATaskThatExpiresOrFindsTheStoreInUseIsRequestedAgain() async throws {
        let folder = try Material.temporaryFolder(self)
        let engine = try await engine(folder)
        try await enrollWanda(engine)
        _ = try await recordAll(engine)
        try await engine.users.adaptLater("Wanda")

        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let waiting = AdaptTask("learn") {
            begin.yield()
            try await Task.sleep(nanoseconds: 60_000_000_000)
            return engine
        }
        let expiring = SystemTask()
        let expired = Flag()
        waiting.run(expiring) { expired.set() }
        _ = await begun.first { _ in true }
        expiring.expirationHandler?()
        let outcome = await expiring.outcome()
        XCTAssertEqual(outcome, false)
        XCTAssert(expired.isSet)

        let inUse = SystemTask()
        let again = Flag()
        AdaptTask("learn") { try await Mien.EmotionEngine.create(store: .unencrypted(folder: folder)) }.run(inUse) {
            again.set()
        }
        let refused = await inUse.outcome()
        XCTAssertEqual(refused, false)
        XCTAssert(again.isSet)
        let due = try await engine.users.due()
        XCTAssertEqual(due, ["Wanda"])

        // An error that stays is not tried again.
        let failing = SystemTask()
        AdaptTask("learn") { throw CocoaError(.fileNoSuchFile) }.run(failing) { XCTFail("requested again") }
        let failed = await failing.outcome()
        XCTAssertEqual(failed, false)
    }
}
