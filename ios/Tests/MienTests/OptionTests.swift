import Foundation
import XCTest

@testable import Mien

final class OptionTests: XCTestCase {
    func testOptionsGoToTheCore() throws {
        let live = try LiveOptions(stream: StreamOptions(windowFrames: 9), targetFps: 7, maxResults: 3).core()
        XCTAssertEqual(live.stream.windowFrames, 9)
        XCTAssertEqual(live.targetFps, 7)
        XCTAssertEqual(live.maxResults, 3)
        var fit = FitOptions(.relationAttention)
        fit.seed = 42
        XCTAssertEqual(FitOptions(try fit.core()), fit)
        let adapt = try AdaptOptions(
            head: .relationAttention, fit: fit, gate: false, pseudoLabels: PseudoLabels(weight: 0.25),
            uncheckedFaces: true, uncheckedVoices: true
        ).core()
        XCTAssertEqual(adapt.head, .relationAttention)
        XCTAssertEqual(adapt.fit?.seed, 42)
        XCTAssertEqual(adapt.pseudoLabels?.weight, 0.25)
        XCTAssertEqual([adapt.gate, adapt.uncheckedFaces, adapt.uncheckedVoices], [false, true, true])
        let fusion = Fusion(face: FusionWeights(generic: 0.5), speech: FusionWeights(generic: 2, adapted: 3))
        XCTAssertEqual(try EngineOptions(fusion: fusion).core().fusion.speech.adapted, 3)
        let kept = TimelineOptions(offsetMinutes: -90, retention: Retention(events: nil, days: 5000))
        XCTAssertEqual(TimelineOptions(try kept.core()), kept)
    }

    func testOptionsAndResultsAreCodable() throws {
        let live = LiveOptions(stream: StreamOptions(windowFrames: 9), targetFps: 7)
        let file = try JSONEncoder().encode(live)
        XCTAssertEqual(try JSONDecoder().decode(LiveOptions.self, from: file), live)
        let older = Data(#"{"targetFps": 7, "stream": {"windowFrames": 9}}"#.utf8)
        XCTAssertEqual(try JSONDecoder().decode(LiveOptions.self, from: older), live, "an option of a later version")

        let eye = Point(x: 5, y: 6)
        let face = Face(
            bounds: Rect(x: 1, y: 2, width: 30, height: 40), leftEye: eye, rightEye: eye, nose: eye, leftMouth: eye,
            rightMouth: eye, score: 0.9)
        let tracked = TrackedFace(
            track: 3, face: face, identity: .user(name: "Anna", similarity: 0.8), label: "happy",
            unsure: [.quality(issue: .blurred), .shortWindow])
        let result = StreamResult(
            timestampUs: 1, width: 640, height: 480, faces: [tracked], events: [.lost(track: 3)], detected: true)
        let text = try JSONEncoder().encode(result)
        XCTAssertEqual(try JSONDecoder().decode(StreamResult.self, from: text), result)
        XCTAssertEqual(Set([result, result]).count, 1)
        XCTAssertEqual(tracked.id, 3)
        XCTAssertEqual(result.events.map(\.track), [3])
    }

    func testACalibrationKeepsItsNumbers() throws {
        let calibration = Calibration(
            center: [0.5, -1.25, .pi], threshold: 0.4, rise: 0.1, margin: 0.2, network: "net", evidence: "measured",
            figures: CalibrationFigures(users: 5, wrongUserRate: 0.1, missedUserRate: 0.2, unknownAcceptedRate: 0.3))
        XCTAssertEqual(Calibration(try calibration.core()), calibration)
    }

    func testAnOptionOutOfRangeIsNamed() async throws {
        let engine = try await engineWithoutStore()
        await assertThrows("invalidOption", "target_fps") { try engine.live(LiveOptions(targetFps: 0)) }
        await assertThrows("invalidOption", "max_results") { try engine.live(LiveOptions(maxResults: 0)) }
        await assertThrows("invalidOption", "analyze_fps") { try engine.video(StreamOptions(analyzeFps: 0)) }
        await assertThrows("invalidOption", "windowFrames is -1") {
            try engine.video(StreamOptions(windowFrames: -1))
        }
        await assertThrows("invalidOption", "detectEvery is 4294967296") {
            try engine.video(StreamOptions(tracker: TrackerOptions(detectEvery: 1 << 32)))
        }
        await assertThrows("invalidOption", "size") {
            try await EmotionEngine.create(EngineOptions(detector: DetectorOptions(size: 100)), store: nil)
        }
    }

    func testAGenericHeadThatIsNoneIsRefused() async throws {
        await assertThrows("profileCorrupt") {
            try await EmotionEngine.create(EngineOptions(genericHead: Data("no head".utf8)), store: nil)
        }
    }

    func testNetworksThatRunBesideEachOtherGiveTheSame() async throws {
        let beside = EngineOptions(parallel: true)
        XCTAssert(try beside.core().parallel)
        let picture = try Material.bytes("pictures/obama.jpg")
        let expected = try await engineWithoutStore().process(picture: picture).faces
        let faces = try await EmotionEngine.create(beside, store: nil).process(picture: picture).faces
        XCTAssertNotNil(expected.first?.emotion)
        XCTAssertEqual(faces, expected)
    }

    func testThePackSaysWhatItHolds() throws {
        let pack = try ModelPack.bundled()
        XCTAssertEqual(pack.files, ["yunet.onnx", "mobilenet.onnx", "expression.onnx"])
        XCTAssertEqual(pack.overlaid(pack).name, pack.name)
    }

    func testTheVersionIsTheLibrarys() {
        XCTAssertEqual(EmotionEngine.libraryVersion.split(separator: ".").count, 3)
    }
}
