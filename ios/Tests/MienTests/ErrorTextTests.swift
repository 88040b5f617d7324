import Foundation
import XCTest

@testable import Mien

/// The parts of an error for logs and crash reports name no person and no path; `details` do.
final class ErrorTextTests: XCTestCase {
    private let mark = "Wanda-7f3a"

    /// Returns the error of a call; only its details may contain the mark.
    private func failure<Value>(
        _ call: String, file: StaticString = #filePath, line: UInt = #line, _ work: () async throws -> Value
    ) async -> MienError? {
        do {
            let value = try await work()
            XCTFail("\(call) threw nothing: \(value)", file: file, line: line)
            return nil
        } catch {
            guard let failed = error as? MienError else {
                XCTFail("\(call): \(error)", file: file, line: line)
                return nil
            }
            var dumped = ""
            dump(failed, to: &dumped)
            let shown = [
                failed.message, "\(failed.code)", failed.localizedDescription, failed.recoverySuggestion ?? "",
                "\(failed)",
                String(reflecting: failed), "\(failed as NSError)", dumped,
            ]
            for text in shown { XCTAssertFalse(text.contains(mark), "\(call): \(text)", file: file, line: line) }
            return failed
        }
    }

    /// Like `failure`, and the details must contain the mark.
    private func named<Value>(
        _ call: String, file: StaticString = #filePath, line: UInt = #line, _ work: () async throws -> Value
    ) async {
        let details = await failure(call, file: file, line: line, work)?.details
        XCTAssert(details?.contains(mark) == true, "\(call): \(details ?? "no details")", file: file, line: line)
    }

    func testNamesStandInTheDetailsAlone() async throws {
        let home = try Material.temporaryFolder(self).appendingPathComponent(mark)
        let engine = try await engine(home)
        let users = engine.users
        let (user, nobody) = ("\(mark) Smith", "\(mark) Nobody")
        let picture = try Material.bytes("pictures/obama.jpg")
        let enrollment = try await users.enroll(user)
        _ = try await enrollment.add(picture: picture)
        _ = try await enrollment.finish()
        let file = try await users.export(user, passphrase: "open sesame")
        let clips = try users.clips()
        try clips.begin("happy", name: "\(mark)/1")
        try await clips.add(picture: picture)
        try await clips.end()
        let film = "\(mark).mp4"

        await named("enroll") { try await users.enroll(user) }
        for bad in [" \(mark)", "\(mark)/", "\(mark)\u{0}"] {
            await named("enroll a bad name") { try await users.enroll(bad) }
        }
        await named("enrollMore") { try await users.enrollMore(nobody) }
        await named("get") { try await users.get(nobody) }
        await named("delete") { try await users.delete(nobody) }
        await named("rollback") { try await users.rollback(nobody) }
        await named("export") { try await users.export(nobody, passphrase: "open sesame") }
        await named("import") { try await users.import(file, passphrase: "open sesame") }
        await named("verify") { try await users.verify(nobody, picture: picture) }
        await named("adapt nobody") { try await users.adapt(nobody, clips: clips) }
        await named("record an unknown emotion") { try clips.begin(EmotionLabel("\(mark) glum")) }
        await named("record under a name twice") { try clips.begin("happy", name: "\(mark)/1") }
        try await timelines(engine.timeline(of: nobody), at: Date(timeIntervalSince1970: 1))
        try await timelines(engine.timeline(of: nobody, medium: film), at: .seconds(1))
        await named("timelines") { try await users.timelines(of: nobody) }
        await named("timelineOptions") { try await users.timelineOptions(of: nobody) }
        await named("setTimelineOptions") { try await users.setTimelineOptions(TimelineOptions(), of: nobody) }
        _ = await failure("an unknown medium") {
            try await engine.timeline(of: user, medium: film).events(.zero ..< .seconds(1))
        }
        await named("setting") { try await engine.setting("\(self.mark)\u{0}") }
        await named("setSetting") { try await engine.setSetting("\(self.mark)\u{0}", value: nil) }
        await named("a large setting") {
            try await engine.setSetting(self.mark, value: Data(repeating: 1, count: 1 << 17))
        }
        _ = await failure("another passphrase") { try await users.import(file, passphrase: "close sesame") }
        engine.close()
        _ = await failure("after close") { try await users.get(user) }
    }

    private func timelines<Time>(_ timeline: EmotionTimeline<Time>, at time: Time) async throws {
        let range = time..<Time(timelineMilliseconds: try XCTUnwrap(time.timelineMilliseconds) + 1)
        await named("record") { try await timeline.record([]) }
        await named("buckets") { try await timeline.buckets(range, width: .hour) }
        await named("total") { try await timeline.total(range, width: .hour) }
        await named("events") { try await timeline.events(range) }
        await named("exportEvents") { try await timeline.exportEvents(range, format: .csv) }
        await named("exportBuckets") { try await timeline.exportBuckets(range, width: .hour, format: .json) }
        await named("forget") { try await timeline.forget(range) }
    }

    func testPathsStandInTheDetailsAlone() async throws {
        let home = try Material.temporaryFolder(self).appendingPathComponent(mark)
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let place = home.appendingPathComponent("store")
        let open = try await engine(place)
        await named("a store in use") { try await self.mien(place) }
        open.close()
        await named("a key that is not wanted") { try await self.mien(place, 7) }
        let locked = home.appendingPathComponent("locked")
        try await mien(locked, 7).close()
        await named("a missing key") { try await self.mien(locked) }
        await named("another key") { try await self.mien(locked, 8) }
        let occupied = home.appendingPathComponent("occupied")
        try Data("here is a file".utf8).write(to: occupied)
        await named("a file in the folder's place") { try await self.mien(occupied) }
        try Data(repeating: 0x5a, count: 70_000).write(to: place.appendingPathComponent("users.mien"))
        await named("a damaged store") { try await self.mien(place) }
        await named("a missing pack") { try ModelPack(folder: home) }
        let manifest = Data("{\"format\": \"\(mark)\"}".utf8)
        await named("a damaged manifest") { try ModelPack(manifest: manifest, files: [:]) }
    }

    private func mien(_ folder: URL, _ byte: UInt8? = nil) async throws -> EmotionEngine {
        try await engine(folder, key: try byte.map { try StoreKey(Data(repeating: $0, count: 32)) })
    }
}
