import Foundation
import XCTest

@testable import Mien

/// Tests of objects that are closed, or closed by another thread during a call, as receiver and as argument.
final class ClosedTests: XCTestCase {
    /// An engine that knows Wanda, with one object of each kind that it creates.
    private struct World: Sendable {
        let engine: EmotionEngine
        let users: Users
        let timeline: EmotionTimeline<Duration>
        let clips: Clips
        let enrollment: Enrollment
        let video: VideoSession
        let live: LiveSession
        let exported: Data
        let event: TimelineEvent<Duration>
        let picture: Data
        let frame: Frame

        init(_ test: XCTestCase) async throws {
            engine = try await EmotionEngine.create(store: .unencrypted(folder: try Material.temporaryFolder(test)))
            try await enrollWanda(engine)
            (users, timeline) = (engine.users, engine.timeline(of: "Wanda", medium: "film"))
            clips = try await recordWanda(engine)
            try clips.begin("happy")
            enrollment = try await users.enroll("Anna")
            (video, live) = (try engine.video(), try engine.live())
            exported = try await users.export("Wanda", passphrase: "correct horse")
            event = TimelineEvent(
                at: .milliseconds(5), duration: .milliseconds(1), label: "happy",
                probabilities: [
                    LabelProbability(label: "happy", probability: 1), LabelProbability(label: "sad", probability: 0),
                ], isAdapted: false)
            picture = try Material.bytes("adapt/woman/test/fear/0204.jpg")
            frame = try ClipFrames.rgbFrames()[0]
        }

        typealias Call = @Sendable () async throws -> Void

        /// All calls that can throw, by name; those that change the least come first.
        var calls: [(name: String, call: Call)] {
            [
                ("process", { _ = try await engine.process(frame) }),
                ("process a picture", { _ = try await engine.process(picture: picture) }),
                ("video", { _ = try engine.video() }),
                ("live", { _ = try engine.live() }),
                ("storeLimits", { _ = try await engine.storeLimits() }),
                ("setting", { _ = try await engine.setting("name") }),
                ("setSetting", { try await engine.setSetting("name", value: Data([1])) }),
                ("pruneTimelines", { try await engine.pruneTimelines() }),
                ("list", { _ = try await users.list() }),
                ("get", { _ = try await users.get("Wanda") }),
                ("enroll", { _ = try await users.enroll("Joe") }),
                ("enrollMore", { _ = try await users.enrollMore("Wanda") }),
                ("clips", { _ = try users.clips() }),
                ("adapt", { _ = try await users.adapt("Wanda", clips: clips) }),
                ("relearn", { try await users.relearn("Wanda") }),
                ("correct", { try await video.correct(1, label: "sad") }),
                ("confirm", { try await video.confirm(1) }),
                ("undo", { try await video.undo() }),
                ("correct in a live session", { try await live.correct(1, label: "sad") }),
                ("export", { _ = try await users.export("Wanda", passphrase: "correct horse") }),
                ("verify", { _ = try await users.verify("Wanda", picture: picture) }),
                ("calibration", { _ = try await users.calibration() }),
                ("calibrate", { try await users.calibrate(users.defaultCalibration) }),
                ("record", { try await timeline.record([event]) }),
                ("buckets", { _ = try await timeline.buckets(.zero ..< .milliseconds(10)) }),
                ("total", { _ = try await timeline.total(.zero ..< .milliseconds(10)) }),
                ("events", { _ = try await timeline.events(.zero ..< .milliseconds(10)) }),
                ("exportEvents", { _ = try await timeline.exportEvents(.zero ..< .milliseconds(10), format: .csv) }),
                (
                    "exportBuckets",
                    { _ = try await timeline.exportBuckets(.zero ..< .milliseconds(10), width: .minute, format: .csv) }
                ),
                ("timelines", { _ = try await users.timelines(of: "Wanda") }),
                ("timelineOptions", { _ = try await users.timelineOptions(of: "Wanda") }),
                ("setTimelineOptions", { try await users.setTimelineOptions(TimelineOptions(), of: "Wanda") }),
                ("forget", { try await timeline.forget(.zero ..< .milliseconds(10)) }),
                ("add to clips", { try await clips.add(frame) }),
                ("add a picture to clips", { try await clips.add(picture: picture) }),
                ("add to an enrollment", { _ = try await enrollment.add(frame) }),
                ("add a picture to an enrollment", { _ = try await enrollment.add(picture: picture) }),
                ("process of video", { _ = try await video.process(frame, timestamp: .microseconds(1)) }),
                ("submit", { try live.submit(frame, timestamp: .microseconds(1)) }),
                ("end", { try await clips.end() }),
                ("begin", { try clips.begin("sad") }),
                ("remove", { try await clips.remove(0) }),
                ("finish", { try await enrollment.finish() }),
                ("rollback", { try await users.rollback("Wanda") }),
                ("changeStoreKey", { try await engine.changeStoreKey(.random()) }),
                ("changeStoreKey to none", { try await engine.changeStoreKey(nil) }),
                ("delete", { try await users.delete("Wanda") }),
                ("import", { try await users.import(exported, passphrase: "correct horse") }),
            ]
        }
    }

