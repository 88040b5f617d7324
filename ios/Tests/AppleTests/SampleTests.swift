@preconcurrency import AVFoundation
import Foundation
import Mien
import XCTest

@testable import Sample

final class SampleTests: XCTestCase {
    override func setUp() {
        AVCaptureVideoDataOutput.stubFormats = ["420v", "420f"].map(code)
        AVCaptureDevice.stubStatus = .authorized
        (AVCaptureDevice.stubAnswer, AVCaptureDevice.stubIsMissing) = (true, false)
        AVAudioApplication.shared.stubPermission = .granted
    }

    func testTheCameraRunsWhileAViewNeedsItAndHandsOutFrames() async throws {
        try await SampleFlows().cameraRunsWhileNeeded()
    }

    func testACameraWithoutAReadableFormatDoesNotRun() async throws {
        AVCaptureVideoDataOutput.stubFormats = ["&8v0"].map(code)
        await SampleFlows().cameraWithoutFormat()
    }

    func testAMissingCameraIsTold() async {
        AVCaptureDevice.stubIsMissing = true
        await SampleFlows().missingCamera()
    }

    func testThePermissionIsAskedForOnceAndMayComeLater() async throws {
        AVCaptureDevice.stubStatus = .notDetermined
        AVCaptureDevice.stubAnswer = false
        try await SampleFlows().permissionComesLater()
    }

    func testTheCameraIsOffInTheBackground() async throws {
        try await SampleFlows().cameraIsOffInTheBackground()
    }

    func testAnInterruptionIsToldUntilItEnds() async throws {
        try await SampleFlows().interruptionIsTold()
    }

    func testTheCameraIsStartedAgainAfterAFailure() async throws {
        try await SampleFlows().failureIsRetried()
    }

    func testFramesThatCannotBeReadAreTold() async throws {
        try await SampleFlows().unreadableFrames()
    }

    func testTheMicrophoneNeedsAPermissionThatMayComeLater() async throws {
        try await SampleFlows().microphonePermission()
    }

    func testACallPausesTheMicrophoneAndAFailureSwitchesItOff() async throws {
        try await SampleFlows().microphoneInterruption()
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
        XCTAssertEqual(camera.condition.permission, .granted)
        XCTAssertNil(camera.condition.notice)
        let output = try XCTUnwrap(camera.session.outputs.first as? AVCaptureVideoDataOutput)
        camera.device?.stubCaptureAngle = 90
        let delegate = try XCTUnwrap(output.sampleBufferDelegate)
        delegate.captureOutput(
            output, didOutput: Buffers.sample(try Buffers.yuv("420f"), us: 40_000),
            from: try XCTUnwrap(output.connection(with: .video)))
        let frame = await frames.next()
        XCTAssertEqual(frame?.timestamp, .milliseconds(40))
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
        XCTAssertEqual(camera.condition.notice, Notice(Phrase(.cameraUnreadable), .retry))
        AVCaptureVideoDataOutput.stubFormats = ["420f"].map(code)
        await camera.retry()
        XCTAssertNil(camera.condition.notice)
        XCTAssertNotNil(camera.device)
    }

    func missingCamera() async {
        let camera = Camera()
        await camera.enter(.live)
        XCTAssertEqual(camera.condition.notice, Notice(Phrase(.cameraMissing)))
        XCTAssertFalse(camera.session.isRunning)
    }

    func permissionComesLater() async throws {
        let camera = Camera()
        let asked = AVCaptureDevice.stubAsked
        await camera.enter(.live)
        await camera.leave(.live)
        await camera.enter(.live)
        XCTAssertEqual(AVCaptureDevice.stubAsked, asked + 1)
        XCTAssertEqual(camera.condition.notice, Notice(Phrase(.cameraDenied), .openSettings))
        XCTAssertFalse(camera.session.isRunning)
        // The person goes to the settings and comes back.
        await camera.setInFront(false)
        AVCaptureDevice.stubStatus = .authorized
        await camera.setInFront(true)
        try await wait { camera.session.isRunning }
        XCTAssertNil(camera.condition.notice)
    }

    func cameraIsOffInTheBackground() async throws {
        let camera = Camera()
        await camera.enter(.live)
        try await wait { camera.session.isRunning }
        await camera.setInFront(false)
        try await wait { !camera.session.isRunning }
        await camera.setInFront(true)
        try await wait { camera.session.isRunning }
        XCTAssert(camera.session.isMultitaskingCameraAccessEnabled)
    }

    private func post(_ name: Notification.Name, _ camera: Camera, _ info: [String: any Sendable] = [:]) {
        NotificationCenter.default.post(name: name, object: camera.session, userInfo: info)
    }

