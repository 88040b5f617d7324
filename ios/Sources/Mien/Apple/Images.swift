#if canImport(CoreGraphics) && canImport(ImageIO)
public import CoreGraphics
import Foundation
public import ImageIO

extension Frame {
    /// The frame of a picture. Its pixels are drawn once into memory of the frame's own.
    ///
    /// - Parameters:
    ///   - image: the picture.
    ///   - orientation: how it lies.
    /// - Throws: ``EmotionError/invalidFrame(_:)`` where it cannot be drawn.
    public init(_ image: CGImage, orientation: CGImagePropertyOrientation = .up) throws {
        let (width, height) = (image.width, image.height)
        guard width > 0, height > 0, max(width, height) <= Self.longestSide else {
            throw EmotionError.invalidFrame(
                "the picture is \(width)x\(height); sides must be 1 to \(Self.longestSide) pixels")
        }
        var pixels = Data(count: 4 * width * height)
        let drawn = pixels.withUnsafeMutableBytes { bytes -> Bool in
            let context = CGContext(
                data: bytes.baseAddress, width: width, height: height, bitsPerComponent: 8, bytesPerRow: 4 * width,
                space: CGColorSpaceCreateDeviceRGB(), bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
            context?.draw(image, in: CGRect(x: 0, y: 0, width: width, height: height))
            return context != nil
        }
        guard drawn else { throw EmotionError.invalidFrame("the picture cannot be drawn") }
        let turn = Turn(exif: orientation.rawValue)
        self.init(
            format: .rgba8, width: width, height: height, planes: [pixels], rotationDegrees: turn.degrees,
            mirror: turn.mirror)
    }

    private static let longestSide = 16384
}
#endif

#if canImport(UIKit)
public import UIKit

extension Frame {
    /// The frame of a picture, upright as the picture says.
    ///
    /// - Throws: ``EmotionError/invalidFrame(_:)`` where it has no pixels.
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
