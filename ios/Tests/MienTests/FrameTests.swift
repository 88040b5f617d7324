import Foundation
import XCTest

@testable import Mien

final class FrameTests: XCTestCase {
    private let width = ClipFrames.width
    private let height = ClipFrames.height

    /// Returns `pixels` of `bytes` each with `padding` bytes after each row.
    private func padded(_ pixels: Data, rowBytes: Int, padding: Int) -> Data {
        var rows = Data()
        for start in stride(from: 0, to: pixels.count, by: rowBytes) {
            rows.append(pixels.subdata(in: start..<start + rowBytes))
            rows.append(Data(repeating: 77, count: padding))
        }
        return rows
    }

    func testAPictureFileAndItsPixelsGiveTheSame() async throws {
        let engine = try await engineWithoutStore()
        let pixels = try ClipFrames(.rgb24)[0]
        let file = bitmap(pixels)
        let expected = try await engine.process(ClipFrames.rgb(pixels))
        let result = try await engine.process(picture: file)
        XCTAssertEqual(result, expected)
        XCTAssertEqual(result.faces.count, 1)
        XCTAssertEqual([result.width, result.height], [width, height])
    }

    func testADecodedPictureFileIsAFrameForAStream() async throws {
        let pixels = try ClipFrames(.rgb24)[0]
        let file = bitmap(pixels)
        let engine = try await engineWithoutStore()
        let (one, other) = (try engine.video(), try engine.video())
        let frame = try await Frame.decode(file)
        XCTAssertEqual([frame.uprightWidth, frame.uprightHeight], [width, height])
        let decoded = try await one.process(frame, timestamp: .zero)
        let expected = try await other.process(ClipFrames.rgb(pixels), timestamp: .zero)
        XCTAssertEqual(decoded.faces, expected.faces)
        XCTAssertEqual(decoded.faces.count, 1)
    }

    func testAPictureThatIsUpsideDownIsTurned() async throws {
        let engine = try await engineWithoutStore()
        let pixels = try ClipFrames(.rgb24)[0]
        let upright = try await engine.process(ClipFrames.rgb(pixels))
        let bytes = [UInt8](pixels)
        let backwards = stride(from: bytes.count - 3, through: 0, by: -3).flatMap { bytes[$0..<$0 + 3] }
        let turned = try await engine.process(ClipFrames.rgb(Data(backwards)))
        XCTAssertEqual([upright.turnDegrees, turned.turnDegrees], [0, 180])
        XCTAssertEqual(turned.principal?.emotion?.label, upright.principal?.emotion?.label)
        XCTAssertEqual(turned.principal?.issues, upright.principal?.issues)
    }

    /// A BMP file with 24 bits per pixel: rows from the bottom, blue first, multiples of four bytes.
    private func bitmap(_ rgb: Data) -> Data {
        func number(_ value: Int, _ bytes: Int) -> Data { Data((0..<bytes).map { UInt8(value >> (8 * $0) & 255) }) }
        var file = Data("BM".utf8) + number(54 + rgb.count, 4) + number(0, 4) + number(54, 4)
        file += number(40, 4) + number(width, 4) + number(height, 4) + number(1, 2) + number(24, 2)
        file += number(0, 4) + number(rgb.count, 4) + number(0, 16)
        let pixels = [UInt8](rgb)
        for row in (0..<height).reversed() {
            for column in 0..<width {
                let at = 3 * (row * width + column)
                file.append(contentsOf: [pixels[at + 2], pixels[at + 1], pixels[at]])
            }
        }
        return file
    }

    func testTheOrderOfColorsMakesNoDifference() async throws {
        let engine = try await engineWithoutStore()
        let expected = try await engine.process(ClipFrames.rgb(try ClipFrames(.rgb24)[0]))
        let bgra = Frame(format: .bgra8, width: width, height: height, planes: [try ClipFrames(.bgra)[0]])
        let rgba = Frame(format: .rgba8, width: width, height: height, planes: [try ClipFrames(.rgba)[0]])
        let fromBgra = try await engine.process(bgra)
        let fromRgba = try await engine.process(rgba)
        XCTAssertEqual(fromBgra, expected)
        XCTAssertEqual(fromRgba, expected)
    }