    func interruptionIsTold() async throws {
        let camera = Camera()
        await camera.enter(.live)
        let cases: [(AVCaptureSession.InterruptionReason, Phrase.Key)] = [
            (.videoDeviceInUseByAnotherClient, .cameraInUse),
            (.videoDeviceNotAvailableWithMultipleForegroundApps, .cameraSharedScreen),
            (.videoDeviceNotAvailableDueToSystemPressure, .cameraWarm),
            (.audioDeviceInUseByAnotherClient, .cameraPaused),
        ]
        for (reason, key) in cases {
            let info = [AVCaptureSessionInterruptionReasonKey: reason.rawValue]
            post(AVCaptureSession.wasInterruptedNotification, camera, info)
            try await wait { camera.condition.notice == Notice(Phrase(key)) }
            // The system resumes a session that is left running.
            XCTAssert(camera.condition.runs)
        }
        post(AVCaptureSession.interruptionEndedNotification, camera)
        try await wait { camera.condition.notice == nil }
        // Nobody sees the background; other sessions are not ours.
        let background = AVCaptureSession.InterruptionReason.videoDeviceNotAvailableInBackground.rawValue
        post(
            AVCaptureSession.wasInterruptedNotification, camera, [AVCaptureSessionInterruptionReasonKey: background])
        post(AVCaptureSession.wasInterruptedNotification, Camera())
        try await Task.sleep(nanoseconds: 50_000_000)
        XCTAssertNil(camera.condition.notice)
    }

    func failureIsRetried() async throws {
        let camera = Camera()
        await camera.enter(.live)
        try await wait { camera.session.isRunning }
        camera.session.stopRunning()
        post(AVCaptureSession.runtimeErrorNotification, camera, [AVCaptureSessionErrorKey: AVError(.unknown)])
        try await wait { camera.condition.notice == Notice(Phrase(.cameraStopped), .retry) }
        XCTAssertFalse(camera.session.isRunning)
        await camera.retry()
        try await wait { camera.session.isRunning && camera.condition.notice == nil }
        // The system has restarted its media services: nobody needs to press a button.
        camera.session.stopRunning()
        post(
            AVCaptureSession.runtimeErrorNotification, camera,
            [AVCaptureSessionErrorKey: AVError(.mediaServicesWereReset)])
        try await wait { camera.session.isRunning }
        XCTAssertNil(camera.condition.notice)
    }

    func unreadableFrames() async throws {
        let camera = Camera()
        await camera.enter(.live)
        try await wait { camera.session.isRunning }
        let output = try XCTUnwrap(camera.session.outputs.first as? AVCaptureVideoDataOutput)
        let (delegate, connection) = (output.sampleBufferDelegate, try XCTUnwrap(output.connection(with: .video)))
        func hand(_ count: Int, _ buffer: CVPixelBuffer?) {
            for _ in 0..<count {
                delegate?.captureOutput(output, didOutput: Buffers.sample(buffer, us: 40_000), from: connection)
            }
        }
        // Some are missing, as after an interruption; one that is there starts the count again.
        hand(29, nil)
        hand(1, try Buffers.yuv("420f"))
        hand(29, nil)
        try await Task.sleep(nanoseconds: 50_000_000)
        XCTAssertNil(camera.condition.notice)
        hand(1, nil)
        try await wait { camera.condition.notice == Notice(Phrase(.cameraUnreadable), .retry) }
        try await wait { !camera.session.isRunning }
        await camera.retry()
        try await wait { camera.session.isRunning && camera.condition.notice == nil }
    }

    func microphonePermission() async throws {
        AVAudioApplication.shared.stubPermission = .denied
        let microphone = Microphone()
        try await microphone.use(true)
        XCTAssertFalse(microphone.isOn)
        XCTAssertEqual(microphone.notice, Notice(Phrase(.microphoneDenied), .openSettings))
        microphone.recheck()
        XCTAssertNotNil(microphone.notice)
        AVAudioApplication.shared.stubPermission = .granted
        microphone.recheck()
        XCTAssertNil(microphone.notice)
        try await microphone.use(true)
        XCTAssert(microphone.isOn && AVAudioSession.sharedInstance().stubIsActive)
        try await microphone.use(false)
        XCTAssertFalse(microphone.isOn || AVAudioSession.sharedInstance().stubIsActive)
    }

    func microphoneInterruption() async throws {
        let microphone = Microphone()
        try await microphone.use(true)
        let (center, session) = (NotificationCenter.default, AVAudioSession.sharedInstance())
        for (type, paused) in [(AVAudioSession.InterruptionType.began, true), (.ended, false)] {
            center.post(
                name: AVAudioSession.interruptionNotification, object: session,
                userInfo: [AVAudioSessionInterruptionTypeKey: type.rawValue])
            try await wait { (microphone.notice == Notice(Phrase(.microphonePaused))) == paused }
        }
        XCTAssert(microphone.isOn)
        center.post(name: AVAudioSession.mediaServicesWereResetNotification, object: session)
        try await wait { microphone.notice == Notice(Phrase(.microphoneFailed)) }
        XCTAssertFalse(microphone.isOn)
    }

    private func wait(_ condition: () -> Bool) async throws {
        for _ in 0..<500 where !condition() { try await Task.sleep(nanoseconds: 10_000_000) }
        XCTAssertTrue(condition())
    }
}
