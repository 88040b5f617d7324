public import Foundation
internal import MienFFI

/// The layout of a frame's pixels.
public enum PixelFormat: Sendable, Hashable, CaseIterable {
    /// Three bytes a pixel: red, green, blue.
    case rgb8
    /// Four bytes a pixel: red, green, blue, alpha (ignored).
    case rgba8
    /// Four bytes a pixel: blue, green, red, alpha (ignored).
    case bgra8
    /// One luminance byte a pixel, full range.
    case gray8
    /// A luma plane and a half-size plane of interleaved U and V.
    case nv12
    /// A luma plane and a half-size plane of interleaved V and U.
    case nv21
    /// Luma, U and V planes: I420, or Android's `YUV_420_888`.
    case yuv420
    /// Like ``nv12`` with two bytes a sample, little-endian, whose upper 10 bits count: iOS's `x420` and `xf20`. A picture
    /// in HDR (HLG, PQ) is read as it is, without tone mapping.
    case p010
}

/// A picture in memory: planes of bytes and their layout.
///
/// A frame borrows its pixels: nothing is copied when it is created, and nothing is kept after the call that it is
/// passed to. That call checks the length of the planes: a plane needs `(rows - 1) * row stride + (columns - 1) *
/// pixel stride + sample` bytes, so that its last row may end at its last sample.
public struct Frame: Sendable {
    let pixels: any Pixels
    let layout: FrameLayout

    /// Creates a frame from planes of bytes.
    ///
    /// - Parameters:
    ///   - format: the layout of the pixels.
    ///   - width: columns of the buffer, 1 to 16384.
    ///   - height: rows of the buffer, 1 to 16384.
    ///   - planes: the bytes of each plane that the format has, one to three.
    ///   - rowStride: bytes from one row of the first plane to the next; 0 if there is no padding.
    ///   - chromaRowStride: bytes from one row of chroma to the next; 0 if there is no padding.
    ///   - chromaPixelStride: for ``PixelFormat/yuv420``: bytes from one chroma sample to the next; 0 counts as 1.
    ///   - videoRange: whether Y is 16 to 235 (of 10 bits, 64 to 940), as in video files and iOS's `420v`, instead of 0
    ///     to 255 (0 to 1023).
    ///   - rotationDegrees: the clockwise rotation that makes the buffer upright: 0, 90, 180 or 270.
    ///   - flip: whether the buffer, after the rotation, is the mirror image of the scene (a mirrored EXIF orientation,
    ///     a connection of a camera that mirrors). It is flipped back before recognition.
    ///   - mirror: whether positions in results are mirrored left to right, to fit the preview of a front camera.
    ///     Recognition sees the same pixels as without it.
    public init(
        format: PixelFormat,
        width: Int,
        height: Int,
        planes: [Data],
        rowStride: Int = 0,
        chromaRowStride: Int = 0,
        chromaPixelStride: Int = 0,
        videoRange: Bool = false,
        rotationDegrees: Int = 0,
        flip: Bool = false,
        mirror: Bool = false
    ) {
        pixels = Bytes(planes: planes)
        layout = FrameLayout(
            format: format, width: width, height: height, rowStride: rowStride, chromaRowStride: chromaRowStride,
            chromaPixelStride: chromaPixelStride, videoRange: videoRange, rotationDegrees: rotationDegrees,
            flip: flip, mirror: mirror)
    }

    /// Decodes a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF orientation: for streams of pictures. Engines,
    /// enrollments and clips take such files themselves. Apple's systems also read HEIC and the other formats of ImageIO.
    ///
    /// - Throws: ``ErrorCode/invalidFrame`` if the picture cannot be read; ``ErrorCode/cancelled``.
    public static func decode(_ picture: Data) async throws(MienError) -> Frame {
        try await Work.beside.run { try decodeBlocking(picture) }
    }

    /// Like ``decode(_:)``, on the caller's thread.
    public static func decodeBlocking(_ picture: Data) throws(MienError) -> Frame {
        try bridged { try PictureFile(picture).decoded() }
    }

    /// Columns of the buffer.
    public var width: Int { layout.width }

    /// Rows of the buffer.
    public var height: Int { layout.height }

    /// The clockwise rotation that makes the buffer upright: 0, 90, 180 or 270.
    public var rotationDegrees: Int { layout.rotationDegrees }

    /// The width of the upright picture, pixels: that of results.
    public var uprightWidth: Int { layout.isAcross ? layout.height : layout.width }

    /// The height of the upright picture, pixels: that of results.
    public var uprightHeight: Int { layout.isAcross ? layout.width : layout.height }

    init(pixels: any Pixels, layout: FrameLayout) {
        self.pixels = pixels
        self.layout = layout
    }

    /// Calls `call` with three planes; planes that the format does not have are empty.
    func borrowed<Value>(_ call: (Data, Data, Data, MienFFI.FrameLayout) throws -> Value) throws -> Value {
        let layout = try layout.core()
        return try pixels.borrowed { planes in
            let plane = { (index: Int) in index < planes.count ? planes[index] : Data() }
            return try call(plane(0), plane(1), plane(2), layout)
        }
    }
}

/// The owner of a frame's pixels.
protocol Pixels: Sendable {
    /// Calls `call` with the planes, whose bytes stay in place until it returns.
    func borrowed<Value>(_ call: ([Data]) throws -> Value) throws -> Value
}

private struct Bytes: Pixels {
    let planes: [Data]

    func borrowed<Value>(_ call: ([Data]) throws -> Value) throws -> Value {
        try call(planes)
    }
}

/// The layout of a frame.
struct FrameLayout: Sendable, Equatable {
    var format: PixelFormat
    var width: Int
    var height: Int
    var rowStride = 0
    var chromaRowStride = 0
    var chromaPixelStride = 0
    var videoRange = false
    var rotationDegrees = 0
    var flip = false
    var mirror = false

    /// Whether the rotation exchanges width and height.
    var isAcross: Bool { rotationDegrees % 180 != 0 }

    func core() throws(MienError) -> MienFFI.FrameLayout {
        do {
            return MienFFI.FrameLayout(
                format: format.core,
                width: try UInt32(checked: width, "width"),
                height: try UInt32(checked: height, "height"),
                rowStride: try UInt32(checked: rowStride, "rowStride"),
                chromaRowStride: try UInt32(checked: chromaRowStride, "chromaRowStride"),
                chromaPixelStride: try UInt32(checked: chromaPixelStride, "chromaPixelStride"),
                range: videoRange ? .video : .full,
                rotationDegrees: try Int32(checked: rotationDegrees, "rotationDegrees"),
                flip: flip,
                mirror: mirror
            )
        } catch {
            throw MienError(.invalidFrame, error.message)
        }
    }
}

extension PixelFormat {
    var core: MienFFI.PixelFormat {
        switch self {
        case .rgb8: .rgb8
        case .rgba8: .rgba8
        case .bgra8: .bgra8
        case .gray8: .gray8
        case .nv12: .nv12
        case .nv21: .nv21
        case .yuv420: .yuv420
        case .p010: .p010
        }
    }
}