    func testPaddingBetweenRowsIsNotLookedAt() async throws {
        let engine = try await engineWithoutStore()
        let bgra = try ClipFrames(.bgra)[0]
        let tight = Frame(format: .bgra8, width: width, height: height, planes: [bgra])
        let loose = Frame(
            format: .bgra8, width: width, height: height,
            planes: [padded(bgra, rowBytes: 4 * width, padding: 64)], rowStride: 4 * width + 64)
        let expected = try await engine.process(tight)
        let result = try await engine.process(loose)
        XCTAssertEqual(result, expected)
    }

    func testTheLastRowMayEndAtItsLastPixel() async throws {
        let engine = try await engineWithoutStore()
        let bgra = padded(try ClipFrames(.bgra)[0], rowBytes: 4 * width, padding: 64).dropLast(64)
        let frame = Frame(format: .bgra8, width: width, height: height, planes: [bgra], rowStride: 4 * width + 64)
        let faces = try await engine.process(frame).faces
        XCTAssertEqual(faces.count, 1)
        let short = Frame(
            format: .bgra8, width: width, height: height, planes: [bgra.dropLast()], rowStride: 4 * width + 64)
        await assertThrows("invalidFrame") { try await engine.process(short) }
    }

    func testASliceOfABufferIsReadFromItsOwnStart() async throws {
        let engine = try await engineWithoutStore()
        let frames = try ClipFrames(.rgb24)
        let both = frames[0] + frames[9]
        let slice = both[frames[0].count...]
        XCTAssertNotEqual(slice.startIndex, 0)
        let expected = try await engine.process(ClipFrames.rgb(frames[9]))
        let result = try await engine.process(ClipFrames.rgb(slice))
        XCTAssertEqual(result, expected)
    }

    func testAllWaysToLayChromaGiveTheSame() async throws {
        let engine = try await engineWithoutStore()
        let luma = width * height
        let nv12 = try ClipFrames(.nv12)[0]
        let nv21 = try ClipFrames(.nv21)[0]
        let planar = try ClipFrames(.yuv420p)[0]
        let quarter = luma / 4
        let frames = [
            Frame(
                format: .nv12, width: width, height: height, planes: [nv12[..<luma], nv12[luma...]], videoRange: true),
            Frame(
                format: .nv21, width: width, height: height, planes: [nv21[..<luma], nv21[luma...]], videoRange: true),
            Frame(
                format: .yuv420, width: width, height: height,
                planes: [planar[..<luma], planar[luma..<luma + quarter], planar[(luma + quarter)...]], videoRange: true),
            // As from Android's cameras: both planes view one interleaved buffer.
            Frame(
                format: .yuv420, width: width, height: height,
                planes: [nv12[..<luma], nv12[luma...], nv12[(luma + 1)...]], chromaRowStride: width,
                chromaPixelStride: 2, videoRange: true),
        ]
        let expected = try await engine.process(frames[0])
        XCTAssertEqual(expected.faces.first?.emotion?.label, "sad")
        for frame in frames[1...] {
            let result = try await engine.process(frame)
            XCTAssertEqual(result, expected)
        }
    }

    func testCamerasColorsGiveNearlyTheFacesOfThePicture() async throws {
        let engine = try await engineWithoutStore()
        let luma = width * height
        let nv12 = try ClipFrames(.nv12)[0]
        let frame = Frame(
            format: .nv12, width: width, height: height, planes: [nv12[..<luma], nv12[luma...]], videoRange: true)
        let camera = try await engine.process(frame)
        let picture = try await engine.process(ClipFrames.rgb(try ClipFrames(.rgb24)[0]))
        let (one, other) = (try XCTUnwrap(camera.faces.first), try XCTUnwrap(picture.faces.first))
        // Half of the colors are lost; the face stays within a pixel.
        XCTAssertEqual(one.landmarks.nose.x, other.landmarks.nose.x, accuracy: 1)
        XCTAssertEqual(one.landmarks.nose.y, other.landmarks.nose.y, accuracy: 1)
        XCTAssertEqual(one.emotion?.label, other.emotion?.label)
    }

