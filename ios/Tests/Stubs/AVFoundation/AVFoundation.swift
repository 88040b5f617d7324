// swift-format-ignore-file
@_exported import AVFAudio
@_exported import CoreGraphics
@_exported import CoreMedia
@_exported import QuartzCore

public struct AVMediaType: Sendable, Hashable {
    fileprivate let name: String
    public static let video = AVMediaType(name: "vide")
    public static let audio = AVMediaType(name: "soun")
}

public struct AVLayerVideoGravity: Sendable, Hashable {
    fileprivate let name: String
    public static let resize = AVLayerVideoGravity(name: "resize")
    public static let resizeAspect = AVLayerVideoGravity(name: "resizeAspect")
    public static let resizeAspectFill = AVLayerVideoGravity(name: "resizeAspectFill")
}

public enum AVAuthorizationStatus: Int, Sendable {
    case notDetermined, restricted, denied, authorized
}

public final class AVCaptureDevice: NSObject, @unchecked Sendable {
    public enum Position: Int, Sendable {
        case unspecified, back, front
    }

    public struct DeviceType: Sendable, Hashable {
        fileprivate let name: String
        public static let builtInWideAngleCamera = DeviceType(name: "wide")
    }

    public let uniqueID: String
    public let position: Position
    /// The rotations that the coordinator of the device states, degrees.
    public var stubCaptureAngle: CGFloat = 0
    public var stubPreviewAngle: CGFloat = 0
    nonisolated(unsafe) public static var stubStatus = AVAuthorizationStatus.authorized
    /// What the person answers.
    nonisolated(unsafe) public static var stubAnswer = true
    nonisolated(unsafe) public static var stubAsked = 0
    nonisolated(unsafe) public static var stubIsMissing = false

    public init(stubID: String, position: Position) { (uniqueID, self.position) = (stubID, position) }

    public static func authorizationStatus(for type: AVMediaType) -> AVAuthorizationStatus { stubStatus }
    public static func requestAccess(for type: AVMediaType) async -> Bool {
        stubAsked += 1
        if stubStatus == .notDetermined { stubStatus = stubAnswer ? .authorized : .denied }
        return stubStatus == .authorized
    }
    public static func `default`(
        _ type: DeviceType, for media: AVMediaType?, position: Position
    ) -> AVCaptureDevice? {
        stubIsMissing ? nil : AVCaptureDevice(stubID: "\(position)", position: position)
    }

    @available(iOS 17, macOS 14, tvOS 17, *)
    public final class RotationCoordinator: NSObject {
        /// The number of coordinators that were made.
        nonisolated(unsafe) public static var stubMade = 0

        public private(set) weak var device: AVCaptureDevice?

        public init(device: AVCaptureDevice, previewLayer: CALayer?) {
            self.device = device
            Self.stubMade += 1
        }

        public var videoRotationAngleForHorizonLevelCapture: CGFloat { device?.stubCaptureAngle ?? 0 }
        public var videoRotationAngleForHorizonLevelPreview: CGFloat { device?.stubPreviewAngle ?? 0 }
    }
}

public class AVCaptureInput: NSObject {
    /// The source of a connection.
    public final class Port: NSObject {
        public private(set) weak var input: AVCaptureInput!

        fileprivate init(_ input: AVCaptureInput) { self.input = input }
    }
}

public final class AVCaptureDeviceInput: AVCaptureInput {
    public let device: AVCaptureDevice

    public init(device: AVCaptureDevice) throws { self.device = device }
}

public final class AVCaptureConnection: NSObject {
    public let inputPorts: [AVCaptureInput.Port]
    public var isVideoMirroringSupported = true
    public var automaticallyAdjustsVideoMirroring = true
    public var isVideoMirrored = false
    public var videoRotationAngle: CGFloat = 0
    private let input: AVCaptureInput?

    public init(stubInput: AVCaptureInput?) {
        input = stubInput
        inputPorts = stubInput.map { [AVCaptureInput.Port($0)] } ?? []
    }

    public func isVideoRotationAngleSupported(_ angle: CGFloat) -> Bool { true }
}

public class AVCaptureOutput: NSObject {
    public var stubConnection: AVCaptureConnection?

    public func connection(with type: AVMediaType) -> AVCaptureConnection? { stubConnection }
}

