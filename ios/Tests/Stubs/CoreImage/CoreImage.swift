// swift-format-ignore-file
@_exported import CoreGraphics
@_exported import CoreVideo

/// A picture that is computed when it is drawn.
public final class CIImage: @unchecked Sendable {
    public let extent: CGRect
    fileprivate let pixels: (_ x: Int, _ y: Int) -> [UInt8]

    /// A picture whose pixel in column x and row y (from the top of its extent) is `pixels(x, y)`.
    public init(stubExtent: CGRect, pixels: @escaping (_ x: Int, _ y: Int) -> [UInt8]) {
        (extent, self.pixels) = (stubExtent, pixels)
    }
}

public struct CIFormat: Sendable, Equatable {
    fileprivate let name: String
    public static let RGBA8 = CIFormat(name: "RGBA8")
}

public final class CIContext: @unchecked Sendable {
    public init() {}

    public func render(
        _ image: CIImage, toBitmap data: UnsafeMutableRawPointer, rowBytes: Int, bounds: CGRect, format: CIFormat,
        colorSpace: CGColorSpace?
    ) {
        precondition(format == .RGBA8, "the stub draws RGBA8 only")
        for row in 0..<Int(bounds.height) {
            for column in 0..<Int(bounds.width) {
                let pixel = image.pixels(
                    column + Int(bounds.minX - image.extent.minX), row + Int(image.extent.maxY - bounds.maxY))
                pixel.withUnsafeBytes {
                    (data + row * rowBytes + 4 * column).copyMemory(from: $0.baseAddress!, byteCount: 4)
                }
            }
        }
    }
}
