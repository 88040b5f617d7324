@preconcurrency import AVFoundation
import CoreVideo
import Foundation
import ImageIO
import XCTest

@testable import Mien

final class PixelBufferTests: XCTestCase {
    func testEveryReadableFormatIsThePictureOfItsPlanes() async throws {
        let engine = try await Clip.engine()
        for (format, videoRange) in [("420v", true), ("420f", false)] {
            let expected = try await engine.process(Clip.nv12(videoRange: videoRange))
            XCTAssertEqual(expected.faces.count, 1)
            for padding in [0, 64] {
                let buffer = try Buffers.yuv(format, padding: padding)
                let result = try await engine.process(Frame(buffer))
                XCTAssertEqual(result, expected, format)
                XCTAssertEqual(buffer.stubLocks, 0)
                XCTAssertGreaterThan(buffer.stubReads, 0)
            }
        }
        let rgb = try await engine.process(Clip.rgb())
        let bgra = try await engine.process(Frame(try Buffers.bgra()))
        XCTAssertEqual(bgra, rgb)
    }

    func testTenBitsWithTheValuesOfEightAreTheSamePicture() async throws {
        let engine = try await Clip.engine()
        let expected = try await engine.process(Clip.nv12(videoRange: true))
        let video = try await engine.process(Frame(try Buffers.yuv("x420")))
        XCTAssertEqual(video, expected)
        // The full range of 10 bits ends at 1023/4 and not at 255.
        let full = try await engine.process(Frame(try Buffers.yuv("xf20")))
        let eight = try await engine.process(Clip.nv12(videoRange: false))
        let (one, other) = (try XCTUnwrap(full.faces.first), try XCTUnwrap(eight.faces.first))
        XCTAssertEqual(one.landmarks.nose.x, other.landmarks.nose.x, accuracy: 0.5)
        XCTAssertEqual(one.emotion?.label, other.emotion?.label)
        XCTAssertNotEqual(full, video)
    }

    func testAFormatThatCannotBeReadIsNamedByItsFourCharacters() async throws {
        let formats = [
            ("&8v0", "is compressed"), ("-8v0", "is compressed"), ("&xv0", "is compressed"), ("-BGA", "is compressed"),
            ("2vuy", "is not read here"), ("b64a", "is not read here"),
        ]
        for (format, reason) in formats {
            let buffer = CVPixelBuffer(
                stubFormat: code(format), width: 8, height: 8,
                planes: [.init(nil, rows: 8, bytesPerRow: 8)], isPlanar: false)
            let refused = await error { _ = try Frame(buffer) }
            XCTAssertEqual(refused?.code, .invalidFrame)
            let message = try XCTUnwrap(refused?.message)
            XCTAssertTrue(message.contains("'\(format)' \(reason)"), message)
            XCTAssertTrue(message.contains("'420f', '420v', 'BGRA', 'xf20' or 'x420'"), message)
        }
        XCTAssertEqual(BufferFormat.name(32), "32")
        XCTAssertEqual(BufferFormat.name(0x4142_0D43), "1094847811")
    }

    func testABufferThatCannotBeLockedOrHasNoMemoryIsRefused() async throws {
        let engine = try await Clip.engine()
        let locked = try Buffers.bgra()
        locked.stubRefusesLocks = true
        let refused = await error { _ = try await engine.process(Frame(locked)) }
        XCTAssertEqual(refused?.message, "the pixel buffer cannot be locked")
        let empty = CVPixelBuffer(
            stubFormat: code("420f"), width: 8, height: 8,
            planes: [.init(nil, rows: 8, bytesPerRow: 8), .init(nil, rows: 4, bytesPerRow: 8)], isPlanar: true)
        let unread = await error { _ = try await engine.process(Frame(empty)) }
        XCTAssertEqual(unread?.message, "the pixel buffer has no memory")
        XCTAssertEqual(empty.stubLocks, 0)
        let onePlane = CVPixelBuffer(
            stubFormat: code("420f"), width: 8, height: 8, planes: [.init(nil, rows: 8, bytesPerRow: 8)], isPlanar: true
        )
        let short = await error { _ = try Frame(onePlane) }
        XCTAssertEqual(short?.message, "a pixel buffer in '420f' has 1 planes")
    }

