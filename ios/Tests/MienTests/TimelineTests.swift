import Foundation
import XCTest

@testable import Mien

final class TimelineTests: XCTestCase {
    private static let day = 86_400_000

    /// The time this many milliseconds after the origin.
    private func at<Time: TimelineTime>(_ milliseconds: Int) -> Time { Time(timelineMilliseconds: milliseconds) }

    private func event<Time: TimelineTime>(_ milliseconds: Int, _ label: EmotionLabel) -> TimelineEvent<Time> {
        TimelineEvent(
            at: at(milliseconds), duration: .milliseconds(100), label: label,
            probabilities: [
                LabelProbability(label: "happy", probability: 0.6), LabelProbability(label: "sad", probability: 0.4),
            ], isAdapted: true)
    }

    /// An engine that knows Wanda, and three events of the second day of 1970.
    private func recorded() async throws -> EmotionEngine {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let events: [TimelineEvent<Date>] = [
            event(Self.day, "happy"), event(Self.day + 500, "sad"), event(Self.day + 60_000, "happy"),
        ]
        let recorded = try await engine.timeline(of: "Wanda").record(events, now: Date(timeIntervalSince1970: 86_400))
        XCTAssertEqual([recorded.added, recorded.replaced], [3, 0])
        return engine
    }

    func testBucketsAndTotalsCountEvents() async throws {
        let timeline = try await recorded().timeline(of: "Wanda")
        let minutes = try await timeline.buckets(at(0)..<at(2 * Self.day))
        XCTAssertEqual(minutes.map(\.tally.events), [2, 1])
        XCTAssertEqual(minutes.map(\.start), [at(Self.day), at(Self.day + 60_000)])
        XCTAssertEqual(minutes[0].length, .seconds(60))
        XCTAssertEqual(minutes[0].tally.classes.map(\.label), ["happy", "sad"])
        XCTAssertEqual(minutes[0].tally.classes.map(\.events), [1, 1])
        XCTAssertEqual(minutes[0].tally.classes[0].share, 0.6, accuracy: 0.005)
        let total = try await timeline.total(at(0)..<at(2 * Self.day), width: .day)
        XCTAssertEqual([total.events, total.adapted], [3, 3])
        XCTAssertEqual(total.observed, .milliseconds(300))
        XCTAssertEqual(try XCTUnwrap(total.affect).valence, 0.6 * 0.81 - 0.4 * 0.63, accuracy: 0.01)
        XCTAssertEqual(
            try XCTUnwrap((event(Self.day, "sad") as TimelineEvent<Date>).affect).arousal, 0.6 * 0.51 - 0.4 * 0.27,
            accuracy: 1e-5)
        XCTAssertNil(Affect([LabelProbability(label: "bored", probability: 1)]))
    }

    func testTimesAreKeptToTheMillisecond() async throws {
        let timeline = try await recorded().timeline(of: "Wanda")
        let dates = Date(timeIntervalSince1970: 86_400)..<Date(timeIntervalSince1970: 86_400.6)
        let events = try await timeline.events(dates)
        XCTAssertEqual(events.map(\.at), [at(Self.day), at(Self.day + 500)])
        let seconds = try await timeline.buckets(dates, width: .second)
        XCTAssertEqual(seconds.map(\.tally.events), [2])
        let total = try await timeline.total(dates, width: .second)
        XCTAssertEqual(total.events, 2)
        let before = Date(timeIntervalSince1970: -1)..<Date()
        await assertThrows("invalidOption", "the range's start cannot be stored") {
            try await timeline.events(before)
        }
        await assertThrows("invalidOption", "the range's end") {
            try await timeline.events(at(0)..<Date(timeIntervalSince1970: 1e17))
        }
    }

    func testATimeIsAWholeNumberOfMilliseconds() throws {
        for milliseconds in [0, 1, 999, 86_400_000, 1_790_000_000_123] {
            XCTAssertEqual(Date(timelineMilliseconds: milliseconds).timelineMilliseconds, milliseconds)
            XCTAssertEqual(Duration(timelineMilliseconds: milliseconds).timelineMilliseconds, milliseconds)
        }
        XCTAssertEqual(Duration.microseconds(1999).timelineMilliseconds, 1, "rounded down")
        XCTAssertNil(Duration.nanoseconds(-1).timelineMilliseconds)
        XCTAssertNil(Duration.seconds(Int64.max).timelineMilliseconds)
        XCTAssertNil(Date(timeIntervalSince1970: -0.001).timelineMilliseconds)
        XCTAssertNil(Date(timeIntervalSince1970: .infinity).timelineMilliseconds)
        XCTAssertNil(Date(timeIntervalSince1970: 1e17).timelineMilliseconds)
    }

    func testEventsComeInOrderAndInParts() async throws {
        let timeline = try await recorded().timeline(of: "Wanda")
        let first = try await timeline.events(at(0)..<at(2 * Self.day), limit: 2)
        XCTAssertEqual(first.map(\.label), ["happy", "sad"])
        let rest = try await timeline.events(first[1].at.addingTimeInterval(0.001)..<at(2 * Self.day), limit: 2)
        XCTAssertEqual(rest.map(\.at), [at(Self.day + 60_000)])
        let replaced = try await timeline.record(
            [event(Self.day, "sad")], now: Date(timeIntervalSince1970: 86_400))
        XCTAssertEqual([replaced.added, replaced.replaced], [0, 1])
    }

