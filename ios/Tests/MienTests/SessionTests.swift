import Foundation
import XCTest

@testable import Mien

final class SessionTests: XCTestCase {
    /// The time of a frame in the clip, which has about six frames per second.
    private func time(_ index: Int) -> Duration { .microseconds(index * 166_000) }

    func testAVideoSessionFollowsAFaceThroughEveryFrame() async throws {
        let video = try await engineWithoutStore().video()
        defer { video.close() }
        var results: [StreamResult] = []
        for (index, frame) in try ClipFrames.rgbFrames().enumerated() {
            results.append(try await video.process(frame, timestamp: time(index)))
        }
        XCTAssertEqual(results.map(\.timestamp), results.indices.map(time))
        XCTAssert(results.allSatisfy { $0.faces.count == 1 && $0.faces[0].track == 1 })
        XCTAssertEqual(results[0].events.first, .began(track: 1))
        let last = try XCTUnwrap(results.last?.faces.first)
        XCTAssertEqual(last.label, "sad")
        XCTAssertEqual(last.identity, .unknown(nearest: nil, reason: .nobodyEnrolled))
        XCTAssertEqual(try XCTUnwrap(last.emotion).probabilities.map(\.probability).reduce(0, +), 1, accuracy: 1e-5)
        let settled = results.flatMap(\.events).contains { event in
            if case .identitySettled(track: 1, _) = event { true } else { false }
        }
        XCTAssert(settled)
    }

    func testTheSameVideoGivesTheSameResults() async throws {
        let engine = try await engineWithoutStore()
        let frames = try ClipFrames.rgbFrames()
        var runs: [[StreamResult]] = []
        for _ in 0..<2 {
            let video = try engine.video()
            var results: [StreamResult] = []
            for index in 0..<8 { results.append(try await video.process(frames[index], timestamp: time(index))) }
            runs.append(results)
        }
        XCTAssertEqual(runs[0], runs[1])
    }

