// swift-format-ignore-file
@_exported import StubBasics

public typealias AVAudioFrameCount = UInt32
public typealias AVAudioChannelCount = UInt32
public typealias AVAudioNodeBus = Int
public typealias AVAudioNodeTapBlock = (AVAudioPCMBuffer, AVAudioTime) -> Void

public final class AVAudioFormat: @unchecked Sendable {
    public let sampleRate: Double
    public let channelCount: AVAudioChannelCount
    public let isInterleaved: Bool

    public init(stubRate: Double, channels: AVAudioChannelCount, interleaved: Bool) {
        (sampleRate, channelCount, isInterleaved) = (stubRate, channels, interleaved)
    }
}

/// Samples in memory, of one of two types or of neither.
public final class AVAudioPCMBuffer: @unchecked Sendable {
    public let format: AVAudioFormat
    public let frameLength: AVAudioFrameCount
    public let stride: Int
    public private(set) var int16ChannelData: UnsafePointer<UnsafeMutablePointer<Int16>>?
    public private(set) var floatChannelData: UnsafePointer<UnsafeMutablePointer<Float>>?
    private var free: [() -> Void] = []

    /// Samples by channel; interleaved ones are a single list.
    public init(stubFormat: AVAudioFormat, int16: [[Int16]]? = nil, float: [[Float]]? = nil) {
        format = stubFormat
        let channels = stubFormat.isInterleaved ? Int(stubFormat.channelCount) : 1
        stride = channels
        frameLength = AVAudioFrameCount((int16?[0].count ?? float?[0].count ?? 0) / channels)
        int16ChannelData = int16.map { keep($0) }
        floatChannelData = float.map { keep($0) }
    }

    private func keep<Sample>(_ channels: [[Sample]]) -> UnsafePointer<UnsafeMutablePointer<Sample>> {
        let list = UnsafeMutablePointer<UnsafeMutablePointer<Sample>>.allocate(capacity: channels.count)
        for (index, samples) in channels.enumerated() {
            let memory = UnsafeMutablePointer<Sample>.allocate(capacity: samples.count)
            memory.initialize(from: samples, count: samples.count)
            (list + index).initialize(to: memory)
            free.append { memory.deallocate() }
        }
        free.append { list.deallocate() }
        return UnsafePointer(list)
    }

    deinit { for call in free { call() } }
}

public final class AVAudioTime: @unchecked Sendable {
    public let hostTime: UInt64
    public let isHostTimeValid: Bool

    /// A time in nanoseconds; none is not valid.
    public init(stubNs: UInt64?) { (hostTime, isHostTimeValid) = (stubNs ?? 0, stubNs != nil) }

    public static func seconds(forHostTime hostTime: UInt64) -> Double { Double(hostTime) / 1e9 }
}

open class AVAudioNode: @unchecked Sendable {
    public var stubFormat = AVAudioFormat(stubRate: 48_000, channels: 1, interleaved: false)
    public private(set) var stubTap: AVAudioNodeTapBlock?

    public init() {}

    public func outputFormat(forBus bus: AVAudioNodeBus) -> AVAudioFormat { stubFormat }

    public func installTap(
        onBus bus: AVAudioNodeBus, bufferSize: AVAudioFrameCount, format: AVAudioFormat?,
        block tapBlock: @escaping AVAudioNodeTapBlock
    ) {
        stubTap = tapBlock
    }

    public func removeTap(onBus bus: AVAudioNodeBus) { stubTap = nil }
}

public final class AVAudioInputNode: AVAudioNode, @unchecked Sendable {}

public final class AVAudioEngine: NSObject, @unchecked Sendable {
    public let inputNode = AVAudioInputNode()
    public private(set) var isRunning = false
    /// The error that starting throws.
    public var stubRefusal: (any Error)?

    public override init() {}

    public func start() throws {
        if let stubRefusal { throw stubRefusal }
        isRunning = true
    }

    public func stop() { isRunning = false }
}

extension NSNotification.Name {
    public static let AVAudioEngineConfigurationChange = NSNotification.Name("AVAudioEngineConfigurationChange")
}

public let AVAudioSessionInterruptionTypeKey = "AVAudioSessionInterruptionTypeKey"

public final class AVAudioSession: NSObject, @unchecked Sendable {
    public struct Category: Sendable, Equatable {
        fileprivate let name: String
        public static let record = Category(name: "record")
    }

    public struct Mode: Sendable, Equatable {
        fileprivate let name: String
        public static let measurement = Mode(name: "measurement")
    }

    public struct SetActiveOptions: OptionSet, Sendable {
        public let rawValue: UInt
        public init(rawValue: UInt) { self.rawValue = rawValue }
        public static let notifyOthersOnDeactivation = SetActiveOptions(rawValue: 1)
    }

    public enum InterruptionType: UInt, Sendable {
        case ended, began
    }

    public static let interruptionNotification = NSNotification.Name("AVAudioSessionInterruption")
    public static let mediaServicesWereResetNotification = NSNotification.Name("AVAudioSessionMediaServicesWereReset")
    private static let shared = AVAudioSession()

    public static func sharedInstance() -> AVAudioSession { shared }

    public func setCategory(_ category: Category, mode: Mode) throws {}
    public func setActive(_ active: Bool, options: SetActiveOptions = []) throws { stubIsActive = active }
    public private(set) var stubIsActive = false
}

public final class AVAudioApplication: NSObject, @unchecked Sendable {
    public enum recordPermission: Int, Sendable {
        case undetermined, denied, granted
    }

    public static let shared = AVAudioApplication()
    public var stubPermission = AVAudioApplication.recordPermission.granted
    public var recordPermission: AVAudioApplication.recordPermission { stubPermission }

    public class func requestRecordPermission() async -> Bool { shared.stubPermission == .granted }
}
