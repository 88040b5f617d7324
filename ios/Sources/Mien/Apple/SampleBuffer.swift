#if canImport(CoreMedia)
public import CoreMedia
public import ImageIO

extension Frame {
    /// Creates the frame of a sample of a camera or a video, as for its pixel buffer.
    ///
    /// - Throws: ``EmotionError/invalidFrame(_:)`` if the sample has no picture or one of another format.
    public init(
        _ sample: CMSampleBuffer, orientation: CGImagePropertyOrientation = .up, mirror: Bool = false
    ) throws {
        guard let buffer = CMSampleBufferGetImageBuffer(sample) else {
            throw EmotionError.invalidFrame("the sample has no picture")
        }
        try self.init(buffer, orientation: orientation, mirror: mirror)
    }
}

extension CMSampleBuffer {
    /// The presentation time of the sample, microseconds, for ``LiveSession/submit(_:timestampUs:)`` and
    /// ``VideoSession/process(_:timestampUs:)``; `nil` if it has none or it is negative.
    public var timestampUs: Int? {
        let seconds = CMTimeGetSeconds(CMSampleBufferGetPresentationTimeStamp(self))
        return seconds >= 0 ? Int(exactly: (seconds * 1e6).rounded()) : nil
    }
}
#endif