public protocol AVCaptureVideoDataOutputSampleBufferDelegate: AnyObject {
    func captureOutput(
        _ output: AVCaptureOutput, didOutput sample: CMSampleBuffer, from connection: AVCaptureConnection)
    func captureOutput(
        _ output: AVCaptureOutput, didDrop sample: CMSampleBuffer, from connection: AVCaptureConnection)
}

extension AVCaptureVideoDataOutputSampleBufferDelegate {
    public func captureOutput(
        _ output: AVCaptureOutput, didOutput sample: CMSampleBuffer, from connection: AVCaptureConnection
    ) {}
    public func captureOutput(
        _ output: AVCaptureOutput, didDrop sample: CMSampleBuffer, from connection: AVCaptureConnection
    ) {}
}

public final class AVCaptureVideoDataOutput: AVCaptureOutput {
    /// The formats of outputs that are in a capture session; before, there are none.
    nonisolated(unsafe) public static var stubFormats: [OSType] = []

    fileprivate var isIn = false
    public var availableVideoPixelFormatTypes: [OSType] { isIn ? Self.stubFormats : [] }
    public var videoSettings: [String: Any]! = [:]
    public var alwaysDiscardsLateVideoFrames = false
    public private(set) weak var sampleBufferDelegate: (any AVCaptureVideoDataOutputSampleBufferDelegate)?
    public private(set) var sampleBufferCallbackQueue: DispatchQueue?

    public override init() {}

    public func setSampleBufferDelegate(
        _ delegate: (any AVCaptureVideoDataOutputSampleBufferDelegate)?, queue: DispatchQueue?
    ) {
        (sampleBufferDelegate, sampleBufferCallbackQueue) = (delegate, queue)
    }
}

public final class AVCaptureSession: NSObject, @unchecked Sendable {
    public struct Preset: Sendable, Hashable {
        fileprivate let name: String
        public static let vga640x480 = Preset(name: "640x480")
    }

    public enum InterruptionReason: Int, Sendable {
        case videoDeviceNotAvailableInBackground = 1
        case audioDeviceInUseByAnotherClient, videoDeviceInUseByAnotherClient
        case videoDeviceNotAvailableWithMultipleForegroundApps, videoDeviceNotAvailableDueToSystemPressure
    }

    public static let wasInterruptedNotification = NSNotification.Name("AVCaptureSessionWasInterruptedNotification")
    public static let interruptionEndedNotification = NSNotification.Name(
        "AVCaptureSessionInterruptionEndedNotification")
    public static let runtimeErrorNotification = NSNotification.Name("AVCaptureSessionRuntimeErrorNotification")

    public let isMultitaskingCameraAccessSupported = true
    public var isMultitaskingCameraAccessEnabled = false
    public private(set) var inputs: [AVCaptureInput] = []
    public private(set) var outputs: [AVCaptureOutput] = []
    public private(set) var isRunning = false
    public var sessionPreset = Preset(name: "high")
    /// The number of configurations that were begun and not committed.
    public private(set) var stubConfigurations = 0
    public var stubAcceptsOutputs = true

    public override init() {}

    public func beginConfiguration() { stubConfigurations += 1 }
    public func commitConfiguration() { stubConfigurations -= 1 }
    public func canAddInput(_ input: AVCaptureInput) -> Bool { true }
    public func addInput(_ input: AVCaptureInput) { inputs.append(input) }
    public func removeInput(_ input: AVCaptureInput) { inputs.removeAll { $0 === input } }
    public func canAddOutput(_ output: AVCaptureOutput) -> Bool { stubAcceptsOutputs }

    public func addOutput(_ output: AVCaptureOutput) {
        outputs.append(output)
        output.stubConnection = AVCaptureConnection(stubInput: inputs.first)
        (output as? AVCaptureVideoDataOutput)?.isIn = true
    }

    public func removeOutput(_ output: AVCaptureOutput) {
        outputs.removeAll { $0 === output }
        output.stubConnection = nil
    }

    public func startRunning() { isRunning = true }
    public func stopRunning() { isRunning = false }
}

public let AVCaptureSessionInterruptionReasonKey = "AVCaptureSessionInterruptionReasonKey"
public let AVCaptureSessionErrorKey = "AVCaptureSessionErrorKey"

public struct AVError: Error {
    public enum Code: Int, Sendable {
        case unknown = -11800
        case mediaServicesWereReset = -11819
    }