    func testMirroringChangesPositionsOnly() async throws {
        let engine = try await Clip.engine()
        for format in ["420f", "x420"] {
            let plain = try await engine.process(Frame(try Buffers.yuv(format)))
            let mirrored = try await engine.process(Frame(try Buffers.yuv(format), mirror: true))
            let (one, other) = (try XCTUnwrap(plain.faces.first), try XCTUnwrap(mirrored.faces.first))
            XCTAssertEqual(other.landmarks.nose.x, Float(Clip.width) - one.landmarks.nose.x)
            XCTAssertEqual(other.emotion, one.emotion)
            XCTAssertEqual(other.identity, one.identity)
        }
    }

    func testASampleWithoutAPictureOrTimeIsTold() async throws {
        let refused = await error { _ = try Frame(Buffers.sample(nil, us: 0)) }
        XCTAssertEqual(refused?.message, "the sample has no picture")
        XCTAssertEqual(Buffers.sample(nil, us: 1_234_567).timestamp, .microseconds(1_234_567))
        XCTAssertNil(CMSampleBuffer(stub: nil, time: .invalid).timestamp)
        XCTAssertNil(Buffers.sample(nil, us: -1).timestamp)
    }
}

final class CameraOrientationTests: XCTestCase {
    func testEachCameraHasItsOwnCoordinator() throws {
        let camera = CameraOrientation()
        let made = AVCaptureDevice.RotationCoordinator.stubMade
        // A sensor that lies across and one that stands, as the front cameras of newer phones.
        let across = AVCaptureDevice(stubID: "back", position: .back)
        across.stubCaptureAngle = 90
        let standing = AVCaptureDevice(stubID: "front", position: .front)
        standing.stubCaptureAngle = 0
        let inputs = try [across, standing].map { try AVCaptureDeviceInput(device: $0) }
        let connections = inputs.map { AVCaptureConnection(stubInput: $0) }
        for _ in 0..<3 {
            XCTAssertEqual(connections.map(camera.orientation), [.right, .up])
        }
        XCTAssertEqual(AVCaptureDevice.RotationCoordinator.stubMade, made + 2)
        // The device turns; a connection that rotates its buffers itself needs no more.
        across.stubCaptureAngle = 180
        XCTAssertEqual(camera.orientation(of: connections[0]), .down)
        connections[0].videoRotationAngle = 180
        XCTAssertEqual(camera.orientation(of: connections[0]), .up)
        // A connection that mirrors is flipped back.
        connections[1].isVideoMirrored = true
        XCTAssertEqual(camera.orientation(of: connections[1]), .upMirrored)
        XCTAssertEqual(camera.orientation(of: AVCaptureConnection(stubInput: nil)), .up)
    }

    func testWithoutACoordinatorThePoseOfTheDeviceCounts() {
        let camera = CameraOrientation()
        for position in [AVCaptureDevice.Position.front, .back] {
            let turn = camera.older(AVCaptureDevice(stubID: "a", position: position), mirrored: false)
            XCTAssertEqual(turn.exif, CGImagePropertyOrientation.right.rawValue)
        }
    }
}

final class GeometryTests: XCTestCase {
    func testBoundsAndPointsAreThoseOfCoreGraphics() {
        let bounds = FaceBounds(x: 1.5, y: 2, width: 30, height: 40)
        XCTAssertEqual(bounds.cgRect, CGRect(x: 1.5, y: 2, width: 30, height: 40))
        XCTAssertEqual(FacePoint(x: 3, y: 4.5).cgPoint, CGPoint(x: 3, y: 4.5))
    }
}

