#if canImport(CoreMedia)
public import CoreMedia
public import ImageIO

extension Frame {
    /// The frame in a sample of a camera or a video, as of its pixel buffer.
    ///
    /// - Throws: ``EmotionError/invalidFrame(_:)`` where the sample holds no picture or one of another format.
    public init(_ sample: CMSampleBuffer, orientation: CGImagePropertyOrientation = .up) throws {
        guard let buffer = CMSampleBufferGetImageBuffer(sample) else {
            throw EmotionError.invalidFrame("the sample holds no picture")
        }
        try self.init(buffer, orientation: orientation)
    }
}

extension CMSampleBuffer {
    /// The time at which the sample is shown, microseconds, for ``LiveSession/submit(_:timestampUs:)`` and
    /// ``VideoSession/process(_:timestampUs:)``; `nil` where it has none or begins before 0.
    public var timestampUs: Int? {
        let seconds = CMTimeGetSeconds(CMSampleBufferGetPresentationTimeStamp(self))
        return seconds >= 0 ? Int(exactly: (seconds * 1e6).rounded()) : nil
    }
}
#endif