    func testEveryCallAfterTheEngineWasClosedSaysSo() async throws {
        let world = try await World(self)
        world.engine.close()
        for (name, call) in world.calls {
            do {
                try await call()
                XCTFail("\(name) did not throw")
            } catch {
                XCTAssertEqual(kind(error), "closed", name)
            }
        }
        let next = try await world.live.receive()
        XCTAssertNil(next)
        for try await result in world.live.results { XCTFail("\(result)") }
        // What was recorded has left the memory.
        XCTAssertEqual(world.clips.list(), [])
        XCTAssertEqual(world.enrollment.count, 0)
        try await world.clips.clear()
        for close in [world.enrollment.close, world.video.close, world.live.close, world.engine.close] { close() }
    }

    func testClipsOfAClosedEngineAreRefusedWhoeverIsAsked() async throws {
        let worlds = [try await World(self), try await World(self)]
        let (mine, others) = (worlds[0], worlds[1])
        // Every pair while both are open.
        for clips in [mine.clips, others.clips] {
            let report = try await mine.users.adapt("Wanda", clips: clips).face
            XCTAssertEqual(report.mode, .labeled)
        }
        others.engine.close()
        await assertThrows("closed") { try await mine.users.adapt("Wanda", clips: others.clips) }
        await assertThrows("closed") { try await others.users.adapt("Wanda", clips: mine.clips) }
        await assertThrows("closed") { try await others.users.adapt("Wanda", clips: others.clips) }
        let report = try await mine.users.adapt("Wanda", clips: mine.clips).face
        XCTAssertEqual(report.mode, .labeled)
        mine.engine.close()
        for (users, clips) in [(mine, mine), (mine, others), (others, mine)].map({ ($0.users, $1.clips) }) {
            await assertThrows("closed") { try await users.adapt("Wanda", clips: clips) }
        }
    }

    func testPacksOutliveTheEnginesThatWereMadeOfThem() async throws {
        var pack: ModelPack? = try ModelPack.bundled()
        let other = try ModelPack.bundled()
        for _ in 0..<3 {
            let engine = try await EmotionEngine.create(models: pack, store: nil)
            engine.close()
            await assertThrows("closed") { try await engine.process(blank()) }
        }
        let both = try XCTUnwrap(pack).overlaid(other)
        pack = nil
        let engine = try await EmotionEngine.create(models: both.overlaid(both), store: nil)
        let result = try await engine.process(picture: try Material.bytes("pictures/obama.jpg"))
        XCTAssertEqual(result.faces.count, 1)
    }

    func testClosingDuringAnyCallGivesAResultOrClosed() async throws {
        // Errors that the calls may have because of each other's changes.
        let others: Set<String> = [
            "invalidOption", "userNotFound", "notEnoughSamples", "severalPeople", "timestampOrder",
        ]
        for round in 0..<6 {
            let world = try await World(self)
            let delay = UInt64(round) * 15_000_000
            let outcomes = await withTaskGroup(of: (String, String).self) { group in
                for (name, call) in world.calls.shuffled() {
                    group.addTask {
                        do {
                            try await call()
                            return (name, "done")
                        } catch {
                            return (name, kind(error))
                        }
                    }
                }
                group.addTask {
                    try? await Task.sleep(nanoseconds: delay)
                    world.engine.close()
                    return ("close", "done")
                }
                group.addTask {
                    do {
                        while try await world.live.receive() != nil {}
                        return ("receive", "done")
                    } catch {
                        return ("receive", kind(error))
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for (name, outcome) in outcomes {
                XCTAssert(["done", "closed"].contains(outcome) || others.contains(outcome), "\(name): \(outcome)")
            }
            await assertThrows("closed") { try await world.users.list() }
        }
    }

    /// Tests of sessions, an enrollment and clips that are closed or released during a call.
    func testClosingAPartDuringItsCallsGivesAResultOrClosed() async throws {
        let world = try await World(self)
        let (engine, frame) = (world.engine, world.frame)
        for round in 0..<20 {
            let (video, live) = (try engine.video(), try engine.live(LiveOptions(targetFps: 240, minChange: 0)))
            let enrollment = try await engine.users.enroll("Joe")
            let clips = try engine.users.clips()
            try clips.begin("happy")
            let calls: [World.Call] = [
                { _ = try await video.process(frame, timestamp: .microseconds(1)) },
                { try live.submit(frame, timestamp: .microseconds(1)) },
                { _ = try await live.receive() }, { _ = try await enrollment.add(frame) },
                { try await enrollment.finish() }, { try await clips.add(frame) }, { try await clips.end() },
                { for try await _ in live.results {} },
            ]
            let closings: [World.Call] = [
                { video.close() }, { live.close() }, { enrollment.close() }, { try await clips.clear() },
            ]
            let outcomes = await withTaskGroup(of: String.self) { group in
                for (index, call) in (calls + closings).shuffled().enumerated() {
                    group.addTask {
                        do {
                            try await Task.sleep(nanoseconds: UInt64((index * round) % 7) * 1_000_000)
                            try await call()
                            return "done"
                        } catch {
                            return kind(error)
                        }
                    }
                }
                return await group.reduce(into: Set()) { $0.insert($1) }
            }
            XCTAssertEqual(outcomes.subtracting(["done", "closed", "invalidOption", "notEnoughSamples"]), [])
            try? await engine.users.delete("Joe")
        }
    }
}