    func testGrayFramesShowFacesToo() async throws {
        let engine = try await engineWithoutStore()
        let frame = Frame(format: .gray8, width: width, height: height, planes: [try ClipFrames(.gray)[0]])
        let faces = try await engine.process(frame).faces
        XCTAssertEqual(faces.count, 1)
    }

    /// Returns the pixels of `upright` in a buffer of this EXIF orientation, by the definition of EXIF: the position of
    /// row 0 and column 0 of the buffer on the upright picture.
    private func buffer(_ upright: [UInt8], _ orientation: UInt32) -> (pixels: Data, width: Int, height: Int) {
        let turned = orientation >= 5
        let (columns, rows) = turned ? (height, width) : (width, height)
        var pixels = [UInt8](repeating: 0, count: upright.count)
        for row in 0..<rows {
            for column in 0..<columns {
                // Upright x and y of the pixel of the buffer.
                let (x, y): (Int, Int) =
                    switch orientation {
                    case 1: (column, row)  // row 0 top, column 0 left
                    case 2: (width - 1 - column, row)  // top, right
                    case 3: (width - 1 - column, height - 1 - row)  // bottom, right
                    case 4: (column, height - 1 - row)  // bottom, left
                    case 5: (row, column)  // left, top
                    case 6: (width - 1 - row, column)  // right, top
                    case 7: (width - 1 - row, height - 1 - column)  // right, bottom
                    default: (row, height - 1 - column)  // left, bottom
                    }
                let (from, to) = (3 * (y * width + x), 3 * (row * columns + column))
                for channel in 0..<3 { pixels[to + channel] = upright[from + channel] }
            }
        }
        return (Data(pixels), columns, rows)
    }

    func testEveryOrientationIsMadeUpright() async throws {
        let engine = try await engineWithoutStore()
        let upright = [UInt8](try ClipFrames(.rgb24)[0])
        let expected = try await engine.process(ClipFrames.rgb(Data(upright))).faces.map(\.place)
        for orientation in UInt32(1)...8 {
            let (pixels, columns, rows) = buffer(upright, orientation)
            let turn = Turn(exif: orientation)
            let frame = Frame(
                format: .rgb8, width: columns, height: rows, planes: [pixels], rotationDegrees: turn.degrees,
                flip: turn.flip)
            let faces = try await engine.process(frame).faces.map(\.place)
            XCTAssertEqual(faces, expected, "orientation \(orientation)")
        }
    }

    /// Returns `pixels` rotated clockwise by this number of quarters.
    private func turned(_ pixels: [UInt8], _ width: Int, _ height: Int, quarters: Int) -> ([UInt8], Int, Int) {
        guard quarters > 0 else { return (pixels, width, height) }
        var turned = pixels
        for y in 0..<height {
            for x in 0..<width {
                let (from, to) = (3 * (y * width + x), 3 * (x * height + height - 1 - y))
                for channel in 0..<3 { turned[to + channel] = pixels[from + channel] }
            }
        }
        return self.turned(turned, height, width, quarters: quarters - 1)
    }

    private func flipped(_ pixels: [UInt8], _ width: Int) -> [UInt8] {
        var flipped = pixels
        for at in 0..<pixels.count / 3 {
            let to = at / width * width + width - 1 - at % width
            for channel in 0..<3 { flipped[3 * to + channel] = pixels[3 * at + channel] }
        }
        return flipped
    }

