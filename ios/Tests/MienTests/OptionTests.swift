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
            head: .relationAttention, fit: fit, isGated: false, pseudoLabels: PseudoLabels(weight: 0.25),
            allowsUncheckedFaces: true, allowsUncheckedVoices: true
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

        let eye = FacePoint(x: 5, y: 6)
        let landmarks = FaceLandmarks(leftEye: eye, rightEye: eye, nose: eye, leftMouth: eye, rightMouth: eye)
        let tracked = TrackedFace(
            track: 3, bounds: FaceBounds(x: 1, y: 2, width: 30, height: 40), landmarks: landmarks, score: 0.9,
            identity: .user(name: "Anna", similarity: 0.8), label: "happy",
            unsure: [.quality(issue: .blurred), .shortWindow])
        let result = StreamResult(
            timestamp: .microseconds(1), width: 640, height: 480, faces: [tracked], events: [.lost(track: 3)],
            ranDetector: true)
        let text = try JSONEncoder().encode(result)
        XCTAssertEqual(try JSONDecoder().decode(StreamResult.self, from: text), result)
        XCTAssertEqual(Set([result, result]).count, 1)
        XCTAssertEqual(tracked.id, 3)
        XCTAssertEqual(result.events.map(\.track), [3])

        let progress = AdaptProgress(epoch: 2, epochs: 9, loss: 0.5)
        let kept = try JSONDecoder().decode(AdaptProgress.self, from: JSONEncoder().encode(progress))
        XCTAssertEqual(Set([kept, progress, AdaptProgress(epoch: 3, epochs: 9, loss: 0.5)]).count, 2)
    }

    func testEachOptionIsReadBackAndOneThatIsMissingHasItsDefault() throws {
        try assertIsReadBack(LiveOptions())
        try assertIsReadBack(LivePace())
        try assertIsReadBack(EnrollmentOptions())
        try assertIsReadBack(StoreLimits())
        try assertIsReadBack(AudioFormat())
        try assertIsReadBack(TimelineOptions(retention: Retention(days: 5000)), missing: TimelineOptions())
        try assertIsReadBack(
            AdaptOptions(fit: FitOptions(), pseudoLabels: PseudoLabels()), missing: AdaptOptions())
        let calibration = Calibration(threshold: 0.5, rise: 0.25, margin: 0.125)
        try assertIsReadBack(
            EngineOptions(calibration: calibration, genericHead: Data([1]), genericSpeechHead: Data([2])),
            missing: EngineOptions())
    }

    func testWhatIsKeptForeverIsReadBackSo() throws {
        let forever = Retention(events: nil, minutes: nil, hours: nil, days: nil, media: nil)
        for options in [forever, Retention(hours: nil)] {
            let file = try JSONEncoder().encode(options)
            XCTAssertEqual(try JSONDecoder().decode(Retention.self, from: file), options)
        }
    }

    /// Changes each number and each flag in the file of `options`, and checks that it is read as it stands there.
    private func assertIsReadBack<Options: Codable & Equatable>(
        _ options: Options, missing: Options? = nil, line: UInt = #line
    ) throws {
        let (encoder, decoder) = (JSONEncoder(), JSONDecoder())
        let changed = try decoder.decode(AnyJSON.self, from: encoder.encode(options)).changed
        let read = try decoder.decode(Options.self, from: encoder.encode(changed))
        XCTAssertNotEqual(read, options, line: line)
        XCTAssertEqual(try decoder.decode(AnyJSON.self, from: encoder.encode(read)), changed, line: line)
        XCTAssertEqual(try decoder.decode(Options.self, from: Data("{}".utf8)), missing ?? options, line: line)
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
        await assertThrows("invalidOption", "speechHold is -1e-06 seconds") {
            try engine.video(StreamOptions(speechHold: .microseconds(-1)))
        }
        await assertThrows("invalidOption", "maxIdle is 1e+17 seconds; it must be 0 to 18446744073709551615 micro") {
            try engine.live(LiveOptions(maxIdle: .seconds(100_000_000_000_000_000)))
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
        let beside = EngineOptions(isParallel: true)
        XCTAssert(try beside.core().parallel)
        let picture = try Material.bytes("pictures/obama.jpg")
        let expected = try await engineWithoutStore().process(picture: picture).faces
        let faces = try await EmotionEngine.create(beside, store: nil).process(picture: picture).faces
        XCTAssertNotNil(expected.first?.emotion)
        XCTAssertEqual(faces, expected)
    }

    func testTheNetworksAreNamedByTheirHashes() async throws {
        struct Manifest: Decodable {
            struct Network: Decodable { let role: String, sha256: String }
            let models: [Network]
        }
        let file = Material.repository.appendingPathComponent("models/manifest.json")
        let all = try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: file)).models
        let learned = all.filter { $0.role != "detector" }.map(\.sha256)
        XCTAssertEqual(learned.count, 2)
        let networks = try await engineWithoutStore().networks
        XCTAssertEqual(Set(networks.split(separator: "+").map(String.init)), Set(learned))
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

/// Any JSON.
private enum AnyJSON: Codable, Equatable {
    case flag(Bool)
    case number(Decimal)
    case text(String)
    case list([AnyJSON])
    case object([String: AnyJSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Decimal.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([AnyJSON].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: AnyJSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .flag(let flag): try value.encode(flag)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .object(let object): try value.encode(object)
        }
    }

    /// The same with other numbers and flags. A `Duration` is a list of two numbers, the second of which fills 64 bits.
    var changed: AnyJSON {
        switch self {
        case .flag(let flag): .flag(!flag)
        case .number(let number): .number(number == 0 ? 1 : number > 1_000_000_000_000 ? number / 2 : number * 2)
        case .text: self
        case .list(let list): .list(list.map(\.changed))
        case .object(let object): .object(object.mapValues(\.changed))
        }
    }
}
