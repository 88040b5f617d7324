import Foundation
import XCTest

@testable import Mien

final class UserTests: XCTestCase {
    func testAUserIsEnrolledAndRecognized() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let users = try await engine.users.list()
        XCTAssertEqual(users.map(\.name), ["Wanda"])
        XCTAssertEqual(users.map(\.id), ["Wanda"])
        XCTAssertEqual(users[0].embeddings, 3)
        XCTAssertEqual(users[0].enrolledAt, Date(timeIntervalSince1970: 1))
        XCTAssertNil(users[0].activeGeneration)
        let result = try await engine.process(picture: try Material.bytes("adapt/woman/test/happy/0252.jpg"))
        guard case .user(let name, let similarity)? = result.faces.first?.identity else { return XCTFail("\(result)") }
        XCTAssertEqual(name, "Wanda")
        XCTAssertGreaterThan(similarity, 0.5)
        let stranger = try await engine.process(picture: try Material.bytes("pictures/biden.jpg"))
        guard case .unknown(_?, .belowThreshold)? = stranger.faces.first?.identity else {
            return XCTFail("\(stranger)")
        }
    }

    func testAnEnrollmentSaysWhyAFrameDoesNotCount() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        let enrollment = try await engine.users.enroll("Anna")
        let empty = try await enrollment.add(blank())
        XCTAssertEqual(empty, .rejected(reason: .noFace, message: "no face"))
        XCTAssertEqual(try enrollment.addBlocking(blank()), empty)
        let crowd = try await enrollment.add(picture: try Material.bytes("pictures/multi_face.jpg"))
        guard case .rejected(.severalFaces(count: 5), let message) = crowd else { return XCTFail("\(crowd)") }
        XCTAssert(message.contains("5"))
        XCTAssertEqual(enrollment.count, 0)
        let picture = try Material.bytes("adapt/woman/learn/sad/0018.jpg")
        let first = try await enrollment.add(picture: picture)
        XCTAssertEqual(first, .accepted(count: 1, targetFrames: 5))
        let again = try await enrollment.add(picture: picture)
        guard case .rejected(.tooSimilar, _) = again else { return XCTFail("\(again)") }
        let other = try await enrollment.add(picture: try Material.bytes("pictures/biden.jpg"))
        guard case .rejected(.looksLikeSomebodyElse, _) = other else { return XCTFail("\(other)") }
        XCTAssertEqual(enrollment.count, 1)
        XCTAssertFalse(enrollment.isComplete)
        enrollment.close()
    }

    func testPicturesOfTwoPeopleEnrollNobodyAndAreToldApart() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        let enrollment = try await engine.users.enroll("Guest")
        for picture in [
            "pictures/obama.jpg", "adapt/woman/learn/happy/0300.jpg", "pictures/obama2.jpg",
            "adapt/woman/learn/sad/0018.jpg",
        ] {
            _ = try await enrollment.add(picture: try Material.bytes(picture))
        }
        XCTAssert(enrollment.isMixture)
        await assertThrows("severalPeople") { try await enrollment.finish() }
        XCTAssertEqual(Set(enrollment.people()), [[0, 2], [1, 3]])
        let users = try await engine.users.list()
        XCTAssertEqual(users, [])
    }

    func testAnEnrollmentWithoutAFaceGivesNoUser() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        let enrollment = try await engine.users.enroll("Anna")
        _ = try await enrollment.add(blank())
        await assertThrows("notEnoughSamples", "1 no_face") { try await enrollment.finish() }
        await assertThrows("closed") { try await enrollment.add(blank()) }
        await assertThrows("closed") { try await enrollment.finish() }
        let users = try await engine.users.list()
        XCTAssertEqual(users, [])
    }

    func testACancelledEnrollmentKeepsNothing() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        let enrollment = try await engine.users.enroll("Anna")
        _ = try await enrollment.add(picture: try Material.bytes("adapt/woman/learn/sad/0018.jpg"))
        enrollment.close()
        enrollment.close()
        await assertThrows("closed") { try await enrollment.finish() }
        let users = try await engine.users.list()
        XCTAssertEqual(users, [])
    }

    func testANameIsTakenOnceAndMoreFramesCanBeAdded() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        await assertThrows("invalidOption", "Wanda") { try await engine.users.enroll("Wanda") }
        await assertThrows("invalidOption") { try await engine.users.enroll("") }
        let more = try await engine.users.enrollMore("Wanda")
        let step = try await more.add(picture: try Material.bytes("adapt/woman/learn/fear/0160.jpg"))
        guard case .accepted = step else { return XCTFail("\(step)") }
        try await more.finish()
        let user = try await engine.users.get("Wanda")
        XCTAssertEqual(user.embeddings, 4)
    }

    func testAPersonCannotBeEnrolledAsAnother() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let enrollment = try await engine.users.enroll("Anna")
        let step = try await enrollment.add(picture: try Material.bytes("adapt/woman/learn/happy/0308.jpg"))
        guard case .rejected(.looksLikeAnotherUser(name: "Wanda", _), _) = step else { return XCTFail("\(step)") }
    }

    func testAPictureIsVerifiedAgainstOneUser() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let own = try await engine.users.verify(
            "Wanda", picture: try Material.bytes("adapt/woman/test/fear/0204.jpg"))
        let other = try await engine.users.verify("Wanda", picture: try Material.bytes("pictures/biden.jpg"))
        XCTAssertEqual(own?.resembles, true)
        XCTAssertEqual(other?.resembles, false)
        XCTAssertGreaterThan(try XCTUnwrap(own).similarity, try XCTUnwrap(other).similarity)
    }

    func testADeletedUserIsGone() async throws {
        let folder = try Material.temporaryFolder(self)
        let first = try await engine(folder)
        try await enrollWanda(first)
        try await first.users.delete("Wanda")
        await assertThrows("userNotFound", "Wanda") { try await first.users.get("Wanda") }
        first.close()
        let second = try await engine(folder)
        let users = try await second.users.list()
        XCTAssertEqual(users, [])
    }

    func testWhatAnEngineLearnedIsThereForTheNext() async throws {
        let folder = try Material.temporaryFolder(self)
        let first = try await engine(folder)
        try await enrollWanda(first)
        let users = try await first.users.list()
        try await first.setSetting("consent", value: Data([1, 2]))
        first.close()
        let second = try await engine(folder)
        let stored = try await second.users.list()
        XCTAssertEqual(stored, users)
        let setting = try await second.setting("consent")
        XCTAssertEqual(setting, Data([1, 2]))
        try await second.setSetting("consent", value: nil)
        let removed = try await second.setting("consent")
        XCTAssertNil(removed)
    }

    func testUsersOfADamagedStoreAreSalvagedWithTheirTimelines() async throws {
        let folder = try Material.temporaryFolder(self)
        let first = try await engine(folder)
        try await enrollWanda(first)
        let event = TimelineEvent(
            at: Date(timeIntervalSinceNow: -9), duration: .seconds(1), label: .happy,
            probabilities: [
                LabelProbability(label: .happy, probability: 0.75), LabelProbability(label: .sad, probability: 0.25),
            ], isAdapted: false)
        try await first.timeline(of: "Wanda").record([event])
        first.close()
        await first.awaitClosed()
        let file = folder.appendingPathComponent("users.mien")
        var bytes = try Data(contentsOf: file)
        bytes.replaceSubrange(0..<320, with: Data(count: 320))
        try bytes.write(to: file)
        let report = try await EmotionEngine.salvage(.unencrypted(folder: folder))
        XCTAssertEqual(report.users.map(\.name), ["Wanda"])
        XCTAssertGreaterThan(report.users[0].timelineValues, 0)
        XCTAssertEqual(report.users[0].damagedTimelineValues, 0)
        let events = try await engine(folder).timeline(of: "Wanda").total(Date(timeIntervalSinceNow: -60)..<Date())
        XCTAssertEqual(events.events, 1)
    }

    func testAStoreOpensWithItsKeyOnly() async throws {
        let folder = try Material.temporaryFolder(self)
        let (key, other) = (StoreKey.random(), StoreKey.random())
        XCTAssertNotEqual(key, other)
        let first = try await engine(folder, key: key)
        try await enrollWanda(first)
        first.close()
        await assertThrows("wrongKey") { try await engine(folder, key: other) }
        await assertThrows("wrongKey") { try await engine(folder) }
        let second = try await engine(folder, key: key)
        try await second.changeStoreKey(other)
        second.close()
        let third = try await engine(folder, key: other)
        try await third.changeStoreKey(nil)
        third.close()
        let users = try await engine(folder).users.list()
        XCTAssertEqual(users.map(\.name), ["Wanda"])
    }

    func testAKeyHasItsLengthAndIsNotPrinted() throws {
        XCTAssertThrowsError(try StoreKey(Data(count: 31))) { XCTAssertEqual(kind($0), "invalidOption") }
        let key = try StoreKey(Data(repeating: 200, count: 32))
        var dumped = ""
        dump(key, to: &dumped)
        XCTAssertEqual("\(key)", "StoreKey")
        XCTAssertFalse(dumped.contains("200") || dumped.contains("32 bytes"), dumped)
        let shown = [
            String(describing: key), String(reflecting: key), "\([key])",
            "\(StoreLocation(folder: Material.repository, key: key))",
        ]
        XCTAssertFalse(shown.contains { $0.contains("200") || $0.contains("bytes") }, "\(shown)")
    }

    func testARandomKeyIsSavedAndOpensTheStoreAgain() async throws {
        let folder = try Material.temporaryFolder(self)
        let key = StoreKey.random()
        let file = folder.appendingPathComponent("key")
        try key.secretBytes.write(to: file)
        let first = try await engine(folder, key: key)
        try await first.setSetting("consent", value: Data([1]))
        first.close()
        let saved = try StoreKey(try Data(contentsOf: file))
        XCTAssertEqual(saved, key)
        let setting = try await engine(folder, key: saved).setting("consent")
        XCTAssertEqual(setting, Data([1]))
    }

    func testLimitsOfTheStoreAreKept() async throws {
        let folder = try Material.temporaryFolder(self)
        let engine = try await EmotionEngine.create(
            store: .unencrypted(folder: folder, limits: StoreLimits(users: 1)))
        let limits = try await engine.storeLimits()
        XCTAssertEqual(limits, StoreLimits(users: 1))
        try await enrollWanda(engine)
        let enrollment = try await engine.users.enroll("Joe")
        _ = try await enrollment.add(picture: try Material.bytes("pictures/biden.jpg"))
        await assertThrows("storage", "1") { try await enrollment.finish() }
    }

    func testACalibrationDecidesWhoIsKnown() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let measured = try await engine.users.calibration()
        XCTAssertEqual(measured, engine.users.defaultCalibration)
        let strict = Calibration(
            center: measured.center, threshold: 0.9999, rise: measured.rise, margin: measured.margin,
            network: measured.network, evidence: "for a test", figures: nil)
        try await engine.users.calibrate(strict)
        let stored = try await engine.users.calibration()
        XCTAssertEqual(stored.threshold, 0.9999)
        let result = try await engine.process(picture: try Material.bytes("adapt/woman/test/happy/0252.jpg"))
        guard case .unknown(_?, .belowThreshold)? = result.faces.first?.identity else { return XCTFail("\(result)") }
        let wrong = Calibration(
            center: [], threshold: 7, rise: 0, margin: 0, network: "", evidence: "", figures: nil)
        await assertThrows("invalidOption", "threshold") { try await engine.users.calibrate(wrong) }
    }
}