    func testACamerasFrameIsWhatTheSensorSawUprightHoweverItLies() async throws {
        let engine = try await engineWithoutStore()
        let upright = [UInt8](try ClipFrames(.rgb24)[0])
        let expected = try await engine.process(ClipFrames.rgb(Data(upright))).faces.map(\.place)
        XCTAssertEqual(expected.count, 1)
        for level in 0..<4 {
            // A buffer that becomes upright by `level` quarter rotations.
            let (sensor, columns, rows) = turned(upright, width, height, quarters: (4 - level) % 4)
            for applied in 0..<4 {
                let (buffer, bufferColumns, bufferRows) = turned(sensor, columns, rows, quarters: applied)
                for mirrored in [false, true] {
                    let turn = Turn(level: 90 * Double(level), applied: 90 * Double(applied), mirrored: mirrored)
                    XCTAssertEqual(Turn(exif: turn.exif), turn)
                    let pixels = mirrored ? flipped(buffer, bufferColumns) : buffer
                    let result = try await engine.process(
                        Frame(
                            format: .rgb8, width: bufferColumns, height: bufferRows, planes: [Data(pixels)],
                            rotationDegrees: turn.degrees, flip: turn.flip))
                    XCTAssertEqual(result.faces.map(\.place), expected, "\(level), \(applied), \(mirrored)")
                }
            }
        }
    }

    func testACameraThatSaysAlmostARightAngleIsTurnedByOne() {
        XCTAssertEqual(Turn(level: 89.6, applied: 0, mirrored: false), Turn(exif: 6))
        XCTAssertEqual(Turn(level: 0, applied: 270, mirrored: false), Turn(exif: 6))
        XCTAssertEqual(Turn(level: 359.9, applied: 0, mirrored: false), Turn(exif: 1))
        XCTAssertEqual(Turn(level: -90, applied: 0, mirrored: false), Turn(exif: 8))
    }

    func testOlderPhonesCamerasLieAcross() {
        // As in Apple's table for Vision, without mirroring the front camera, which would change the face.
        let poses: [(Pose, back: UInt32, front: UInt32)] = [
            (.portrait, 6, 6), (.portraitUpsideDown, 8, 8), (.landscapeLeft, 1, 3), (.landscapeRight, 3, 1),
        ]
        for (pose, back, front) in poses {
            for (isFront, exif) in [(false, back), (true, front)] {
                let turn = Turn(level: pose.level(ofFront: isFront), applied: 0, mirrored: false)
                XCTAssertEqual(turn.exif, exif, "\(pose), front: \(isFront)")
                XCTAssertFalse(turn.flip)
            }
        }
    }

