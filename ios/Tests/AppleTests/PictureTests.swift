@preconcurrency import AVFoundation
import AppKit
import CoreImage
import Foundation
import ImageIO
import UIKit
import XCTest

@testable import Mien

final class PictureTests: XCTestCase {
    func testPicturesOfEveryFrameworkAreTheSame() async throws {
        let engine = try await Clip.engine()
        let expected = try await engine.process(Clip.rgb())
        XCTAssertEqual(expected.faces.count, 1)
        let picture = try Clip.rgba()
        let pixels = picture.stubPixels
        let (width, height) = (Clip.width, Clip.height)
        let computed = CIImage(stubExtent: CGRect(x: -7, y: 11, width: width, height: height)) { x, y in
            Array(pixels[4 * (y * width + x)..<4 * (y * width + x) + 4])
        }
        let frames = [
            try Frame(picture), try Frame(UIImage(cgImage: picture, scale: 2, orientation: .up)),
            try Frame(UIImage(ciImage: computed, scale: 1, orientation: .up)), try Frame(computed),
            try Frame(NSImage(cgImage: picture, size: CGSize(width: 1, height: 1))),
        ]
        for frame in frames {
            let result = try await engine.process(frame)
            XCTAssertEqual(result, expected)
        }
        let mirrored = try await engine.process(try Frame(picture, mirror: true)).faces[0]
        XCTAssertEqual(mirrored.landmarks.nose.x, Float(width) - expected.faces[0].landmarks.nose.x)
        XCTAssertEqual(mirrored.emotion, expected.faces[0].emotion)
    }

    func testTheOrientationOfAPictureIsThatOfItsFrame() throws {
        let picture = try Clip.rgba()
        let orientations: [(UIImage.Orientation, CGImagePropertyOrientation)] = [
            (.up, .up), (.upMirrored, .upMirrored), (.down, .down), (.downMirrored, .downMirrored), (.left, .left),
            (.leftMirrored, .leftMirrored), (.right, .right), (.rightMirrored, .rightMirrored),
        ]
        for (orientation, exif) in orientations {
            let one = try Frame(UIImage(cgImage: picture, scale: 1, orientation: orientation)).layout
            let other = try Frame(picture, orientation: exif).layout
            XCTAssertEqual(one, other, "\(orientation)")
            XCTAssertEqual(Turn(exif: exif.rawValue), Turn(degrees: one.rotationDegrees, flip: one.flip))
        }
    }

    func testPicturesWithoutPixelsAreRefused() async {
        let refusals: [() throws -> Frame] = [
            { try Frame(UIImage()) }, { try Frame(NSImage(size: .zero)) },
            { try Frame(CIImage(stubExtent: .zero) { _, _ in [] }) },
            { try Frame(CIImage(stubExtent: .infinite) { _, _ in [] }) },
            { try Frame(CGImage(stubWidth: 16385, height: 1, pixels: [])) },
        ]
        for refusal in refusals {
            let refused = await error { _ = try refusal() }
            XCTAssertEqual(refused?.code, .invalidFrame)
        }
    }

    func testAFileThatTheCoreDoesNotReadIsDecodedByTheSystem() async throws {
        let engine = try await Clip.engine()
        let expected = try await engine.process(Clip.rgb())
        let picture = try Clip.rgba()
        let black = CGImage(stubWidth: 4, height: 4, pixels: [UInt8](repeating: 0, count: 64))
        let heic = Data([0, 0, 0, 24]) + Data("ftypheic".utf8) + Data(repeating: 7, count: 20)
        CGImageSource.stub(heic, .init([black, picture]))
        let result = try await engine.process(picture: heic)
        XCTAssertEqual(result, expected)
        let decoded = try await engine.process(try await Frame.decode(heic))
        XCTAssertEqual(decoded, expected)
        // Any type that ImageIO reads, turned by its orientation.
        let other = Data("a type of tomorrow".utf8)
        CGImageSource.stub(other, .init([picture], orientation: 6))
        let turned = try await engine.process(picture: other)
        XCTAssertEqual([turned.width, turned.height], [Clip.height, Clip.width])
    }

    func testADamagedOrHugeFileOfTheSystemIsRefused() async throws {
        let engine = try await Clip.engine()
        let picture = try Clip.rgba()
        let cut = Data("cut".utf8)
        CGImageSource.stub(cut, .init([picture], status: .statusUnexpectedEOF))
        let damaged = await error { _ = try await engine.process(picture: cut) }
        XCTAssertEqual(damaged?.message, "the picture cannot be read: the file is damaged")
        let huge = Data("huge".utf8)
        CGImageSource.stub(huge, .init([picture], statedSide: 20_000))
        let large = await error { _ = try await engine.process(picture: huge) }
        XCTAssertEqual(large?.message, "the picture is 20000x20000; sides must be 1 to 16384 pixels")
    }
}

