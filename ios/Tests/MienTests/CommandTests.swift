import Foundation
import XCTest

@testable import Mien

/// Tests that pictures have the same results here and in the command `mien`.
final class CommandTests: XCTestCase {
    private struct Report: Decodable {
        struct Input: Decodable {
            let path: String
            let results: [Frame]
        }
        struct Frame: Decodable { let faces: [Face] }
        struct Face: Decodable {
            let box: [Float]
            let landmarks: [[Float]]
            let score: Float
            let principal: Bool
            let user: String?
            let emotion: Emotion?
            let quality: [String: Float]
            let issues: [String]
            let unsure: [String]
        }
        struct Emotion: Decodable {
            let label: String
            let probabilities: [String: Float]
            let adapted: Bool
            let affect: Affect?
        }
        struct Affect: Decodable, Equatable {
            let valence: Float
            let arousal: Float
        }
        let inputs: [Input]
    }

    private func name(_ unsure: Unsure) -> String {
        switch unsure {
        case .lowConfidence: "low_confidence"
        case .shortWindow: "short_window"
        case .identityOpen: "identity_open"
        case .quality(.tooSmall): "too_small"
        case .quality(.turned): "turned"
        case .quality(.blurred): "blurred"
        case .quality(.dark): "dark"
        case .quality(.overexposed): "overexposed"
        case .quality(.lowContrast): "low_contrast"
        }
    }

    private func compare(_ picture: String) async throws {
        let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: Material.prepared("analyze.json")))
        let input = try XCTUnwrap(report.inputs.first { $0.path.hasSuffix(picture) }, "the report has no \(picture)")
        let expected = try XCTUnwrap(input.results.first).faces
        let engine = try await engineWithoutStore()
        let faces = try await engine.process(picture: try Material.bytes(picture)).faces
        XCTAssertEqual(faces.count, expected.count)
        XCTAssertFalse(faces.isEmpty)
        for (face, expected) in zip(faces, expected) {
            let bounds = face.bounds
            XCTAssertEqual([bounds.x, bounds.y, bounds.width, bounds.height], expected.box)
            let points = [
                face.landmarks.leftEye, face.landmarks.rightEye, face.landmarks.nose, face.landmarks.leftMouth,
                face.landmarks.rightMouth,
            ]
            XCTAssertEqual(points.map { [$0.x, $0.y] }, expected.landmarks)
            XCTAssertEqual(face.score, expected.score)
            XCTAssertEqual(face.isPrincipal, expected.principal)
            XCTAssertEqual(face.emotion?.label.name, expected.emotion?.label)
            XCTAssertEqual(face.emotion?.isAdapted, expected.emotion?.adapted)
            let pairs = try XCTUnwrap(face.emotion).probabilities.map { ($0.label.name, $0.probability) }
            XCTAssertEqual(Dictionary(uniqueKeysWithValues: pairs), expected.emotion?.probabilities)
            XCTAssertEqual(face.quality.eyeDistance, expected.quality["eye_distance"])
            XCTAssertEqual(face.quality.yaw, expected.quality["yaw"])
            XCTAssertEqual(face.quality.sharpness, expected.quality["sharpness"])
            XCTAssertEqual(face.quality.brightness, expected.quality["brightness"])
            XCTAssertEqual(face.issues.count, expected.issues.count)
            XCTAssertEqual(face.unsure.map(name), expected.unsure)
            let affect = face.emotion?.affect.map { Report.Affect(valence: $0.valence, arousal: $0.arousal) }
            XCTAssertEqual(affect, expected.emotion?.affect)
        }
    }

    func testABrightPortraitHasTheCommandsNumbers() async throws { try await compare("pictures/obama.jpg") }
    func testASpeakingManHasTheCommandsNumbers() async throws { try await compare("pictures/obama2.jpg") }
    func testAPortraitAgainstLightHasTheCommandsNumbers() async throws { try await compare("pictures/obama3.jpg") }
    func testAGraveManHasTheCommandsNumbers() async throws { try await compare("pictures/biden.jpg") }
    func testACutFaceHasTheCommandsNumbers() async throws { try await compare("pictures/obama_partial_face.jpg") }
    func testAManOutdoorsHasTheCommandsNumbers() async throws { try await compare("pictures/single_face.jpg") }
    func testFivePeopleHaveTheCommandsNumbers() async throws { try await compare("pictures/multi_face.jpg") }
    func testAWomanHasTheCommandsNumbers() async throws { try await compare("clip/0000.jpg") }
}
