import Foundation
import XCTest

import enum MienFFI.CoreError
import enum MienFFI.ErrorCode

@testable import Mien

final class ErrorTests: XCTestCase {
    func testEveryKindOfTheCoreKeepsItsNameAndItsMessage() {
        let kinds: [MienFFI.ErrorCode] = [
            .modelLoad, .invalidFrame, .invalidOption, .timestampOrder, .userNotFound, .notEnoughSamples,
            .trainingDiverged, .profileCorrupt, .profileVersion, .storage, .wrongKey, .cancelled, .closed, .internal,
            .severalPeople,
        ]
        for kind in kinds {
            let error = MienError(.Failed(kind: kind, text: "the thing", details: "Wanda's thing"))
            XCTAssertEqual(error.code.rawValue, "\(kind)")
            XCTAssertEqual(error.message, "the thing")
            XCTAssertEqual(error.localizedDescription, "the thing")
            XCTAssertEqual(error.details, "Wanda's thing")
        }
        XCTAssertEqual(Set(kinds.map { Mien.ErrorCode($0) }), Set(Mien.ErrorCode.allCases))
        XCTAssertEqual("\(Mien.ErrorCode.userNotFound)", "UserNotFound", "the name on every platform")
    }

    func testACodeIsCaughtByItsName() {
        let codes = [
            MienError.modelLoad, MienError.invalidFrame, MienError.invalidOption, MienError.timestampOrder,
            MienError.userNotFound, MienError.notEnoughSamples, MienError.trainingDiverged, MienError.profileCorrupt,
            MienError.profileVersion, MienError.storage, MienError.wrongKey, MienError.cancelled, MienError.closed,
            MienError.internal, MienError.severalPeople,
        ]
        XCTAssertEqual(codes, Mien.ErrorCode.allCases)
        for code in codes {
            XCTAssertEqual(codes.filter { $0 ~= MienError(code, "broken") }, [code])
            XCTAssertFalse(code ~= CancellationError())
        }
        func caught(_ code: Mien.ErrorCode) -> String {
            do throws(MienError) {
                throw MienError(code, "broken")
            } catch MienError.closed {
                return "closed"
            } catch MienError.storage, MienError.wrongKey {
                return "storage"
            } catch {
                return "\(error.code)"
            }
        }
        XCTAssertEqual([caught(.closed), caught(.wrongKey), caught(.internal)], ["closed", "storage", "Internal"])
        func untyped() throws { throw MienError(.userNotFound, "nobody") }
        do {
            try untyped()
        } catch MienError.userNotFound {
            return
        } catch {}
        XCTFail("an error without a static type was not caught")
    }

    /// Compiles only if every call says that it throws ``MienError`` alone.
    private func uses(_ engine: EmotionEngine, _ frame: Frame) async throws(MienError) -> Int {
        let live = try engine.live(LiveOptions(minChange: 0))
        try live.submit(frame, timestamp: .zero)
        live.finish()
        var count = 0
        for try await result in live.results { count += result.faces.count }
        _ = try await engine.video().process(frame, timestamp: .zero)
        let clips = try engine.users.clips()
        try clips.begin(.happy)
        _ = try await clips.add(frame)
        try await clips.end()
        _ = try await engine.users.adapt("Wanda", clips: clips, options: AdaptOptions(), onProgress: nil)
        _ = try await engine.timeline(of: "Wanda").events(Date(milliseconds: 0)..<Date())
        return count
    }

    func testNoFunctionThrowsAnythingElse() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        do {
            let count = try await uses(engine, blank())
            XCTFail("\(count)")
        } catch {
            let code: Mien.ErrorCode = error.code
            XCTAssertEqual(code, .userNotFound)
        }
    }

    func testWhatPrintsLogsOrDumpsAnErrorShowsNoDetails() throws {
        let error = MienError(.storage, "no folder", details: "no folder /home/wanda")
        var dumped = ""
        dump(error, to: &dumped)
        let shown = [
            dumped, "\(error)", String(reflecting: error), error.localizedDescription, error.errorDescription ?? "",
            "\(error as NSError)", "\([error])", "\(Optional(error) as Any)",
        ]
        for text in shown { XCTAssertFalse(text.contains("wanda"), text) }
        XCTAssertEqual("\(error)", "Storage: no folder")
        XCTAssertNil(MienError(.storage, "no folder").details)
        XCTAssertEqual(try JSONDecoder().decode(MienError.self, from: JSONEncoder().encode(error)), error)
    }

    func testAFaultOfTheBridgeIsInternal() {
        struct Fault: Error {}
        XCTAssertThrowsError(try bridged { throw Fault() }) { XCTAssertEqual(kind($0), "internal") }
        XCTAssertThrowsError(try bridged { throw CoreError.Failed(kind: .storage, text: "full", details: nil) }) {
            XCTAssertEqual($0 as? MienError, MienError(.storage, "full"))
        }
    }

    func testSomeKindsSayWhatHelps() {
        XCTAssertEqual(MienError(.profileVersion, "").recoverySuggestion, "Update the application.")
        XCTAssertNil(MienError(.closed, "").recoverySuggestion)
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
        await assertThrows("userNotFound", "Nobody") {
            try await engine.timeline(of: "Nobody").events(Date(milliseconds: 0)..<Date(milliseconds: 1))
        }
        let picture = try Material.bytes("pictures/obama.jpg")
        await assertThrows("userNotFound", "Nobody") { try await engine.users.verify("Nobody", picture: picture) }
    }
}