final class VideoFramesTests: XCTestCase {
    private struct Broken: Error {}

    private func samples(_ count: Int) throws -> [CMSampleBuffer] {
        try (0..<count).map { Buffers.sample(try Buffers.yuv("420v", $0), us: Int64($0) * 40_000) }
    }

    func testTheFramesOfAFilmComeInOrderWithTheirTimes() async throws {
        let engine = try await Clip.engine()
        var all = try samples(3)
        // A sample without a picture, as at an edit, is passed over.
        all.insert(Buffers.sample(nil, us: 60_000), at: 2)
        let film = VideoFrames(AVAsset(stubSamples: all))
        let (video, direct) = (try engine.video(), try engine.video())
        // Each iteration begins at the start.
        for _ in 0..<2 {
            var times: [Duration] = []
            for try await next in film { times.append(TimedFrame(next.frame, timestamp: next.timestamp).timestamp) }
            XCTAssertEqual(times, [.zero, .milliseconds(40), .milliseconds(80)])
        }
        XCTAssertEqual(AVAssetReader.stubSettings?["PixelFormatType"] as? OSType, code("420v"))
        for try await next in film {
            let result = try await video.process(next.frame, timestamp: next.timestamp)
            let expected = try await direct.process(
                Clip.nv12(Int(next.timestamp / .milliseconds(40)), videoRange: true), timestamp: next.timestamp)
            XCTAssertEqual(result.faces.map(\.bounds), expected.faces.map(\.bounds))
            XCTAssertEqual(result.faces.map(\.landmarks), expected.faces.map(\.landmarks))
            XCTAssertEqual(result.faces.count, 1)
        }
    }

    func testTheTransformOfAFilmIsItsOrientation() async throws {
        // Matrices that map stored pictures to shown ones: turned clockwise, then flipped left to right.
        let transforms: [((CGFloat, CGFloat, CGFloat, CGFloat), Int, Bool)] = [
            ((1, 0, 0, 1), 0, false), ((0, 1, -1, 0), 90, false), ((-1, 0, 0, -1), 180, false),
            ((0, -1, 1, 0), 270, false), ((-1, 0, 0, 1), 0, true), ((0, 1, 1, 0), 90, true), ((1, 0, 0, -1), 180, true),
            ((0, -1, -1, 0), 270, true),
        ]
        for ((a, b, c, d), degrees, flip) in transforms {
            let transform = CGAffineTransform(a: a, b: b, c: c, d: d, tx: 9, ty: 9)
            let film = VideoFrames(AVAsset(stubSamples: try samples(1), transform: transform), mirror: true)
            var frames = film.makeAsyncIterator()
            let frame = try await frames.next()?.frame
            XCTAssertEqual(frame?.rotationDegrees, degrees, "\((a, b, c, d))")
            XCTAssertEqual(frame?.layout.flip, flip, "\((a, b, c, d))")
            XCTAssertEqual(frame?.layout.mirror, true)
        }
    }

    func testAFilmThatCannotBeReadSaysSo() async throws {
        let silent = await error {
            for try await _ in VideoFrames(AVAsset(stubSamples: [], hasVideo: false)) {}
        }
        XCTAssertEqual(silent?.message, "the film has no video")
        let count = Count()
        let all = try samples(2)
        let broken = await error {
            for try await _ in VideoFrames(AVAsset(stubSamples: all, failure: Broken())) { count.up() }
        }
        XCTAssertEqual(broken?.message, "the film cannot be read")
        XCTAssertEqual(count.value, 2)
    }

    func testLeavingTheLoopEndsTheReading() async throws {
        let cancelled = AVAssetReader.stubCancelled
        let all = try samples(3)
        for try await _ in VideoFrames(AVAsset(stubSamples: all)) { break }
        for _ in 0..<100 where AVAssetReader.stubCancelled == cancelled {
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        XCTAssertEqual(AVAssetReader.stubCancelled, cancelled + 1)
    }
}

private final class Count: @unchecked Sendable {
    private let lock = NSLock()
    private var number = 0
    var value: Int { lock.withLock { number } }
    func up() { lock.withLock { number += 1 } }
}
