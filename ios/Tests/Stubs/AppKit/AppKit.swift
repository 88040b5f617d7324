// swift-format-ignore-file
@_exported import CoreGraphics

public final class NSImage {
    private let picture: CGImage?

    public init(cgImage: CGImage, size: CGSize) { picture = cgImage }

    /// A picture without pixels.
    public init(size: CGSize) { picture = nil }

    public func cgImage(
        forProposedRect rect: UnsafeMutablePointer<CGRect>?, context: NSGraphicsContext?, hints: [AnyHashable: Any]?
    ) -> CGImage? {
        picture
    }
}

public final class NSGraphicsContext {}
