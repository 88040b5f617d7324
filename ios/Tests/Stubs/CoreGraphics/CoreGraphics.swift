// swift-format-ignore-file
@_exported import StubBasics

/// A picture: red, green, blue and alpha of each pixel.
public final class CGImage: @unchecked Sendable {
    public let width: Int
    public let height: Int
    public let stubPixels: [UInt8]

    public init(stubWidth: Int, height: Int, pixels: [UInt8]) {
        (width, self.height, stubPixels) = (stubWidth, height, pixels)
    }
}

public final class CGColorSpace: @unchecked Sendable {
    public static let sRGB: CFString = "kCGColorSpaceSRGB"

    public init?(name: CFString) {}
}

public func CGColorSpaceCreateDeviceRGB() -> CGColorSpace { CGColorSpace(name: "DeviceRGB")! }

public enum CGImageAlphaInfo: UInt32 {
    case noneSkipLast = 5
}

/// Draws whole pictures into memory.
public final class CGContext {
    private let data: UnsafeMutableRawPointer
    private let width: Int
    private let height: Int
    private let bytesPerRow: Int

    public init?(
        data: UnsafeMutableRawPointer?, width: Int, height: Int, bitsPerComponent: Int, bytesPerRow: Int,
        space: CGColorSpace, bitmapInfo: UInt32
    ) {
        guard let data, bitsPerComponent == 8, bytesPerRow >= 4 * width,
            bitmapInfo == CGImageAlphaInfo.noneSkipLast.rawValue
        else { return nil }
        (self.data, self.width, self.height, self.bytesPerRow) = (data, width, height, bytesPerRow)
    }

    public func draw(_ image: CGImage, in rect: CGRect) {
        precondition(rect == CGRect(x: 0, y: 0, width: width, height: height), "the stub does not scale")
        for row in 0..<image.height {
            image.stubPixels.withUnsafeBytes { pixels in
                (data + row * bytesPerRow).copyMemory(
                    from: pixels.baseAddress! + row * 4 * width, byteCount: 4 * width)
            }
        }
    }
}

public struct CGAffineTransform: Sendable, Equatable {
    public var a: CGFloat
    public var b: CGFloat
    public var c: CGFloat
    public var d: CGFloat
    public var tx: CGFloat
    public var ty: CGFloat

    public init(a: CGFloat, b: CGFloat, c: CGFloat, d: CGFloat, tx: CGFloat, ty: CGFloat) {
        (self.a, self.b, self.c, self.d, self.tx, self.ty) = (a, b, c, d, tx, ty)
    }

    public static let identity = CGAffineTransform(a: 1, b: 0, c: 0, d: 1, tx: 0, ty: 0)
}
