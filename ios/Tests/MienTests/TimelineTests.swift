import Foundation
import XCTest

@testable import Mien

final class TimelineTests: XCTestCase {
    private static let day = 86_400_000

    private func event(_ atMs: Int, _ label: String) -> TimelineEvent {
        TimelineEvent(
            atMs: atMs, durationMs: 100, label: label,
            probabilities: [
                LabelProbability(label: "happy", probability: 0.6), LabelProbability(label: "sad", probability: 0.4),
            ], adapted: true)
    }

    /// An engine that knows Wanda, and three events of the second day of 1970.
    private func recorded() async throws -> EmotionEngine {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let events = [event(Self.day, "happy"), event(Self.day + 500, "sad"), event(Self.day + 60_000, "happy")]
        let recorded = try await engine.timeline("Wanda").record(events, now: Date(timeIntervalSince1970: 86_400))
        XCTAssertEqual([recorded.added, recorded.replaced], [3, 0])
        return engine
    }

    func testBucketsAndTotalsCountEvents() async throws {
        let timeline = try await recorded().timeline("Wanda")
        let minutes = try await timeline.buckets(0..<2 * Self.day)
        XCTAssertEqual(minutes.map(\.tally.events), [2, 1])
        XCTAssertEqual(minutes.map(\.startMs), [Self.day, Self.day + 60_000])
        XCTAssertEqual(minutes[0].lengthMs, 60_000)
        XCTAssertEqual(minutes[0].tally.classes.map(\.label), ["happy", "sad"])
        XCTAssertEqual(minutes[0].tally.classes.map(\.events), [1, 1])
        XCTAssertEqual(minutes[0].tally.classes[0].share, 0.6, accuracy: 0.005)
        let total = try await timeline.total(0..<2 * Self.day, width: .day)
        XCTAssertEqual([total.events, total.adapted, total.observedMs], [3, 3, 300])
        XCTAssertEqual(try XCTUnwrap(total.affect).valence, 0.6 * 0.81 - 0.4 * 0.63, accuracy: 0.01)
        XCTAssertEqual(
            try XCTUnwrap(event(Self.day, "sad").affect).arousal, 0.6 * 0.51 - 0.4 * 0.27, accuracy: 1e-5)
        XCTAssertNil(Affect([LabelProbability(label: "bored", probability: 1)]))
    }

    func testRangesOfDatesAreRangesOfMilliseconds() async throws {
        let timeline = try await recorded().timeline("Wanda")
        let dates = Date(timeIntervalSince1970: 86_400)..<Date(timeIntervalSince1970: 86_400.6)
        let events = try await timeline.events(dates)
        XCTAssertEqual(events.map(\.atMs), [Self.day, Self.day + 500])
        let (byDate, byNumber) = (
            try await timeline.buckets(dates, width: .second),
            try await timeline.buckets(Self.day..<Self.day + 600, width: .second)
        )
        XCTAssertEqual(byDate, byNumber)
        let total = try await timeline.total(dates, width: .second)
        XCTAssertEqual(total.events, 2)
        let before = Date(timeIntervalSince1970: -1)..<Date()
        await assertThrows("invalidOption", "1970") { try await timeline.events(before) }
        await assertThrows("invalidOption", "start is -1") { try await timeline.events(-1..<5) }
    }

    func testEventsComeInOrderAndInParts() async throws {
        let timeline = try await recorded().timeline("Wanda")
        let first = try await timeline.events(0..<2 * Self.day, limit: 2)
        XCTAssertEqual(first.map(\.label), ["happy", "sad"])
        let rest = try await timeline.events(first[1].atMs + 1..<2 * Self.day, limit: 2)
        XCTAssertEqual(rest.map(\.atMs), [Self.day + 60_000])
        let replaced = try await timeline.record(
            [event(Self.day, "sad")], now: Date(timeIntervalSince1970: 86_400))
        XCTAssertEqual([replaced.added, replaced.replaced], [0, 1])
    }

    func testATimelineIsWritten() async throws {
        let timeline = try await recorded().timeline("Wanda")
        let table = try await timeline.exportEvents(0..<2 * Self.day, format: .csv)
        XCTAssertEqual(
            table.split(separator: "\n").first, "at_ms,duration_ms,label,adapted,p_happy,p_sad,valence,arousal")
        XCTAssertEqual(table.split(separator: "\n").count, 4)
        let text = try await timeline.exportBuckets(0..<2 * Self.day, width: .hour, format: .json)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        XCTAssertEqual(object?["clock"] as? String, "wall")
        XCTAssertEqual((object?["buckets"] as? [Any])?.count, 1)
    }

