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

// Foundation on Linux has no thermal state.
extension ProcessInfo {
    public enum ThermalState: Int, Sendable {
        case nominal, fair, serious, critical
    }

    public static let thermalStateDidChangeNotification =
        Notification.Name("NSProcessInfoThermalStateDidChangeNotification")

    public var thermalState: ThermalState { stubPower.read().0 }
    public var isLowPowerModeEnabled: Bool { stubPower.read().1 }
}

/// The state of the device, which a test sets.
public final class StubPower: @unchecked Sendable {
    private let lock = NSLock()
    private var state = (ProcessInfo.ThermalState.nominal, false)

    func read() -> (ProcessInfo.ThermalState, Bool) { lock.withLock { state } }

    public func stubSet(_ thermalState: ProcessInfo.ThermalState, isLow: Bool) {
        lock.withLock { state = (thermalState, isLow) }
    }
}

public let stubPower = StubPower()

extension Notification.Name {
    public static let NSProcessInfoPowerStateDidChange = Notification.Name("NSProcessInfoPowerStateDidChangeNotification")
}
