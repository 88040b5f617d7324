import Foundation
import XCTest

import func MienFFI.defaultAdaptOptions
import func MienFFI.defaultEngineOptions
import func MienFFI.defaultEnrollmentOptions
import func MienFFI.defaultLiveOptions
import func MienFFI.defaultPseudoLabels
import func MienFFI.defaultStoreLimits
import func MienFFI.defaultStreamOptions
import func MienFFI.defaultTimelineOptions

@testable import Mien

final class OptionTests: XCTestCase {
    func testDefaultsAreTheCores() throws {
        let engine = defaultEngineOptions()
        XCTAssertEqual(DetectorOptions(), DetectorOptions(engine.detector))
        XCTAssertEqual(QualityLimits(), QualityLimits(engine.quality))
        XCTAssertNil(engine.calibration)
        XCTAssertNil(engine.genericHead)
        XCTAssertEqual(EngineOptions().parallel, engine.parallel)
        XCTAssertEqual(EngineOptions().fusion, Fusion(engine.fusion))
        XCTAssertEqual(StoreLimits(), StoreLimits(defaultStoreLimits()))
        XCTAssertEqual(StreamOptions(), StreamOptions(defaultStreamOptions()))
        XCTAssertEqual(LiveOptions(), LiveOptions(defaultLiveOptions()))
        XCTAssertEqual(EnrollmentOptions(), EnrollmentOptions(defaultEnrollmentOptions()))
        XCTAssertEqual(AdaptOptions(), AdaptOptions(defaultAdaptOptions()))
        XCTAssertEqual(PseudoLabels(), PseudoLabels(defaultPseudoLabels()))
        XCTAssertEqual(TimelineOptions(), TimelineOptions(defaultTimelineOptions()))
    }

    func testOptionsGoThereAndBack() throws {
        let live = LiveOptions(stream: StreamOptions(windowFrames: 9), targetFps: 7, maxResults: 3)
        XCTAssertEqual(LiveOptions(try live.core()), live)
        var fit = FitOptions(.relationAttention)
        fit.seed = 42
        let adapt = AdaptOptions(
            head: .relationAttention, fit: fit, gate: false, pseudoLabels: PseudoLabels(weight: 0.25),
            uncheckedFaces: true, uncheckedVoices: true)
        XCTAssertEqual(AdaptOptions(try adapt.core()), adapt)
        for head in HeadKind.allCases { XCTAssertEqual(HeadKind(head.core), head) }
        let fusion = Fusion(face: FusionWeights(generic: 0.5), speech: FusionWeights(generic: 2, adapted: 3))
        XCTAssertEqual(Fusion(try EngineOptions(fusion: fusion).core().fusion), fusion)
        let kept = TimelineOptions(offsetMinutes: -90, retention: Retention(events: nil, days: 5000))
        XCTAssertEqual(TimelineOptions(try kept.core()), kept)
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
