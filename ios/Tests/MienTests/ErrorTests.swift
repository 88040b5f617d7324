import Foundation
import XCTest

import enum MienFFI.CoreError
import enum MienFFI.FailureKind

@testable import Mien

final class ErrorTests: XCTestCase {
    func testEveryKindOfTheCoreKeepsItsNameAndItsMessage() {
        let kinds: [FailureKind] = [
            .modelLoad,
            .invalidFrame,
            .invalidOption,
            .timestampOrder,
            .userNotFound,
            .notEnoughSamples,
            .trainingDiverged,
            .profileCorrupt,
            .profileVersion,
            .storage,
            .wrongKey,
            .cancelled,
            .closed,
            .internal,
            .severalPeople,
        ]
        for kind in kinds {
            let error = EmotionError(.Failed(kind: kind, text: "the thing", details: "Wanda's thing"))
            XCTAssertEqual(error.code.lowercased(), "\(kind)".lowercased())
            XCTAssertEqual(error.message, "the thing")
            XCTAssertEqual(error.localizedDescription, "the thing")
            XCTAssertEqual(error.details, "Wanda's thing")
        }
        XCTAssertEqual(Set(kinds).count, 15)
    }

    func testWhatPrintsLogsOrDumpsAnErrorShowsNoDetails() {
        let error = EmotionError.storage(ErrorText("no folder", details: "no folder /home/wanda"))
        var dumped = ""
        dump(error, to: &dumped)
        guard case .storage(let text) = error else { return XCTFail("\(error)") }
        dump(text, to: &dumped)
        let shown = [
            dumped, "\(error)", String(reflecting: error), error.localizedDescription, error.errorDescription ?? "",
            "\(text)", String(reflecting: text), "\(error as NSError)", "\([error])", "\(Optional(error) as Any)",
        ]
        for text in shown { XCTAssertFalse(text.contains("wanda"), text) }
        XCTAssertEqual("\(error)", "Storage: no folder")
        XCTAssertNil(EmotionError.storage("no \("folder")").details)
    }

    func testAFaultOfTheBridgeIsInternal() {
        struct Fault: Error {}
        XCTAssertThrowsError(try bridged { throw Fault() }) { XCTAssertEqual(kind($0), "internal") }
        XCTAssertThrowsError(try bridged { throw CoreError.Failed(kind: .storage, text: "full", details: nil) }) {
            XCTAssertEqual($0 as? EmotionError, .storage("full"))
        }
    }

    func testSomeKindsSayWhatHelps() {
        XCTAssertEqual(EmotionError.profileVersion("").recoverySuggestion, "Update the application.")
        XCTAssertNil(EmotionError.closed("").recoverySuggestion)
    }

    func testAMissingAndADamagedModelAreNamed() async throws {
        let folder = try Material.temporaryFolder(self)
        await assertThrows("modelLoad", "manifest.json") { try ModelPack(folder: folder) }
        let models = Material.repository.appendingPathComponent("models")
        let manifest = try Data(contentsOf: models.appendingPathComponent("manifest.json"))
        var files: [String: Data] = [:]
        for file in try ModelPack.bundled().files {
            files[file] = try Data(contentsOf: models.appendingPathComponent(file))
        }
        XCTAssertEqual(try ModelPack(manifest: manifest, files: files).files, try ModelPack.bundled().files)
        files["yunet.onnx"]?[100] ^= 1
        await assertThrows("modelLoad", "yunet.onnx") { try ModelPack(manifest: manifest, files: files) }
        files["yunet.onnx"] = nil
        await assertThrows("modelLoad", "yunet.onnx") { try ModelPack(manifest: manifest, files: files) }
        await assertThrows("modelLoad", "manifest") { try ModelPack(manifest: Data("{".utf8), files: [:]) }
    }

    func testWithoutAStoreUsersCannotBeKept() async throws {
        let engine = try await engineWithoutStore()
        await assertThrows("storage") { try await engine.users.list() }
        await assertThrows("storage") { try await engine.storeLimits() }
    }

    func testAStoreThatCannotBeMadeIsNamed() async throws {
        let file = try Material.temporaryFolder(self).appendingPathComponent("file")
        try Data("here is a file".utf8).write(to: file)
        await assertThrows("storage", "file") { try await engine(file) }
    }

    func testAnUnknownUserIsNamed() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        await assertThrows("userNotFound", "Nobody") { try await engine.users.get("Nobody") }
        await assertThrows("userNotFound", "Nobody") { try await engine.users.delete("Nobody") }
        await assertThrows("userNotFound", "Nobody") { try await engine.users.rollback("Nobody") }
        await assertThrows("userNotFound", "Nobody") { try await engine.users.enrollMore("Nobody") }
        await assertThrows("userNotFound", "Nobody") {
            try await engine.users.export("Nobody", passphrase: "8 or more")
        }
        await assertThrows("userNotFound", "Nobody") { try await engine.timeline("Nobody").events(0..<1) }
        let picture = try Material.bytes("pictures/obama.jpg")
        await assertThrows("userNotFound", "Nobody") { try await engine.users.verify("Nobody", picture: picture) }
    }
}
