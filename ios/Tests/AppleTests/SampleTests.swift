@preconcurrency import AVFoundation
import Foundation
import Mien
import XCTest

@testable import Sample

final class SampleTests: XCTestCase {
    override func setUp() {
        AVCaptureVideoDataOutput.stubFormats = ["420v", "420f"].map(code)
        AVCaptureDevice.stubStatus = .authorized
    }

    func testTheCameraRunsWhileAViewNeedsItAndHandsOutFrames() async throws {
        try await SampleFlows().cameraRunsWhileNeeded()
    }

    func testACameraWithoutAReadableFormatDoesNotRun() async throws {
        AVCaptureVideoDataOutput.stubFormats = ["&8v0"].map(code)
        await SampleFlows().cameraWithoutFormat()
    }
}

/// The tests on the main actor, where the sample's camera runs.
@MainActor
private struct SampleFlows {
    func cameraRunsWhileNeeded() async throws {
        let camera = Camera()
        var frames = camera.frames().makeAsyncIterator()
        await camera.enter(.live)
        try await wait { camera.session.isRunning }
        XCTAssertEqual(camera.isAllowed, true)
        let output = try XCTUnwrap(camera.session.outputs.first as? AVCaptureVideoDataOutput)
        camera.device?.stubCaptureAngle = 90
        let delegate = try XCTUnwrap(output.sampleBufferDelegate)
        delegate.captureOutput(
            output, didOutput: Buffers.sample(try Buffers.yuv("420f"), us: 40_000),
            from: try XCTUnwrap(output.connection(with: .video)))
        let frame = await frames.next()
        XCTAssertEqual(frame?.timestampUs, 40_000)
        XCTAssertEqual(frame?.frame.rotationDegrees, 90)
        try await wait { camera.pictureSize == CGSize(width: Clip.height, height: Clip.width) }
        await camera.leave(.live)
        try await wait { !camera.session.isRunning }
    }

    func cameraWithoutFormat() async {
        let camera = Camera()
        await camera.enter(.live)
        XCTAssertFalse(camera.session.isRunning)
        XCTAssertTrue(camera.session.inputs.isEmpty && camera.session.outputs.isEmpty)
        XCTAssertNil(camera.device)
    }

    private func wait(_ condition: () -> Bool) async throws {
        for _ in 0..<500 where !condition() { try await Task.sleep(nanoseconds: 10_000_000) }
        XCTAssertTrue(condition())
    }
}