final class PreviewScaleTests: XCTestCase {
    func testTheGravityOfAPreviewLayerIsAScale() {
        let layer = AVCaptureVideoPreviewLayer()
        XCTAssertEqual(FrameTransform.Scale(layer.videoGravity), .fitCenter)
        let gravities: [AVLayerVideoGravity] = [.resizeAspectFill, .resizeAspect, .resize]
        XCTAssertEqual(gravities.map { FrameTransform.Scale($0) }, [.fillCenter, .fitCenter, .stretch])
    }
}

/// What a feed has handed over; any thread may write.
private final class Taken<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [Value] = []
    var values: [Value] { lock.withLock { list } }
    func append(_ value: Value) { lock.withLock { list.append(value) } }
}

final class CameraFeedTests: XCTestCase {
    private let offered = ["420v", "420f", "BGRA", "&8v0", "&8f0", "x420", "&xv0"]

    override func setUp() {
        AVCaptureVideoDataOutput.stubFormats = offered.map(code)
    }

    private func session(angle: CGFloat = 0) throws -> (AVCaptureSession, AVCaptureDevice) {
        let device = AVCaptureDevice(stubID: UUID().uuidString, position: .front)
        device.stubCaptureAngle = angle
        let session = AVCaptureSession()
        session.addInput(try AVCaptureDeviceInput(device: device))
        return (session, device)
    }

    private func format(_ output: AVCaptureVideoDataOutput) -> OSType? {
        output.videoSettings?["PixelFormatType"] as? OSType
    }

    func testTheOutputIsAskedForItsFormatsAndTheBestIsChosen() throws {
        let (session, _) = try session()
        let feed = CameraFeed { _, _ in }
        for (offered, chosen) in [
            (offered, "420f"), (["&8v0", "420v", "BGRA"], "420v"), (["BGRA", "x420"], "BGRA"),
            (["&xv0", "x420"], "x420"),
        ] {
            AVCaptureVideoDataOutput.stubFormats = offered.map(code)
            let output = try feed.attach(to: session)
            XCTAssertEqual(format(output), code(chosen))
            XCTAssertTrue(output.alwaysDiscardsLateVideoFrames)
            XCTAssertTrue(output.sampleBufferDelegate === feed)
            XCTAssertEqual(output.connection(with: .video)?.automaticallyAdjustsVideoMirroring, false)
            // Attaching again leaves the output before.
            XCTAssertEqual(session.outputs, [output])
            XCTAssertEqual(session.stubConfigurations, 0)
        }
    }

    func testASessionThatHasNoReadableFormatIsLeftAsItWas() async throws {
        let (session, _) = try session()
        let feed = CameraFeed { _, _ in }
        AVCaptureVideoDataOutput.stubFormats = ["&8v0", "&xv0"].map(code)
        let refused = await error { try feed.attach(to: session) }
        XCTAssertEqual(refused?.code, .invalidOption)
        XCTAssertTrue(try XCTUnwrap(refused?.message).contains("'&8v0', '&xv0'"))
        AVCaptureVideoDataOutput.stubFormats = []
        let none = await error { try feed.attach(to: session) }
        XCTAssertTrue(try XCTUnwrap(none?.message).contains("none at all"))
        session.stubAcceptsOutputs = false
        let full = await error { try feed.attach(to: session) }
        XCTAssertEqual(full?.message, "the capture session accepts no video output")
        XCTAssertEqual(session.outputs, [])
        XCTAssertEqual(session.stubConfigurations, 0)
    }

    func testDetachingLeavesTheSessionAndMayBeRepeated() throws {
        let (session, _) = try session()
        let feed = CameraFeed { _, _ in }
        let output = try feed.attach(to: session)
        for _ in 0..<2 {
            feed.detach()
            XCTAssertEqual(session.outputs, [])
            XCTAssertNil(output.sampleBufferDelegate)
            XCTAssertEqual(session.stubConfigurations, 0)
        }
        XCTAssertEqual(session.outputs, [])
        try feed.attach(to: session)
        XCTAssertEqual(session.outputs.count, 1)
    }

