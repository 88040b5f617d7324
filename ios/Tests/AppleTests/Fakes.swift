import AVFoundation
import CoreVideo
import Foundation
import ImageIO
import Mien
import XCTest

/// The bundled clip: one woman, 480x270, one face in every frame.
enum Clip {
    static let width = 480
    static let height = 270
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Returns the bytes of a frame that scripts/apple/test.sh decoded.
    static func bytes(_ layout: String, _ index: Int = 0) throws -> [UInt8] {
        guard let folder = ProcessInfo.processInfo.environment["MIEN_TEST_MATERIAL"] else {
            throw XCTSkip("MIEN_TEST_MATERIAL names no folder; run `make test-swift`")
        }
        let file = URL(fileURLWithPath: folder).appendingPathComponent("clip.\(layout)")
        guard FileManager.default.fileExists(atPath: file.path) else { throw XCTSkip("there is no clip.\(layout)") }
        let all = try Data(contentsOf: file)
        let length =
            layout == "nv12" ? width * height * 3 / 2 : width * height * (layout == "rgba" || layout == "bgra" ? 4 : 3)
        return [UInt8](all[index * length..<(index + 1) * length])
    }

    static func engine() async throws -> EmotionEngine {
        try await EmotionEngine.create(
            models: ModelPack(folder: repository.appendingPathComponent("models")), store: nil)
    }

    static func rgb(_ index: Int = 0) throws -> Frame {
        Frame(format: .rgb8, width: width, height: height, planes: [Data(try bytes("rgb24", index))])
    }

    static func rgba(_ index: Int = 0) throws -> CGImage {
        CGImage(stubWidth: width, height: height, pixels: try bytes("rgba", index))
    }

    /// The planes of a frame as the package takes them without a buffer.
    static func nv12(_ index: Int = 0, videoRange: Bool) throws -> Frame {
        let bytes = Data(try bytes("nv12", index))
        let luma = width * height
        return Frame(
            format: .nv12, width: width, height: height, planes: [bytes[..<luma], bytes[luma...]],
            videoRange: videoRange)
    }
}

func code(_ text: String) -> OSType { text.utf8.reduce(0) { $0 << 8 | OSType($1) } }

/// Pixel buffers like those of a camera: rows end in padding.
enum Buffers {
    static func yuv(_ format: String, _ index: Int = 0, padding: Int = 64) throws -> CVPixelBuffer {
        let bytes = try Clip.bytes("nv12", index)
        let isWide = format.hasSuffix("20") && format != "420f" && format != "420v"
        let luma = Clip.width * Clip.height
        let planes = [(Array(bytes[..<luma]), Clip.height), (Array(bytes[luma...]), Clip.height / 2)]
        return CVPixelBuffer(
            stubFormat: code(format), width: Clip.width, height: Clip.height,
            planes: planes.map { samples, rows in
                // The value of 10 bits stands in the upper ones.
                let samples = isWide ? samples.flatMap { [0, $0] } : samples
                return plane(samples, rows: rows, padding: padding)
            }, isPlanar: true)
    }

    static func bgra(_ index: Int = 0, padding: Int = 64) throws -> CVPixelBuffer {
        CVPixelBuffer(
            stubFormat: code("BGRA"), width: Clip.width, height: Clip.height,
            planes: [plane(try Clip.bytes("bgra", index), rows: Clip.height, padding: padding)], isPlanar: false)
    }

    private static func plane(_ samples: [UInt8], rows: Int, padding: Int) -> CVPixelBuffer.StubPlane {
        let used = samples.count / rows
        let padded = (0..<rows).flatMap { row in
            samples[row * used..<(row + 1) * used] + Array(repeating: UInt8(77), count: padding)
        }
        return CVPixelBuffer.StubPlane(padded, rows: rows, bytesPerRow: used + padding)
    }

    static func sample(_ buffer: CVPixelBuffer?, us: Int64) -> CMSampleBuffer {
        CMSampleBuffer(stub: buffer, time: CMTime(value: us, timescale: 1_000_000))
    }
}

/// Runs `work` and returns the error that it must throw.
func error(_ work: () async throws -> Void, file: StaticString = #filePath, line: UInt = #line) async -> MienError? {
    do {
        try await work()
        XCTFail("nothing was thrown", file: file, line: line)
        return nil
    } catch let error as MienError {
        return error
    } catch {
        XCTFail("\(error)", file: file, line: line)
        return nil
    }
}