    func testASessionLearnsFromCorrectionsAndTakesThemBack() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let video = try engine.video()
        let frames = try ClipFrames.rgbFrames()
        var last: StreamResult?
        for index in 0..<8 { last = try await video.process(frames[index], timestamp: time(index)) }
        let first = try XCTUnwrap(last?.faces.first)
        let ranked = try XCTUnwrap(first.emotion).probabilities.sorted { $0.probability > $1.probability }
        let other = try XCTUnwrap(ranked.first { $0.label != first.label }).label
        let correction = try await video.correct(first.track, label: other, shown: first.label)
        XCTAssertTrue(correction.isTaken, "the second most probable emotion is believed")
        XCTAssertEqual(correction.user, "Wanda")
        XCTAssertEqual([correction.label, correction.contradicted], [other, first.label])
        XCTAssertNil(correction.refusal)
        XCTAssertGreaterThan(correction.frames, 2)
        for index in 8..<12 { last = try await video.process(frames[index], timestamp: time(index)) }
        XCTAssertEqual(last?.faces.first?.emotion?.isAdapted, true)
        // The head moves no further than these frames need, so others may still be answered as before.
        let chance = { (face: TrackedFace?) in
            try XCTUnwrap(face?.emotion?.probabilities.first { $0.label == other }).probability
        }
        XCTAssertGreaterThan(try chance(last?.faces.first), try chance(first))
        let report = try await engine.users.relearn("Wanda")
        XCTAssertEqual(report.corrections, 1)
        XCTAssertFalse(report.isAccepted)
        XCTAssertNil(report.generation)
        XCTAssertNil(report.lossEstimated)
        XCTAssertEqual(report.refusal, .tooFewClips)
        XCTAssertTrue(report.isPending)
        let undone = try await video.undo()
        XCTAssertEqual(undone, correction)
        let nothing = try await video.undo()
        XCTAssertEqual(nothing.refusal, .nothingToUndo)
        let nobodysCorrection = try await engine.users.undoCorrection("Wanda")
        XCTAssertNil(nobodysCorrection)
        for index in 12..<16 { last = try await video.process(frames[index], timestamp: time(index)) }
        let shown = last?.faces.first?.label
        let confirmed = try await video.confirm(first.track, shown: shown)
        XCTAssertNil(confirmed.contradicted)
        let takenBack = try await engine.users.undoCorrection("Wanda")
        XCTAssertEqual(takenBack, shown)
        let nobody = try await video.confirm(99)
        XCTAssertEqual(nobody.refusal, .noTrack)
        await assertThrows("invalidOption") { try await video.correct(first.track, label: "hungry") }
        video.close()
        await assertThrows("closed") { try await video.confirm(first.track) }
        let live = try engine.live(LiveOptions(minChange: 0))
        XCTAssertEqual(try live.submit(frames[0], timestamp: .zero), .taken)
        let seen = try await live.receive()
        let track = try XCTUnwrap(seen?.faces.first).track
        let open = try await live.correct(track, label: "sad")
        XCTAssertEqual(open.refusal, .identityOpen)
        live.close()
        await assertThrows("closed") { try await live.undo() }
    }

    func testALiveSessionLearnsFromAConfirmationAndTakesItBack() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let live = try engine.live(LiveOptions(minChange: 0))
        var last: StreamResult?
        for (index, frame) in try ClipFrames.rgbFrames().prefix(8).enumerated() {
            XCTAssertEqual(try live.submit(frame, timestamp: time(index)), .taken)
            last = try await live.receive()
        }
        let face = try XCTUnwrap(last?.faces.first)
        let nobody = try await live.confirm(99)
        XCTAssertEqual(nobody.refusal, .noTrack)
        let changed = try await live.confirm(face.track, shown: "bored")
        XCTAssertEqual(changed.refusal, .answerChanged)
        let confirmed = try await live.confirm(face.track, shown: face.label)
        XCTAssertNil(confirmed.refusal)
        XCTAssertEqual(confirmed.user, "Wanda")
        XCTAssertEqual(confirmed.label, face.label)
        let undone = try await live.undo()
        XCTAssertEqual(undone, confirmed)
        live.close()
        await assertThrows("closed") { try await live.confirm(face.track) }
    }

    func testTimeMustGoOn() async throws {
        let video = try await engineWithoutStore().video()
        _ = try await video.process(blank(), timestamp: .microseconds(5))
        await assertThrows("timestampOrder", "5") { try await video.process(blank(), timestamp: .microseconds(5)) }
        await assertThrows("timestampOrder") { try await video.process(blank(), timestamp: .microseconds(4)) }
        await assertThrows("invalidOption", "timestamp is -1e-06 seconds") {
            try await video.process(blank(), timestamp: .microseconds(-1))
        }
        let next = try await video.process(blank(), timestamp: .microseconds(6))
        XCTAssertEqual(next.timestamp, .microseconds(6))
    }

    func testAClosedVideoSessionSaysSo() async throws {
        let video = try await engineWithoutStore().video()
        for _ in 0..<2 {
            video.close()
            await assertThrows("closed", "video session") {
                try await video.process(blank(), timestamp: .microseconds(1))
            }
        }
    }

    func testALiveSessionGivesResultsUntilItIsClosed() async throws {
        let live = try await engineWithoutStore().live(LiveOptions(minChange: 0))
        let frames = try ClipFrames.rgbFrames()
        let reader = Task {
            var times: [Duration] = []
            for try await result in live.results { times.append(result.timestamp) }
            return times
        }
        for index in 0..<6 {
            XCTAssertEqual(try live.submit(frames[index], timestamp: time(index)), .taken)
            while live.statistics.pending > 0 { try await Task.sleep(nanoseconds: 1_000_000) }
        }
        live.finish()
        await assertThrows("closed") { try live.submit(frames[6], timestamp: time(6)) }
        let times = try await reader.value
        XCTAssertEqual(times, (0..<6).map(time))
        live.close()
        let after = try await live.receive()
        XCTAssertNil(after)
    }

    func testTheNewestFrameWinsAndDropsAreCounted() async throws {
        let live = try await engineWithoutStore().live(LiveOptions(targetFps: 240, minChange: 0))
        let frames = try ClipFrames.rgbFrames()
        for index in 0..<frames.count {
            XCTAssertEqual(try live.submit(frames[index], timestamp: time(index)), .taken)
        }
        var newest = Duration.zero
        while newest < time(frames.count - 1) {
            let result = try await live.receive()
            newest = try XCTUnwrap(result).timestamp
        }
        let statistics = live.statistics
        XCTAssertEqual(newest, time(frames.count - 1))
        XCTAssertEqual(statistics.submitted, frames.count)
        XCTAssertEqual(statistics.processed + statistics.dropped, frames.count)
        XCTAssertGreaterThan(statistics.dropped, 0)
        XCTAssertEqual(statistics.failed, 0)
        live.close()
    }

    func testFramesBeforeTheirTurnAndWithoutChangeAreSkipped() async throws {
        let live = try await engineWithoutStore().live()
        let frame = try ClipFrames.rgbFrames()[0]
        XCTAssertEqual(try live.submit(frame, timestamp: .zero), .taken)
        XCTAssertEqual(try live.submit(frame, timestamp: .microseconds(1)), .paced)
        XCTAssertEqual(try live.submit(frame, timestamp: .microseconds(100_000)), .unchanged)
        let result = try await live.receive()
        XCTAssertEqual(result?.faces.count, 1)
        let statistics = live.statistics
        XCTAssertEqual([statistics.submitted, statistics.paced, statistics.unchanged], [3, 1, 1])
        live.close()
    }

    func testABadFrameOrTimeIsRefusedWhereItIsHandedIn() async throws {
        let live = try await engineWithoutStore().live()
        try live.submit(blank(), timestamp: .microseconds(10))
        await assertThrows("timestampOrder") { try live.submit(blank(), timestamp: .microseconds(10)) }
        let short = Frame(format: .gray8, width: 4, height: 4, planes: [Data(count: 15)])
        await assertThrows("invalidFrame") { try live.submit(short, timestamp: .microseconds(20)) }
        XCTAssertEqual(live.statistics.failed, 0)
        live.close()
    }

    func testAClosedLiveSessionTakesNothingAndItsResultsEnd() async throws {
        let live = try await engineWithoutStore().live()
        for _ in 0..<2 {
            live.close()
            await assertThrows("closed") { try live.submit(blank(), timestamp: .microseconds(1)) }
        }
        for try await result in live.results { XCTFail("\(result)") }
        let next = try await live.receive()
        XCTAssertNil(next)
    }

    func testTheEndOfASessionWakesWhoWaits() async throws {
        let live = try await engineWithoutStore().live()
        let reader = Task { try await live.receive() }
        try await Task.sleep(nanoseconds: 20_000_000)
        live.close()
        let result = try await reader.value
        XCTAssertNil(result)
    }

    func testACancelledReaderStopsAndTheSessionGoesOn() async throws {
        let live = try await engineWithoutStore().live()
        let stream = Task { for try await _ in live.results {} }
        let reader = Task { try await live.receive() }
        try await Task.sleep(nanoseconds: 20_000_000)
        stream.cancel()
        reader.cancel()
        try await stream.value
        await assertThrows("cancelled") { try await reader.value }
        let frame = try ClipFrames.rgbFrames()[0]
        XCTAssertEqual(try live.submit(frame, timestamp: .zero), .taken)
        let result = try await live.receive()
        XCTAssertEqual(result?.faces.count, 1)
        live.close()
    }

    func testAClosedEngineWakesWhoWaitsForResults() async throws {
        let engine = try await engineWithoutStore()
        let sessions = try (0..<4).map { _ in try engine.live() }
        let readers = sessions.map { live in Task { try await live.receive() } }
        let streams = sessions.map { live in Task { for try await _ in live.results {} } }
        try await Task.sleep(nanoseconds: 50_000_000)
        engine.close()
        for reader in readers {
            let result = try await reader.value
            XCTAssertNil(result)
        }
        for stream in streams { try await stream.value }
        for live in sessions { await assertThrows("closed") { try live.submit(blank(), timestamp: .microseconds(1)) } }
    }

    func testAFrameThatIsHandedInBesideTheEnginesEndIsTakenOrClosed() async throws {
        let frame = try ClipFrames.rgbFrames()[0]
        for round in 0..<10 {
            let engine = try await engineWithoutStore()
            let live = try engine.live(LiveOptions(targetFps: 240, minChange: 0))
            let feeding = Task.detached {
                var time = 0
                while true {
                    time += 10_000
                    try live.submit(frame, timestamp: .microseconds(time))
                }
            }
            let reading = Task { for try await _ in live.results {} }
            try await Task.sleep(nanoseconds: UInt64(round) * 3_000_000)
            engine.close()
            let outcome = await feeding.result
            XCTAssertThrowsError(try outcome.get()) { XCTAssertEqual(kind($0), "closed") }
            try await reading.value
        }
    }

    func testClosingDoesNotWaitForTheFrameAtWork() async throws {
        let engine = try await engineWithoutStore()
        let frames = try ClipFrames.rgbFrames()
        var returnedDuringWork = 0
        for _ in 0..<10 {
            let live = try engine.live()
            try live.submit(frames[0], timestamp: .zero)
            try await Task.sleep(nanoseconds: 2_000_000)
            live.close()
            if live.statistics.pending == 1 { returnedDuringWork += 1 }
            let end = try await live.receive()
            XCTAssertNil(end)
        }
        XCTAssertGreaterThan(returnedDuringWork, 0)
    }

    func testAClosedEngineEndsItsSessions() async throws {
        let engine = try await engineWithoutStore()
        let (video, live) = (try engine.video(), try engine.live())
        XCTAssertFalse(engine.isClosed)
        engine.close()
        engine.close()
        XCTAssert(engine.isClosed)
        await assertThrows("closed") { try await video.process(blank(), timestamp: .microseconds(1)) }
        await assertThrows("closed") { try live.submit(blank(), timestamp: .microseconds(1)) }
        let next = try await live.receive()
        XCTAssertNil(next)
        await assertThrows("closed") { try engine.video() }
        await assertThrows("closed") { try engine.live() }
        await assertThrows("closed") { try engine.users.clips() }
        await assertThrows("closed") { try await engine.process(blank()) }
        await assertThrows("closed") { try await engine.users.list() }
        XCTAssertEqual(engine.labels.count, 7)
    }
}