    func testWhatIsForgottenIsGone() async throws {
        let timeline = try await recorded().timeline("Wanda")
        let forgotten = try await timeline.forget(0..<Self.day + 1000)
        XCTAssertEqual(forgotten, 2)
        let again = try await timeline.forget(
            Date(timeIntervalSince1970: 0)..<Date(timeIntervalSince1970: 86_401))
        XCTAssertEqual(again, 0)
        let events = try await timeline.events(0..<2 * Self.day)
        XCTAssertEqual(events.count, 1)
    }

    func testAMediumHasATimelineOfItsOwn() async throws {
        let engine = try await recorded()
        let film = engine.timeline("Wanda", clock: .media(name: "film"))
        await assertThrows("invalidOption", "medium") { try await film.events(0..<1) }
        try await film.record([event(5, "sad")], now: Date(timeIntervalSince1970: 86_400))
        let summaries = try await engine.timeline("Wanda").summaries()
        XCTAssertEqual(summaries.map(\.clock), [.wall, .media(name: "film")])
        XCTAssertEqual(summaries.map(\.events), [3, 1])
        XCTAssertEqual(summaries[1].firstMs, 5)
    }

    func testBadEventsAreRefusedWhole() async throws {
        let timeline = try await recorded().timeline("Wanda")
        await assertThrows("invalidOption", "fear") {
            try await timeline.record([event(Self.day + 9, "happy"), event(Self.day + 10, "fear")])
        }
        await assertThrows("invalidOption", "durationMs") {
            try await timeline.record([
                TimelineEvent(atMs: 1, durationMs: -1, label: "happy", probabilities: [], adapted: false)
            ])
        }
        let events = try await timeline.events(0..<2 * Self.day)
        XCTAssertEqual(events.count, 3)
    }

    func testWhatIsPastItsTimeIsDropped() async throws {
        let engine = try await recorded()
        var options = try await engine.timeline("Wanda").options()
        XCTAssertEqual(options, TimelineOptions())
        options.retention.events = 7
        try await engine.timeline("Wanda").setOptions(options)
        let stored = try await engine.timeline("Wanda").options()
        XCTAssertEqual(stored, options)
        try await engine.pruneTimelines(now: Date(timeIntervalSince1970: 86_400 * 20))
        let left = try await engine.timeline("Wanda").events(0..<2 * Self.day)
        XCTAssertEqual(left.count, 3, "one step of the clock is not believed")
        for day in 6...20 {
            try await engine.pruneTimelines(now: Date(timeIntervalSince1970: 86_400 * Double(day)))
        }
        let events = try await engine.timeline("Wanda").events(0..<2 * Self.day)
        XCTAssertEqual(events, [])
        let minutes = try await engine.timeline("Wanda").buckets(0..<2 * Self.day)
        XCTAssertEqual(minutes.map(\.tally.events), [2, 1])
        options.offsetMinutes = 841
        await assertThrows("invalidOption", "841") {
            try await engine.timeline("Wanda").setOptions(options)
        }
    }

    func testAFaceOfAStreamBecomesAnEvent() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let video = try engine.video()
        var last: TrackedFace?
        for (index, frame) in try ClipFrames.rgbFrames().enumerated() {
            last = try await video.process(frame, timestampUs: index * 166_000).faces.first
            if index == 0 {
                let open = try XCTUnwrap(last)
                XCTAssert(open.unsure.contains(.identityOpen), "\(open)")
            }
        }
        let face = try XCTUnwrap(last)
        guard case .user(name: "Wanda", _)? = face.identity else { return XCTFail("\(face)") }
        let event = try XCTUnwrap(TimelineEvent(face, atMs: 7, durationMs: 166))
        XCTAssertEqual(event.label, face.label)
        let film = engine.timeline("Wanda", clock: .media(name: "clip"))
        try await film.record([event])
        let events = try await film.events(0..<100)
        XCTAssertEqual(events.map(\.label), ["sad"])
        XCTAssertEqual(events[0].durationMs, 166)
    }
}
