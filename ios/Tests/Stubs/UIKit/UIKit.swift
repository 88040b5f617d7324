// swift-format-ignore-file
@_exported import CoreGraphics
public import CoreImage
@_exported import QuartzCore

public final class UIImage {
    public enum Orientation: Int {
        case up, down, left, right, upMirrored, downMirrored, leftMirrored, rightMirrored
    }

    public let cgImage: CGImage?
    public let ciImage: CIImage?
    public let imageOrientation: Orientation

    public init(cgImage: CGImage, scale: CGFloat, orientation: Orientation) {
        (self.cgImage, ciImage, imageOrientation) = (cgImage, nil, orientation)
    }

    public init(ciImage: CIImage, scale: CGFloat, orientation: Orientation) {
        (cgImage, self.ciImage, imageOrientation) = (nil, ciImage, orientation)
    }

    /// A picture without pixels.
    public init() { (cgImage, ciImage, imageOrientation) = (nil, nil, .up) }
}

public enum UIDeviceOrientation: Int, Sendable {
    case unknown, portrait, portraitUpsideDown, landscapeLeft, landscapeRight, faceUp, faceDown
}

@MainActor
public final class UIDevice {
    public static let current = UIDevice()
    public static nonisolated let orientationDidChangeNotification = Notification.Name("UIDeviceOrientationDidChange")
    public private(set) var orientation = UIDeviceOrientation.unknown

    public func beginGeneratingDeviceOrientationNotifications() {}
    public func endGeneratingDeviceOrientationNotifications() {}
}

@MainActor
open class UIView {
    public init() {}
    open class var layerClass: AnyClass { CALayer.self }
    public private(set) lazy var layer: CALayer = (Self.layerClass as? CALayer.Type ?? CALayer.self).init()
}

public final class UIColor: @unchecked Sendable {
    public static let systemBackground = UIColor()
}

public struct UITextContentType: Sendable {
    public static let name = UITextContentType()
}

public final class UIApplication {
    public static nonisolated let openSettingsURLString = "app-settings:"
}
