import Foundation
import XCTest

@testable import Mien

final class ConcurrencyTests: XCTestCase {
    func testManyTasksGetTheSameAnswer() async throws {
        let engine = try await engineWithoutStore()
        let file = try Material.bytes("pictures/obama.jpg")
        let expected = try await engine.process(picture: file)
        try await withThrowingTaskGroup(of: FrameResult.self) { group in
            for _ in 0..<16 { group.addTask { try await engine.process(picture: file) } }
            for try await result in group { XCTAssertEqual(result, expected) }
        }
    }

    func testUsersAreEnrolledWhileOthersLook() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        let file = try Material.bytes("pictures/biden.jpg")
        let looking = Task {
            var count = 0
            while !Task.isCancelled {
                guard (try? await engine.process(picture: file)) != nil else { break }
                count += 1
            }
            return count
        }
        try await enrollWanda(engine)
        looking.cancel()
        let count = await looking.value
        XCTAssertGreaterThan(count, 0)
        let users = try await engine.users.list()
        XCTAssertEqual(users.map(\.name), ["Wanda"])
    }

    func testFramesOfManyTasksAreAddedOneByOne() async throws {
        let clips = try await engineWithoutStore().users.clips()
        try clips.begin("happy")
        let frames = try ClipFrames.rgbFrames()
        try await withThrowingTaskGroup(of: ClipStep.self) { group in
            for frame in frames.prefix(8) { group.addTask { try await clips.add(frame) } }
            var counts: Set<Int> = []
            for try await step in group {
                guard case .taken(let count) = step else { return XCTFail("\(step)") }
                counts.insert(count)
            }
            XCTAssertEqual(counts, Set(1...8))
        }
        XCTAssertEqual(try clips.endBlocking(), 8)
    }

    func testClosingWhileOthersLookGivesResultsOrClosed() async throws {
        let engine = try await engineWithoutStore()
        let file = try Material.bytes("pictures/obama.jpg")
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    do {
                        return try await engine.process(picture: file).faces.isEmpty ? "none" : "face"
                    } catch {
                        return kind(error)
                    }
                }
            }
            engine.close()
            for try await outcome in group { XCTAssert(["face", "closed"].contains(outcome), outcome) }
        }
    }

    func testACancelledTaskDoesNotLook() async throws {
        let engine = try await engineWithoutStore()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await engine.process(blank())
        }
        task.cancel()
        await assertThrows("cancelled") { try await task.value }
    }

    func testTwoEnginesLiveSideBySide() async throws {
        let folders = [try Material.temporaryFolder(self), try Material.temporaryFolder(self)]
        let (one, other) = (try await engine(folders[0]), try await engine(folders[1]))
        try await enrollWanda(one)
        let (ones, others) = (try await one.users.list(), try await other.users.list())
        XCTAssertEqual([ones.count, others.count], [1, 0])
        await assertThrows("storage") { try await engine(folders[0]) }
        one.close()
        let again = try await engine(folders[0]).users.list()
        XCTAssertEqual(again.count, 1)
    }

    func testObjectsOutliveTheEngineThatMadeThem() async throws {
        let video: VideoSession = try await {
            let engine = try await engineWithoutStore()
            return try engine.video()
        }()
        let result = try await video.process(try ClipFrames.rgbFrames()[0], timestamp: .zero)
        XCTAssertEqual(result.faces.count, 1)
    }

    func testResultsCrossActors() async throws {
        let engine = try await engineWithoutStore()
        let label = try await Shown().show(engine, try Material.bytes("pictures/obama.jpg"))
        XCTAssertEqual(label, "happy")
    }

    @MainActor
    private final class Shown {
        private var result: FrameResult?

        nonisolated init() {}

        func show(_ engine: EmotionEngine, _ file: Data) async throws -> EmotionLabel? {
            result = try await engine.process(picture: file)
            return result?.faces.first?.emotion?.label
        }
    }
}
