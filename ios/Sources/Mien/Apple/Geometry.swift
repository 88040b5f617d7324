#if canImport(CoreGraphics)
public import CoreGraphics

extension FaceBounds {
    /// The rectangle for Core Graphics.
    public var cgRect: CGRect {
        CGRect(x: CGFloat(x), y: CGFloat(y), width: CGFloat(width), height: CGFloat(height))
    }
}

extension FacePoint {
    /// The point for Core Graphics.
    public var cgPoint: CGPoint {
        CGPoint(x: CGFloat(x), y: CGFloat(y))
    }
}
#endif