    #if !canImport(ImageIO)
    func testAFileThatIsNotReadHereIsNamedByItsFormat() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let enrollment = try await engine.users.enroll("Anna")
        let clips = try engine.users.clips()
        try clips.begin("happy")
        func box(_ brands: String...) -> Data {
            Data([0, 0, 0, UInt8(16 + 4 * brands.count - 4)]) + Data("ftyp\(brands[0])\0\0\0\0".utf8)
                + Data(brands.dropFirst().joined().utf8) + Data(repeating: 7, count: 300)
        }
        let files: [(String, Data)] = [
            ("HEIC", box("heic", "mif1", "heic")), ("HEIC", box("mif1", "heic", "hevc")), ("HEIC", box("heix")),
            ("HEIF", box("mif1", "miaf")), ("AVIF", box("avif", "mif1")), ("QuickTime", box("qt  ")),
            ("MP4", box("isom", "mp42")), ("GIF", Data("GIF89a".utf8)), ("PDF", Data("%PDF-1.7".utf8)),
            ("JPEG XL", Data([0xFF, 0x0A, 1, 2])), ("JPEG 2000", Data([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20])),
            ("HEIC", Data([0, 0, 0, 24]) + Data("ftypheic".utf8)),
            ("HEIC", Data([255, 0, 0, 0]) + Data("ftypheic".utf8)),
        ]
        for (format, file) in files {
            await assertThrows("invalidFrame", "a \(format) file") { try await engine.process(picture: file) }
            // The indices of a slice do not start at 0.
            let slice = (Data([1, 2, 3]) + file).dropFirst(3)
            await assertThrows("invalidFrame", "a \(format) file") { try await enrollment.add(picture: slice) }
            await assertThrows("invalidFrame", "a \(format) file") { try await clips.add(picture: file) }
            await assertThrows("invalidFrame", "a \(format) file") {
                try await engine.users.verify("Wanda", picture: file)
            }
        }
        for file in [Data([0, 0, 0]), Data("ftyp".utf8), Data([0, 0, 0, 8]) + Data("fty".utf8)] {
            await assertThrows("invalidFrame", "cannot be read") { try await engine.process(picture: file) }
        }
    }
    #endif

    func testAMirroredFrameHasTheSameAnswersAtMirroredPositions() async throws {
        let engine = try await engineWithoutStore()
        let pixels = try ClipFrames(.rgb24)[0]
        let mirrored = Frame(format: .rgb8, width: width, height: height, planes: [pixels], mirror: true)
        let plain = try await engine.process(ClipFrames.rgb(pixels)).faces
        let flipped = try await engine.process(mirrored).faces
        let (one, other) = (try XCTUnwrap(plain.first), try XCTUnwrap(flipped.first))
        XCTAssertEqual(other.landmarks.nose.x, Float(width) - one.landmarks.nose.x)
        XCTAssertEqual(other.landmarks.nose.y, one.landmarks.nose.y)
        XCTAssertEqual(other.landmarks.leftEye.x, Float(width) - one.landmarks.rightEye.x)
        XCTAssertLessThan(other.bounds.x, one.bounds.x - 100)
        XCTAssertEqual([other.quality.yaw, other.quality.roll], [-one.quality.yaw, -one.quality.roll])
        // Recognition sees the same pixels.
        XCTAssertEqual(other.emotion, one.emotion)
        XCTAssertEqual(other.identity, one.identity)
    }

    func testNoFaceIsAResult() async throws {
        let engine = try await engineWithoutStore()
        let result = try await engine.process(blank())
        XCTAssertEqual([result.width, result.height, result.faces.count], [320, 240, 0])
    }

    func testAFrameThatBreaksTheLengthRuleIsRefused() async throws {
        let engine = try await engineWithoutStore()
        let cases: [Frame] = [
            Frame(format: .rgb8, width: 4, height: 4, planes: [Data(count: 47)]),
            Frame(format: .rgb8, width: 0, height: 4, planes: [Data()]),
            Frame(format: .rgb8, width: 16385, height: 1, planes: [Data(count: 3 * 16385)]),
            Frame(format: .rgb8, width: -4, height: 4, planes: [Data(count: 48)]),
            Frame(format: .rgb8, width: 4, height: Int.max, planes: [Data(count: 48)]),
            Frame(format: .rgb8, width: 4, height: 4, planes: [Data(count: 48)], rowStride: 11),
            Frame(format: .rgb8, width: 4, height: 4, planes: [Data(count: 48)], rotationDegrees: 45),
            Frame(format: .nv12, width: 4, height: 4, planes: [Data(count: 16)]),
            Frame(format: .yuv420, width: 4, height: 4, planes: [Data(count: 16), Data(count: 4)]),
            Frame(format: .gray8, width: 4, height: 4, planes: []),
        ]
        for frame in cases {
            await assertThrows("invalidFrame") { try await engine.process(frame) }
        }
        await assertThrows("invalidFrame", "width is -4") { try await engine.process(cases[3]) }
    }

    func testWhatIsNoPictureIsRefused() async throws {
        let engine = try await engineWithoutStore()
        let whole = try Material.bytes("pictures/obama.jpg")
        for file in [Data(), Data("no picture".utf8), whole.prefix(300)] {
            await assertThrows("invalidFrame", "picture") { try await engine.process(picture: file) }
            await assertThrows("invalidFrame", "picture") { try Frame.decodeBlocking(file) }
        }
    }
}
