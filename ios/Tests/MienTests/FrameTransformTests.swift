import Foundation
import XCTest

@testable import Mien

final class FrameTransformTests: XCTestCase {
    private struct Vector: Decodable {
        let frame: [Int]
        let view: [Float]
        let scale: String
        let turn: Int
        let mirror: Bool
        let bounds: [Float]
        let shown: [Float]

        var transform: FrameTransform {
            get throws {
                let name = scale.replacingOccurrences(of: "_", with: "").lowercased()
                let scale = try XCTUnwrap(FrameTransform.Scale.allCases.first { "\($0)".lowercased() == name })
                return FrameTransform(
                    frameWidth: frame[0], frameHeight: frame[1], viewWidth: view[0], viewHeight: view[1], scale: scale,
                    turnDegrees: turn, mirror: mirror)
            }
        }
    }

    private func vectors() throws -> [Vector] {
        try JSONDecoder().decode([Vector].self, from: Material.bytes("transform/vectors.json"))
    }

    func testBoundsAreShownWhereTheReferenceVectorsSay() throws {
        let vectors = try vectors()
        XCTAssertEqual(vectors.count, 4 * FrameTransform.Scale.allCases.count * 4 * 2)
        for vector in vectors {
            let bounds = FaceBounds(
                x: vector.bounds[0], y: vector.bounds[1], width: vector.bounds[2], height: vector.bounds[3])
            let shown = try vector.transform.toView(bounds)
            for (value, expected) in zip([shown.x, shown.y, shown.width, shown.height], vector.shown) {
                // Products of floats up to a few thousand.
                XCTAssertEqual(value, expected, accuracy: 2e-3, "\(vector)")
            }
        }
    }

    func testATouchIsFoundInTheFrameAgain() throws {
        for vector in try vectors() {
            let transform = try vector.transform
            for point in [FacePoint(x: 0, y: 0), FacePoint(x: 3, y: 4.5), FacePoint(x: 6, y: 1)] {
                let found = try XCTUnwrap(transform.toFrame(transform.toView(point)))
                XCTAssertEqual(found.x, point.x, accuracy: 2e-3)
                XCTAssertEqual(found.y, point.y, accuracy: 2e-3)
            }
        }
    }

    func testAViewOrFrameWithoutAreaShowsNothing() {
        for (frame, view) in [(0, Float(10)), (10, 0), (-3, 10), (10, -1)] {
            let transform = FrameTransform(frameWidth: frame, frameHeight: 10, viewWidth: view, viewHeight: 10)
            XCTAssertEqual(
                transform.toView(FaceBounds(x: 1, y: 2, width: 3, height: 4)),
                FaceBounds(x: 0, y: 0, width: 0, height: 0))
            XCTAssertNil(transform.toFrame(FacePoint(x: 1, y: 1)))
        }
    }

    func testTurnsOfAnyNumberOfQuartersAreTurnsOfZeroToThree() {
        func center(_ degrees: Int, _ point: FacePoint) -> FacePoint {
            FrameTransform(frameWidth: 480, frameHeight: 640, viewWidth: 300, viewHeight: 400, turnDegrees: degrees)
                .toView(point)
        }
        XCTAssertEqual(center(-90, FacePoint(x: 7, y: 9)), center(270, FacePoint(x: 7, y: 9)))
        XCTAssertEqual(center(720, FacePoint(x: 240, y: 320)), FacePoint(x: 150, y: 200))
    }
}
