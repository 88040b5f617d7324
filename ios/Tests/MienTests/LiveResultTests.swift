import Foundation
import MienFFI
import XCTest

@testable import Mien

/// How live sessions hand out their results and how long calls wait; `LiveResultsTest.kt` says the same of Kotlin.
final class LiveResultTests: XCTestCase {
    #if os(Linux)
    /// Returns how often each thread of this process, or each one of a name, went to sleep so far, except the main
    /// thread, on which XCTest waits for the test.
    private func sleeps(named name: String? = nil) throws -> [String: Int] {
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
        return tasks.reduce(into: [:]) { counts, task in
            guard let status = try? String(contentsOfFile: "/proc/self/task/\(task)/status", encoding: .utf8) else {
                return
            }
            let values = status.split(separator: "\n").map { $0.split(separator: ":", maxSplits: 1).map(String.init) }
            func value(_ key: String) -> String? {
                values.first { $0[0] == key }?.last?.trimmingCharacters(in: .whitespaces)
            }
            guard task != String(getpid()), name == nil || value("Name") == name else { return }
            counts[task] = value("voluntary_ctxt_switches").flatMap { Int($0) }
        }
    }

    /// Returns how often they did since then.
    private func sleeps(since before: [String: Int], named name: String? = nil) throws -> Int {
        try sleeps(named: name).reduce(0) { $0 + $1.value - (before[$1.key] ?? 0) }
    }

    func testIdleSessionsWhoseResultsAreAwaitedWakeNoThread() async throws {
        let engine = try await engineWithoutStore()
        /// XCTest itself wakes threads while it waits for a test.
        func sleepsOfThreeSeconds() async throws -> (own: Int, all: Int) {
            try await Task.sleep(nanoseconds: 500_000_000)
            let (own, all) = (try sleeps(named: "mien-live"), try sleeps())
            try await Task.sleep(nanoseconds: 3_000_000_000)
            return (try sleeps(since: own, named: "mien-live"), try sleeps(since: all))
        }
        let without = try await sleepsOfThreeSeconds()
        let sessions = try (0..<4).map { _ in try engine.live() }
        let readers = sessions.map { live in Task { for try await _ in live.results {} } }
        let with = try await sleepsOfThreeSeconds()
        print("cost: wakeups of all threads in 3 s: \(without.all); with four idle live sessions: \(with.all)")
        XCTAssertGreaterThanOrEqual(try sleeps(named: "mien-live").count, 4)
        XCTAssertEqual(with.own, 0)
        // A reader that polls ten times a second makes 120 more.
        XCTAssertLessThan(with.all, without.all + 60)
        for live in sessions { live.close() }
        for reader in readers { try await reader.value }
    }
    #endif

    func testClosingEndsTheResultsAtOnceAndDropsWhatWasNotRead() async throws {
        for closesEngine in [false, true] {
            let engine = try await engineWithoutStore()
            let (live, unread) = (try engine.live(), try engine.live())
            let readers = (0..<2).map { _ in
                Task {
                    var count = 0
                    for try await _ in live.results { count += 1 }
                    return count
                }
            }
            try unread.submit(try ClipFrames.rgbFrames()[0], timestamp: .zero)
            while unread.statistics.processed < 1 { try await Task.sleep(nanoseconds: 2_000_000) }
            let start = DispatchTime.now().uptimeNanoseconds
            if closesEngine { engine.close() } else { live.close() }
            for reader in readers {
                let count = try await reader.value
                XCTAssertEqual(count, 0)
            }
            let took = (DispatchTime.now().uptimeNanoseconds - start) / 1000
            print("cost: closing \(closesEngine ? "an engine" : "a session") wakes readers in \(took) us")
            unread.close()
            let rest = try await unread.receive()
            XCTAssertNil(rest)
            await assertThrows("closed") { try unread.receiveBlocking(timeout: .seconds(60)) }
        }
    }

    func testACancelledReaderTakesNoResultWithIt() async throws {
        let live = try await engineWithoutStore().live(LiveOptions(minChange: 0))
        let reader = Task { for try await _ in live.results {} }
        try await Task.sleep(nanoseconds: 50_000_000)
        reader.cancel()
        try await reader.value
        let frame = try ClipFrames.rgbFrames()[0]
        try live.submit(frame, timestamp: .microseconds(7))
        let result = try await live.receive()
        XCTAssertEqual(result?.timestamp, .microseconds(7))
        live.close()
    }

    func testEveryResultReachesOneOfSeveralReadersTheLastOnesAfterFinish() async throws {
        let live = try await engineWithoutStore().live(LiveOptions(targetFps: 240, minChange: 0))
        let readers = (0..<3).map { _ in
            Task {
                var times: [Duration] = []
                for try await result in live.results { times.append(result.timestamp) }
                return times
            }
        }
        for index in 1...20 {
            try live.submit(blank(), timestamp: .microseconds(index * 10_000))
            while live.statistics.pending > 0 { try await Task.sleep(nanoseconds: 1_000_000) }
        }
        live.finish()
        var seen: [Duration] = []
        for reader in readers { seen += try await reader.value }
        XCTAssertEqual(seen.sorted(), (1...20).map { .milliseconds($0 * 10) })
        live.close()
    }