    public let code: Code

    public init(_ code: Code) { self.code = code }
}

open class AVCaptureVideoPreviewLayer: CALayer {
    public var session: AVCaptureSession?
    public var videoGravity = AVLayerVideoGravity.resizeAspect
    public var connection: AVCaptureConnection?
}

/// A film: the samples of its one track.
public final class AVAsset: @unchecked Sendable {
    fileprivate let tracks: [AVAssetTrack]
    fileprivate let samples: [CMSampleBuffer]
    /// The error after the last sample.
    fileprivate let failure: (any Error)?

    public init(
        stubSamples: [CMSampleBuffer], transform: CGAffineTransform = .identity, hasVideo: Bool = true,
        failure: (any Error)? = nil
    ) {
        samples = stubSamples
        self.failure = failure
        tracks = hasVideo ? [AVAssetTrack(transform)] : []
    }

    public func loadTracks(withMediaType type: AVMediaType) async throws -> [AVAssetTrack] {
        type == .video ? tracks : []
    }
}

public final class AVAsyncProperty<Root, Value>: Sendable {}

extension AVAsyncProperty where Root == AVAssetTrack, Value == CGAffineTransform {
    public static var preferredTransform: AVAsyncProperty<AVAssetTrack, CGAffineTransform> { AVAsyncProperty() }
}

public final class AVAssetTrack: @unchecked Sendable {
    private let transform: CGAffineTransform

    fileprivate init(_ transform: CGAffineTransform) { self.transform = transform }

    public func load<Value>(_ property: AVAsyncProperty<AVAssetTrack, Value>) async throws -> Value {
        transform as! Value
    }
}

public class AVAssetReaderOutput: NSObject {
    public var alwaysCopiesSampleData = true
    fileprivate weak var reader: AVAssetReader?

    public func copyNextSampleBuffer() -> CMSampleBuffer? { reader?.next() }
}

public final class AVAssetReaderTrackOutput: AVAssetReaderOutput {
    public let outputSettings: [String: Any]?

    public init(track: AVAssetTrack, outputSettings: [String: Any]?) { self.outputSettings = outputSettings }
}

public final class AVAssetReader: NSObject {
    public enum Status: Int, Sendable {
        case unknown, reading, completed, failed, cancelled
    }

    /// Number of readers that were cancelled.
    nonisolated(unsafe) public static var stubCancelled = 0
    nonisolated(unsafe) public static var stubSettings: [String: Any]?

    private let asset: AVAsset
    private var at = 0
    public private(set) var status = Status.unknown
    public private(set) var error: (any Error)?

    public init(asset: AVAsset) throws { self.asset = asset }

    public func canAdd(_ output: AVAssetReaderOutput) -> Bool { true }

    public func add(_ output: AVAssetReaderOutput) {
        output.reader = self
        Self.stubSettings = (output as? AVAssetReaderTrackOutput)?.outputSettings
    }

    public func startReading() -> Bool {
        status = .reading
        return true
    }

    public func cancelReading() {
        guard status == .reading else { return }
        status = .cancelled
        Self.stubCancelled += 1
    }

    fileprivate func next() -> CMSampleBuffer? {
        guard status == .reading else { return nil }
        if at < asset.samples.count {
            at += 1
            return asset.samples[at - 1]
        }
        (status, error) = asset.failure.map { (.failed, $0) } ?? (.completed, nil)
        return nil
    }
}

// Key-value observation, which Foundation of Linux does not have.

public struct NSKeyValueObservingOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let initial = NSKeyValueObservingOptions(rawValue: 4)
}

public struct NSKeyValueObservedChange<Value> {}

public final class NSKeyValueObservation: NSObject {}

extension AVCaptureDevice.RotationCoordinator {
    /// Tells the first value only.
    public func observe<Value>(
        _ keyPath: KeyPath<AVCaptureDevice.RotationCoordinator, Value>, options: NSKeyValueObservingOptions = [],
        changeHandler: @escaping @Sendable (
            AVCaptureDevice.RotationCoordinator, NSKeyValueObservedChange<Value>
        ) -> Void
    ) -> NSKeyValueObservation {
        if options.contains(.initial) { changeHandler(self, NSKeyValueObservedChange()) }
        return NSKeyValueObservation()
    }
}
