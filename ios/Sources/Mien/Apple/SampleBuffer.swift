#if canImport(CoreMedia)
public import CoreMedia
public import ImageIO

extension Frame {
    /// Creates the frame of a sample of a camera or a video, as for its pixel buffer.
    ///
    /// - Throws: ``ErrorCode/invalidFrame`` if the sample has no picture or one of another format.
    public init(
        _ sample: CMSampleBuffer, orientation: CGImagePropertyOrientation = .up, mirror: Bool = false
    ) throws(MienError) {
        guard let buffer = CMSampleBufferGetImageBuffer(sample) else {
            throw MienError(.invalidFrame, "the sample has no picture")
        }
        try self.init(buffer, orientation: orientation, mirror: mirror)
    }
}

extension CMSampleBuffer {
    /// The presentation time of the sample, to the microsecond, for ``LiveSession/submit(_:timestamp:)`` and
    /// ``VideoSession/process(_:timestamp:)``; `nil` if it has none or it is negative.
    public var timestamp: Duration? {
        let seconds = CMTimeGetSeconds(CMSampleBufferGetPresentationTimeStamp(self))
        return seconds >= 0 ? Int64(exactly: (seconds * 1e6).rounded()).map { .microseconds($0) } : nil
    }
}
#endif
