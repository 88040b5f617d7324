#if canImport(CoreVideo)
public import CoreVideo
import Foundation
public import ImageIO

extension Frame {
    /// Creates the frame of a pixel buffer of a camera or a video: `420f`, `420v`, `BGRA`, or 10 bits per sample in `x420`
    /// and `xf20`. Nothing is copied: the frame retains the buffer, and a call locks it for reading. Do not write to it
    /// meanwhile.
    ///
    /// Samples of 10 bits are read as they are: a picture in HDR (HLG, PQ) gets no tone mapping. The compressed formats of
    /// cameras (`&8v0`, `-8v0`, ...) have a layout of Apple's own and are refused.
    ///
    /// - Parameters:
    ///   - buffer: the buffer.
    ///   - orientation: its orientation. A mirrored one says that the buffer holds a mirror image, which is flipped
    ///     back.
    ///   - mirror: whether positions in results are mirrored left to right, to fit the preview of a front camera.
    /// - Throws: ``ErrorCode/invalidFrame`` for another format; the message has its four characters.
    public init(
        _ buffer: CVPixelBuffer, orientation: CGImagePropertyOrientation = .up, mirror: Bool = false
    ) throws(MienError) {
        let turn = Turn(exif: orientation.rawValue)
        let kind = try BufferFormat.of(CVPixelBufferGetPixelFormatType(buffer))
        var layout = FrameLayout(
            format: kind.format, width: CVPixelBufferGetWidth(buffer), height: CVPixelBufferGetHeight(buffer),
            videoRange: kind.videoRange, rotationDegrees: turn.degrees, flip: turn.flip, mirror: mirror)
        if kind.format == .bgra8 {
            layout.rowStride = CVPixelBufferGetBytesPerRow(buffer)
        } else {
            guard CVPixelBufferGetPlaneCount(buffer) == 2 else {
                throw MienError(
                    .invalidFrame,
                    "a pixel buffer in \(BufferFormat.name(kind.code)) has \(CVPixelBufferGetPlaneCount(buffer)) planes"
                )
            }
            layout.rowStride = CVPixelBufferGetBytesPerRowOfPlane(buffer, 0)
            layout.chromaRowStride = CVPixelBufferGetBytesPerRowOfPlane(buffer, 1)
        }
        self.init(pixels: LockedBuffer(buffer: buffer), layout: layout)
    }
}

/// A buffer whose memory is only read, and only while it is locked, which any thread may do.
private struct LockedBuffer: Pixels, @unchecked Sendable {
    let buffer: CVPixelBuffer

    func borrowed<Value>(_ call: ([Data]) throws -> Value) throws -> Value {
        guard CVPixelBufferLockBaseAddress(buffer, .readOnly) == kCVReturnSuccess else {
            throw MienError(.invalidFrame, "the pixel buffer cannot be locked")
        }
        defer { CVPixelBufferUnlockBaseAddress(buffer, .readOnly) }
        return try call(try planes())
    }

    /// The planes, without a copy.
    private func planes() throws -> [Data] {
        guard CVPixelBufferIsPlanar(buffer) else {
            return [
                try data(
                    CVPixelBufferGetBaseAddress(buffer),
                    CVPixelBufferGetBytesPerRow(buffer) * CVPixelBufferGetHeight(buffer))
            ]
        }
        return try (0..<CVPixelBufferGetPlaneCount(buffer)).map { plane in
            try data(
                CVPixelBufferGetBaseAddressOfPlane(buffer, plane),
                CVPixelBufferGetBytesPerRowOfPlane(buffer, plane) * CVPixelBufferGetHeightOfPlane(buffer, plane))
        }
    }

    private func data(_ address: UnsafeMutableRawPointer?, _ count: Int) throws(MienError) -> Data {
        guard let address else { throw MienError(.invalidFrame, "the pixel buffer has no memory") }
        return Data(bytesNoCopy: address, count: count, deallocator: .none)
    }
}
#endif