    func testATimelineIsWritten() async throws {
        let timeline = try await recorded().timeline(of: "Wanda")
        let table = try await timeline.exportEvents(at(0)..<at(2 * Self.day), format: .csv)
        XCTAssertEqual(
            table.split(separator: "\n").first, "at_ms,duration_ms,label,adapted,p_happy,p_sad,valence,arousal")
        XCTAssertEqual(table.split(separator: "\n").count, 4)
        let text = try await timeline.exportBuckets(at(0)..<at(2 * Self.day), width: .hour, format: .json)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        XCTAssertEqual(object?["clock"] as? String, "wall")
        XCTAssertEqual((object?["buckets"] as? [Any])?.count, 1)
    }

    func testWhatIsForgottenIsGone() async throws {
        let timeline = try await recorded().timeline(of: "Wanda")
        let forgotten = try await timeline.forget(at(0)..<at(Self.day + 1000))
        XCTAssertEqual(forgotten, 2)
        let again = try await timeline.forget(
            Date(timeIntervalSince1970: 0)..<Date(timeIntervalSince1970: 86_401))
        XCTAssertEqual(again, 0)
        let events = try await timeline.events(at(0)..<at(2 * Self.day))
        XCTAssertEqual(events.count, 1)
    }

    func testAMediumHasATimelineOfItsOwn() async throws {
        let engine = try await recorded()
        let film = engine.timeline(of: "Wanda", medium: "film")
        await assertThrows("invalidOption", "medium") { try await film.events(.zero ..< .seconds(1)) }
        try await film.record([event(5, "sad")], now: Date(timeIntervalSince1970: 86_400))
        try await engine.timeline(of: "Wanda", medium: "a film").record([event(7, "sad")])
        let timelines = try await engine.users.timelines(of: "Wanda")
        XCTAssertEqual([timelines.wall?.events, timelines.wall?.labels.count], [3, 2])
        XCTAssertEqual(timelines.wall?.first, at(Self.day))
        XCTAssertEqual(timelines.wall?.last, at(Self.day + 60_000))
        XCTAssertNil(timelines.wall?.medium)
        XCTAssertNil(timelines.wall?.eventsKeptFrom)
        XCTAssertEqual(timelines.media.map(\.medium), ["film", "a film"], "oldest first")
        XCTAssertEqual(timelines.media.map(\.first), [.milliseconds(5), .milliseconds(7)])
        XCTAssertEqual(try JSONDecoder().decode(UserTimelines.self, from: JSONEncoder().encode(timelines)), timelines)
    }

    func testBadEventsAreRefusedWhole() async throws {
        let timeline = try await recorded().timeline(of: "Wanda")
        await assertThrows("invalidOption", "fear") {
            try await timeline.record([event(Self.day + 9, "happy"), event(Self.day + 10, "fear")])
        }
        for (what, at, duration) in [
            ("duration is -1.0 seconds", 1.0, Duration.seconds(-1)), ("at cannot be stored", -1, .zero),
        ] {
            let at = Date(timeIntervalSince1970: at)
            await assertThrows("invalidOption", what) {
                try await timeline.record([
                    TimelineEvent(at: at, duration: duration, label: "happy", probabilities: [], isAdapted: false)
                ])
            }
        }
        await assertThrows("invalidOption", "hour") {
            var long: TimelineEvent<Date> = event(Self.day + 9, "happy")
            long.duration = .seconds(1 << 40)
            try await timeline.record([long])
        }
        let events = try await timeline.events(at(0)..<at(2 * Self.day))
        XCTAssertEqual(events.count, 3)
    }

    func testWhatIsPastItsTimeIsDropped() async throws {
        let engine = try await recorded()
        var options = try await engine.users.timelineOptions(of: "Wanda")
        XCTAssertEqual(options, TimelineOptions())
        options.retention.events = 7
        try await engine.users.setTimelineOptions(options, of: "Wanda")
        let stored = try await engine.users.timelineOptions(of: "Wanda")
        XCTAssertEqual(stored, options)
        try await engine.pruneTimelines(now: Date(timeIntervalSince1970: 86_400 * 20))
        let left = try await engine.timeline(of: "Wanda").events(at(0)..<at(2 * Self.day))
        XCTAssertEqual(left.count, 3, "one step of the clock is not believed")
        for day in 6...20 {
            try await engine.pruneTimelines(now: Date(timeIntervalSince1970: 86_400 * Double(day)))
        }
        let events = try await engine.timeline(of: "Wanda").events(at(0)..<at(2 * Self.day))
        XCTAssertEqual(events, [])
        let minutes = try await engine.timeline(of: "Wanda").buckets(at(0)..<at(2 * Self.day))
        XCTAssertEqual(minutes.map(\.tally.events), [2, 1])
        options.offsetMinutes = 841
        await assertThrows("invalidOption", "841") {
            try await engine.users.setTimelineOptions(options, of: "Wanda")
        }
    }

    func testAFaceOfAStreamBecomesAnEvent() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let video = try engine.video()
        var last: TrackedFace?
        for (index, frame) in try ClipFrames.rgbFrames().enumerated() {
            last = try await video.process(frame, timestamp: .microseconds(index * 166_000)).faces.first
            if index == 0 {
                let open = try XCTUnwrap(last)
                XCTAssert(open.unsure.contains(.identityOpen), "\(open)")
            }
        }
        let face = try XCTUnwrap(last)
        guard case .user(name: "Wanda", _)? = face.identity else { return XCTFail("\(face)") }
        let event = try XCTUnwrap(TimelineEvent(face, at: Duration.milliseconds(7), duration: .milliseconds(166)))
        XCTAssertEqual(event.label, face.label)
        let film = engine.timeline(of: "Wanda", medium: "clip")
        try await film.record([event])
        let events = try await film.events(.zero ..< .milliseconds(100))
        XCTAssertEqual(events.map(\.label), ["sad"])
        XCTAssertEqual(events[0].duration, .milliseconds(166))
    }
}