    func testFramesAreHandedOverUprightWithTheirTimesAndDropsAreCounted() async throws {
        let (session, device) = try session(angle: 90)
        let taken = Taken<(Frame, Duration)>()
        let failures = Taken<MienError>()
        let feed = CameraFeed(mirror: true, failed: { failures.append($0) }, take: { taken.append(($0, $1)) })
        let output = try feed.attach(to: session)
        let connection = try XCTUnwrap(output.connection(with: .video))
        feed.captureOutput(output, didOutput: Buffers.sample(try Buffers.yuv("420f"), us: 40_000), from: connection)
        feed.captureOutput(output, didDrop: Buffers.sample(nil, us: 50_000), from: connection)
        device.stubCaptureAngle = 0
        feed.isMirrored = false
        feed.captureOutput(output, didOutput: Buffers.sample(try Buffers.bgra(), us: 80_000), from: connection)
        feed.orientation = .downMirrored
        feed.captureOutput(output, didOutput: Buffers.sample(try Buffers.bgra(), us: 90_000), from: connection)
        // Without a time there is nothing to hand over.
        feed.captureOutput(output, didOutput: CMSampleBuffer(stub: nil, time: .invalid), from: connection)
        let frames = taken.values
        XCTAssertEqual(frames.map(\.1), [.milliseconds(40), .milliseconds(80), .milliseconds(90)])
        XCTAssertEqual(frames.map(\.0.rotationDegrees), [90, 0, 180])
        XCTAssertEqual(frames.map(\.0.layout.mirror), [true, false, false])
        XCTAssertEqual(frames.map(\.0.layout.flip), [false, false, true])
        XCTAssertEqual([frames[0].0.width, frames[0].0.height], [Clip.width, Clip.height])
        XCTAssertEqual([frames[0].0.uprightWidth, frames[0].0.uprightHeight], [Clip.height, Clip.width])
        XCTAssertEqual(feed.droppedFrames, 1)
        XCTAssertEqual(failures.values, [])
    }

    func testASessionSaysTheSameOfSamplesAsOfFramesAndErrorsAreReported() async throws {
        let engine = try await Clip.engine()
        let live = try engine.live()
        let failures = Taken<MienError>()
        let feed = CameraFeed(live, mirror: true, orientation: .up) { failures.append($0) }
        let output = AVCaptureVideoDataOutput()
        let connection = AVCaptureConnection(stubInput: nil)
        func hand(_ buffer: CVPixelBuffer, us: Int64) {
            feed.captureOutput(output, didOutput: Buffers.sample(buffer, us: us), from: connection)
        }
        hand(try Buffers.yuv("420v"), us: 100_000)
        var results = live.results.makeAsyncIterator()
        let fed = try await results.next()
        let video = try engine.video()
        let direct = try await video.process(
            Frame(try Buffers.yuv("420v"), mirror: true), timestamp: .microseconds(100_000))
        XCTAssertEqual(fed?.faces.map(\.bounds), direct.faces.map(\.bounds))
        XCTAssertEqual(fed?.faces.map(\.landmarks), direct.faces.map(\.landmarks))
        XCTAssertEqual(fed?.faces.count, 1)
        hand(try Buffers.yuv("420v"), us: 100_000)
        hand(
            CVPixelBuffer(
                stubFormat: code("&8v0"), width: 8, height: 8, planes: [.init(nil, rows: 8, bytesPerRow: 8)],
                isPlanar: false), us: 200_000)
        live.close()
        hand(try Buffers.yuv("420v"), us: 300_000)
        XCTAssertEqual(failures.values.map(\.code), [.timestampOrder, .invalidFrame, .closed])
    }
}
