#if canImport(AVFoundation) && !os(watchOS)
public import AVFoundation

extension FrameTransform.Scale {
    /// Creates the scale of a preview layer; a gravity of the future counts as `resizeAspect`, the default of a layer.
    ///
    /// - Parameter gravity: `videoGravity` of the layer.
    public init(_ gravity: AVLayerVideoGravity) {
        switch gravity {
        case .resizeAspectFill: self = .fillCenter
        case .resize: self = .stretch
        default: self = .fitCenter
        }
    }
}
#endif
