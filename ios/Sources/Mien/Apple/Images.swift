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
    /// - Throws: ``EmotionError/invalidFrame(_:)`` if it cannot be drawn.
    public init(_ image: CGImage, orientation: CGImagePropertyOrientation = .up) throws {
        let (width, height) = (image.width, image.height)
        try Self.check(width, height)
        var pixels = Data(count: 4 * width * height)
        let drawn = pixels.withUnsafeMutableBytes { bytes -> Bool in
            let context = CGContext(
                data: bytes.baseAddress, width: width, height: height, bitsPerComponent: 8, bytesPerRow: 4 * width,
                space: CGColorSpace(name: CGColorSpace.sRGB) ?? CGColorSpaceCreateDeviceRGB(),
                bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
            context?.draw(image, in: CGRect(x: 0, y: 0, width: width, height: height))
            return context != nil
        }
        guard drawn else { throw EmotionError.invalidFrame("the picture cannot be drawn") }
        let turn = Turn(exif: orientation.rawValue)
        self.init(
            format: .rgba8, width: width, height: height, planes: [pixels], rotationDegrees: turn.degrees,
            flip: turn.flip)
    }

    /// Creates the frame of a picture file, upright by its orientation; `nil` if the system does not read such files.
    ///
    /// - Throws: ``EmotionError/invalidFrame(_:)`` if the picture is damaged or too large.
    init?(pictureFile bytes: Data) throws {
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
        else { throw EmotionError.invalidFrame("the picture cannot be read: the file is damaged") }
        let orientation = (properties[kCGImagePropertyOrientation] as? NSNumber)?.uint32Value
        try self.init(image, orientation: orientation.flatMap(CGImagePropertyOrientation.init) ?? .up)
    }

    private static func check(_ width: Int, _ height: Int) throws {
        guard width > 0, height > 0, max(width, height) <= longestSide else {
            throw EmotionError.invalidFrame(
                "the picture is \(width)x\(height); sides must be 1 to \(longestSide) pixels")
        }
    }

    private static let longestSide = 16384
}
#endif

#if canImport(UIKit)
public import UIKit

extension Frame {
    /// Creates the frame of a picture, upright by its orientation.
    ///
    /// - Throws: ``EmotionError/invalidFrame(_:)`` if it has no pixels.
    public init(_ image: UIImage) throws {
        guard let pixels = image.cgImage else { throw EmotionError.invalidFrame("the picture has no pixels") }
        try self.init(pixels, orientation: CGImagePropertyOrientation(image.imageOrientation))
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
