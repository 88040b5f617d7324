import Foundation
import XCTest

@testable import Mien

/// Tests of exported users, from Swift and from Kotlin.
final class ProfileTests: XCTestCase {
    private static let passphrase = "open sesame"

    /// An engine that knows Wanda and has adapted her head.
    private func taught() async throws -> EmotionEngine {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let report = try await engine.users.adapt("Wanda", clips: try await recordWanda(engine)).face
        XCTAssert(report.isAccepted, report.reason)
        return engine
    }

    func testAUserMovesToAnotherDeviceWithHeadAndTimeline() async throws {
        let here = try await taught()
        let event = TimelineEvent<Duration>(
            at: .milliseconds(5), duration: .milliseconds(1), label: "happy",
            probabilities: [
                LabelProbability(label: "happy", probability: 1), LabelProbability(label: "sad", probability: 0),
            ], isAdapted: true)
        try await here.timeline(of: "Wanda", medium: "film").record([event])
        let file = try await here.users.export("Wanda", passphrase: Self.passphrase)
        let bare = try await here.users.export("Wanda", passphrase: Self.passphrase, timeline: false)
        XCTAssertLessThan(bare.count, file.count)

        let there = try await engine(try Material.temporaryFolder(self))
        await assertThrows("wrongKey", "passphrase") { try await there.users.import(file, passphrase: "open") }
        let name = try await there.users.import(file, passphrase: Self.passphrase)
        XCTAssertEqual(name, "Wanda")
        let (old, new) = (try await probe(here), try await probe(there))
        XCTAssertEqual(new, old)
        XCTAssertEqual(new?.isAdapted, true)
        let (before, after) = (try await here.users.get("Wanda"), try await there.users.get("Wanda"))
        XCTAssertEqual(after, before)
        let events = try await there.timeline(of: "Wanda", medium: "film").events(.zero ..< .milliseconds(10))
        XCTAssertEqual(events, [event])
        await assertThrows("invalidOption", "Wanda") { try await there.users.import(file, passphrase: Self.passphrase) }
    }

    func testADamagedANewerAndAForeignFileAreToldApart() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let file = try await engine.users.export("Wanda", passphrase: Self.passphrase)
        try await engine.users.delete("Wanda")
        var damaged = file
        damaged[file.count / 2] ^= 1
        await assertThrows("profileCorrupt", "damaged") {
            try await engine.users.import(damaged, passphrase: Self.passphrase)
        }
        var newer = file
        newer[4] = 9
        await assertThrows("profileVersion", "9") { try await engine.users.import(newer, passphrase: Self.passphrase) }
        await assertThrows("profileCorrupt") {
            try await engine.users.import(Data("no user".utf8), passphrase: Self.passphrase)
        }
        let users = try await engine.users.list()
        XCTAssertEqual(users, [])
    }

    func testAShortPassphraseIsRefused() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        for short in ["", "p", "1234567", "e\u{301}e\u{301}e\u{301}e\u{301}"] {
            await assertThrows("invalidOption", "passphrase") {
                try await engine.users.export("Wanda", passphrase: short)
            }
        }
    }

    func testAPassphraseOpensHoweverItIsComposed() async throws {
        let here = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(here)
        let file = try await here.users.export("Wanda", passphrase: "Gr\u{fc}\u{df}e an Wanda")
        let there = try await engine(try Material.temporaryFolder(self))
        let name = try await there.users.import(file, passphrase: "Gru\u{308}\u{df}e an Wanda")
        XCTAssertEqual(name, "Wanda")
    }

    /// The folder in which the tests of Kotlin and of Swift leave their users.
    private func exchanged(_ name: String) throws -> URL {
        guard let folder = ProcessInfo.processInfo.environment["MIEN_TEST_EXCHANGE"] else {
            throw XCTSkip("MIEN_TEST_EXCHANGE names no folder; run `make test-swift`")
        }
        return URL(fileURLWithPath: folder).appendingPathComponent(name)
    }

    func testAUserOfKotlinAnswersHereAsThere() async throws {
        let file = try exchanged("kotlin.user")
        guard let bytes = try? Data(contentsOf: file) else { throw XCTSkip("Kotlin's tests left no \(file.path)") }
        let engine = try await engine(try Material.temporaryFolder(self))
        let name = try await engine.users.import(bytes, passphrase: Self.passphrase)
        XCTAssertEqual(name, "Wanda")
        let emotion = try await probe(engine)
        XCTAssertEqual(emotion?.label, "fear")
        XCTAssertEqual(emotion?.isAdapted, true)
    }

    func testAUserIsLeftForKotlin() async throws {
        let file = try exchanged("swift.user")
        let bytes = try await taught().users.export("Wanda", passphrase: Self.passphrase)
        try bytes.write(to: file, options: .atomic)
        XCTAssertEqual(try Data(contentsOf: file), bytes)
    }
}
