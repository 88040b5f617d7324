// swift-format-ignore-file
@_exported import CoreVideo

public struct CMTime: Sendable, Equatable {
    public var value: Int64
    public var timescale: Int32
    public var isValid: Bool

    public init(value: Int64, timescale: Int32) {
        (self.value, self.timescale, isValid) = (value, timescale, true)
    }

    private init() { (value, timescale, isValid) = (0, 0, false) }

    public static let invalid = CMTime()
}

public func CMTimeGetSeconds(_ time: CMTime) -> Double {
    time.isValid ? Double(time.value) / Double(time.timescale) : .nan
}

public final class CMSampleBuffer {
    fileprivate let picture: CVImageBuffer?
    fileprivate let time: CMTime

    public init(stub picture: CVImageBuffer?, time: CMTime) {
        (self.picture, self.time) = (picture, time)
    }
}

public func CMSampleBufferGetImageBuffer(_ sample: CMSampleBuffer) -> CVImageBuffer? { sample.picture }
public func CMSampleBufferGetPresentationTimeStamp(_ sample: CMSampleBuffer) -> CMTime { sample.time }
