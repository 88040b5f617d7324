// swift-format-ignore-file
@_exported import CoreGraphics

open class CALayer {
    public required init() {}

    public var bounds = CGRect.zero
}
