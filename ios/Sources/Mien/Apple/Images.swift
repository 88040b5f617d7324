#if canImport(CoreGraphics) && canImport(ImageIO)
public import CoreGraphics
import Foundation
public import ImageIO

extension Frame {
    /// Creates the frame of a picture. Its pixels are drawn once into memory that the frame owns.
    ///
    /// - Parameters:
    ///   - image: the picture.
    ///   - orientation: its orientation.
    ///   - mirror: whether positions in results are mirrored left to right, to fit the preview of a front camera.
    /// - Throws: ``ErrorCode/invalidFrame`` if it cannot be drawn.
    public init(_ image: CGImage, orientation: CGImagePropertyOrientation = .up, mirror: Bool = false) throws(MienError)
    {
        let (width, height) = (image.width, image.height)
        try self.init(drawnAs: width, height, orientation: orientation, mirror: mirror) { bytes in
            let context = CGContext(
                data: bytes, width: width, height: height, bitsPerComponent: 8, bytesPerRow: 4 * width,
                space: Self.colors, bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
            context?.draw(image, in: CGRect(x: 0, y: 0, width: width, height: height))
            return context != nil
        }
    }

    /// Creates a frame of pixels in red, green, blue and another byte, which `draw` writes.
    ///
    /// - Parameter draw: returns whether it could draw.
    fileprivate init(
        drawnAs width: Int, _ height: Int, orientation: CGImagePropertyOrientation, mirror: Bool,
        _ draw: (UnsafeMutableRawPointer) -> Bool
    ) throws(MienError) {
        try Self.check(width, height)
        var pixels = Data(count: 4 * width * height)
        guard pixels.withUnsafeMutableBytes({ $0.baseAddress.map(draw) ?? false }) else {
            throw MienError(.invalidFrame, "the picture cannot be drawn")
        }
        let turn = Turn(exif: orientation.rawValue)
        self.init(
            format: .rgba8, width: width, height: height, planes: [pixels], rotationDegrees: turn.degrees,
            flip: turn.flip, mirror: mirror)
    }

    fileprivate static var colors: CGColorSpace {
        CGColorSpace(name: CGColorSpace.sRGB) ?? CGColorSpaceCreateDeviceRGB()
    }

    /// Creates the frame of a picture file, upright by its orientation; `nil` if the system does not read such files.
    ///
    /// - Throws: ``ErrorCode/invalidFrame`` if the picture is damaged or too large.
    init?(pictureFile bytes: Data) throws(MienError) {
        guard let source = CGImageSourceCreateWithData(bytes as CFData, nil), CGImageSourceGetCount(source) > 0 else {
            return nil
        }
        let index = CGImageSourceGetPrimaryImageIndex(source)
        let properties = CGImageSourceCopyPropertiesAtIndex(source, index, nil) as? [CFString: Any] ?? [:]
        // Before memory of that size is allocated.
        if let width = properties[kCGImagePropertyPixelWidth] as? Int,
            let height = properties[kCGImagePropertyPixelHeight] as? Int
        {
            try Self.check(width, height)
        }
        // The system would draw a truncated file.
        let cut: [CGImageSourceStatus] = [.statusIncomplete, .statusUnexpectedEOF, .statusInvalidData]
        let once = [kCGImageSourceShouldCache: false] as CFDictionary
        guard !cut.contains(CGImageSourceGetStatusAtIndex(source, index)),
            let image = CGImageSourceCreateImageAtIndex(source, index, once)
        else { throw MienError(.invalidFrame, "the picture cannot be read: the file is damaged") }
        let orientation = (properties[kCGImagePropertyOrientation] as? NSNumber)?.uint32Value
        try self.init(image, orientation: orientation.flatMap(CGImagePropertyOrientation.init) ?? .up)
    }

    private static func check(_ width: Int, _ height: Int) throws(MienError) {
        guard width > 0, height > 0, max(width, height) <= longestSide else {
            throw MienError(
                .invalidFrame, "the picture is \(width)x\(height); sides must be 1 to \(longestSide) pixels")
        }
    }
}

/// The maximum number of columns or rows of a picture.
private let longestSide = 16384

#if canImport(CoreImage)
public import CoreImage

extension Frame {
    /// Creates the frame of a picture of Core Image, which is drawn once into memory that the frame owns, in the size of
    /// its extent.
    ///
    /// - Parameters:
    ///   - image: the picture.
    ///   - orientation: its orientation.
    ///   - mirror: whether positions in results are mirrored left to right, to fit the preview of a front camera.
    ///   - context: draws the picture; creating one is slow, so pass yours if you draw many.
    /// - Throws: ``ErrorCode/invalidFrame`` if its extent is empty, infinite or too large.
    public init(
        _ image: CIImage, orientation: CGImagePropertyOrientation = .up, mirror: Bool = false,
        context: CIContext = CIContext()
    ) throws(MienError) {
        let bounds = image.extent.integral
        guard bounds.width.isFinite, bounds.height.isFinite, max(bounds.width, bounds.height) <= CGFloat(longestSide)
        else { throw MienError(.invalidFrame, "the picture is infinite or too large: crop it first") }
        let (width, height) = (Int(bounds.width), Int(bounds.height))
        try self.init(drawnAs: width, height, orientation: orientation, mirror: mirror) { bytes in
            context.render(
                image, toBitmap: bytes, rowBytes: 4 * width, bounds: bounds, format: .RGBA8, colorSpace: Self.colors)
            return true
        }
    }
}
#endif
#endif

#if canImport(UIKit)
public import UIKit

extension Frame {
    /// Creates the frame of a picture, upright by its orientation.
    ///
    /// - Parameters:
    ///   - image: the picture, of Core Graphics or of Core Image.
    ///   - mirror: whether positions in results are mirrored left to right, to fit the preview of a front camera.
    /// - Throws: ``ErrorCode/invalidFrame`` if it has no pixels.
    public init(_ image: UIImage, mirror: Bool = false) throws(MienError) {
        let orientation = CGImagePropertyOrientation(image.imageOrientation)
        if let pixels = image.cgImage {
            try self.init(pixels, orientation: orientation, mirror: mirror)
            return
        }
        #if canImport(CoreImage)
        if let picture = image.ciImage {
            try self.init(picture, orientation: orientation, mirror: mirror)
            return
        }
        #endif
        throw MienError(.invalidFrame, "the picture has no pixels")
    }
}

extension CGImagePropertyOrientation {
    fileprivate init(_ orientation: UIImage.Orientation) {
        switch orientation {
        case .up: self = .up
        case .upMirrored: self = .upMirrored
        case .down: self = .down
        case .downMirrored: self = .downMirrored
        case .left: self = .left
        case .leftMirrored: self = .leftMirrored
        case .right: self = .right
        case .rightMirrored: self = .rightMirrored
        @unknown default: self = .up
        }
    }
}
#endif

#if canImport(AppKit) && !targetEnvironment(macCatalyst)
public import AppKit

extension Frame {
    /// Creates the frame of a picture, in the resolution of its best representation.
    ///
    /// - Parameters:
    ///   - image: the picture.
    ///   - mirror: whether positions in results are mirrored left to right, to fit the preview of a front camera.
    /// - Throws: ``ErrorCode/invalidFrame`` if it has no pixels.
    public init(_ image: NSImage, mirror: Bool = false) throws(MienError) {
        guard let pixels = image.cgImage(forProposedRect: nil, context: nil, hints: nil) else {
            throw MienError(.invalidFrame, "the picture has no pixels")
        }
        try self.init(pixels, mirror: mirror)
    }
}
#endif