    func testAFrameThatFailedIsAResultWithAnError() throws {
        let failed = MienFFI.StreamResult(
            timestampUs: 9, width: 640, height: 480, faces: [], events: [], detected: false, speech: nil,
            error: .Failed(kind: .internal, text: "a network failed", details: nil))
        let result = Mien.StreamResult(failed)
        XCTAssertEqual(result.error, MienError(.internal, "a network failed"))
        XCTAssertEqual([result.width, result.height, result.faces.count], [640, 480, 0])
        XCTAssertEqual(result.timestamp, .microseconds(9))
    }

    func testAResultHasTheSizeOfTheUprightFrame() async throws {
        let engine = try await engineWithoutStore()
        let (width, height) = (64, 48)
        for (rotation, size) in [(0, [64, 48]), (90, [48, 64])] {
            let frame = Frame(
                format: .gray8, width: width, height: height, planes: [Data(count: width * height)],
                rotationDegrees: rotation)
            let still = try await engine.process(frame)
            XCTAssertEqual([still.width, still.height], size)
            XCTAssertEqual(try engine.processBlocking(frame), still)
            let video = try engine.video()
            let first = try await video.process(frame, timestamp: .zero)
            XCTAssertEqual([first.width, first.height], size)
            XCTAssertEqual(try video.processBlocking(frame, timestamp: .microseconds(1)).width, size[0])
            let live = try engine.live()
            try live.submit(frame, timestamp: .zero)
            let result = try await live.receive()
            XCTAssertEqual([result?.width, result?.height], size)
            XCTAssertNil(result?.error)
            live.close()
        }
    }

    func testThePaceChangesWhileASessionRuns() async throws {
        let live = try await engineWithoutStore().live(LiveOptions(targetFps: 0.1, minChange: 0))
        XCTAssertEqual(live.pace, LivePace(targetFps: 0.1, minChange: 0))
        let taken = { (start: Int) in
            try (0..<30).filter { try live.submit(blank(), timestamp: .microseconds(start + $0 * 33_333)) == .taken }
                .count
        }
        XCTAssertEqual(try taken(0), 1)
        var pace = live.pace
        pace.targetFps = 30
        try live.setPace(pace)
        XCTAssert((28...30).contains(try taken(1_000_000)))
        pace.power = .saver
        try live.setPace(pace)
        XCTAssert((4...6).contains(try taken(2_000_000)))
        await assertThrows("invalidOption") { try live.setPace(LivePace(targetFps: 0)) }
        XCTAssertEqual(live.pace, pace)
        live.close()
    }

    func testQuestionsOfAnEnrollmentDoNotWaitForAFrame() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        let enrollment = try await engine.users.enroll("Anna")
        let file = try Material.bytes("pictures/multi_face.jpg")
        func time(_ work: () throws -> Void) rethrows -> UInt64 {
            let start = DispatchTime.now().uptimeNanoseconds
            try work()
            return DispatchTime.now().uptimeNanoseconds - start
        }
        let look = try time { _ = try enrollment.addBlocking(picture: file) }
        var waits: [UInt64] = []
        for _ in 0..<8 {
            let adding = Task.detached { try enrollment.addBlocking(picture: file) }
            try await Task.sleep(nanoseconds: look / 4)
            waits.append(
                time {
                    XCTAssertEqual(enrollment.count, 0)
                    XCTAssertFalse(enrollment.isComplete || enrollment.isMixture)
                    XCTAssertEqual(enrollment.people(), [])
                })
            _ = try await adding.value
        }
        XCTAssertLessThan(waits.min() ?? .max, look / 4)
    }

    func testAnEngineClosesWithoutWaitingAndItsStoreIsFreeAfterwards() async throws {
        let folder = try Material.temporaryFolder(self)
        for _ in 0..<5 {
            let engine = try await engine(folder)
            let clips = try engine.users.clips()
            try clips.begin("happy")
            try clips.addBlocking(picture: try Material.bytes("pictures/obama.jpg"))
            try await clips.end()
            let writing = Task { try await engine.setSetting("name", value: Data(count: 60_000)) }
            engine.close()
            XCTAssert(engine.isClosed)
            XCTAssertEqual(clips.list(), [])
            await assertThrows("closed") { try await engine.users.list() }
            await engine.awaitClosed()
            _ = await writing.result
        }
        // Waits for the engine that is being closed by itself.
        let one = try await engine(folder)
        one.close()
        let next = try await engine(folder)
        next.close()
        await next.awaitClosed()
    }

    func testProgressComesConflatedOnTheCallersActor() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let told = try await Screen().adapt(engine, try await recordWanda(engine))
        XCTAssertGreaterThan(told.count, 0)
        XCTAssertEqual(told.last?.epoch, told.last?.epochs, "the last one is not lost")
        XCTAssertLessThan(told.count, 100, "a slow screen misses some")
    }

    @MainActor
    private final class Screen {
        private var told: [AdaptProgress] = []

        nonisolated init() {}

        func adapt(_ engine: EmotionEngine, _ clips: Clips) async throws -> [AdaptProgress] {
            var fit = FitOptions(.logistic)
            fit.epochs = 300
            _ = try await engine.users.adapt(
                "Wanda", clips: clips, options: AdaptOptions(fit: fit, folds: 2, isGated: false)
            ) { progress in
                MainActor.assertIsolated()
                self.told.append(progress)
                Thread.sleep(forTimeInterval: 0.02)
            }
            return told
        }
    }
}
