#if canImport(AVFoundation) && !os(watchOS) && !os(visionOS)
public import AVFoundation
import Foundation
public import ImageIO

#if canImport(UIKit) && !os(tvOS)
import UIKit
#endif

/// The orientation of the buffers of a camera, for any mounting of the sensor and any pose of the device.
///
/// ```swift
/// let camera = CameraOrientation()
/// // in captureOutput(_:didOutput:from:)
/// let frame = try Frame(sample, orientation: camera.orientation(of: connection))
/// ```
///
/// From iOS 17 and macOS 14 on the system states it (`AVCaptureDevice.RotationCoordinator`); before, it follows from
/// the pose of the device. A frame with this orientation is upright and as the sensor saw it, even if the connection
/// mirrors its buffers: those are flipped back. Over a mirrored preview, mirror positions by `mirror` of the frame.
///
/// Any call may come from any thread. One object serves all cameras of a session.
public final class CameraOrientation: @unchecked Sendable {
    private let lock = NSLock()
    private let hold = Hold()
    /// The `RotationCoordinator` of each camera by its `uniqueID`, if the system has them.
    private var coordinators: [String: AnyObject] = [:]

    /// Creates an object without cameras.
    public init() {}

    /// Returns the orientation of the current buffers of `connection`.
    public func orientation(of connection: AVCaptureConnection) -> CGImagePropertyOrientation {
        let device = connection.inputPorts.lazy.compactMap { ($0.input as? AVCaptureDeviceInput)?.device }.first
        let turn = lock.withLock { leveling(connection, device) }
        return CGImagePropertyOrientation(rawValue: turn.exif) ?? .up
    }

    private func leveling(_ connection: AVCaptureConnection, _ device: AVCaptureDevice?) -> Turn {
        let mirrored = connection.isVideoMirrored
        guard let device else { return Turn(level: 0, applied: 0, mirrored: mirrored) }
        if #available(iOS 17, macOS 14, tvOS 17, *) {
            return Turn(
                level: coordinator(of: device).videoRotationAngleForHorizonLevelCapture,
                applied: connection.videoRotationAngle, mirrored: mirrored)
        }
        return older(device, mirrored: mirrored)
    }

    @available(iOS 17, macOS 14, tvOS 17, *)
    private func coordinator(of device: AVCaptureDevice) -> AVCaptureDevice.RotationCoordinator {
        if let known = coordinators[device.uniqueID] as? AVCaptureDevice.RotationCoordinator, known.device === device {
            return known
        }
        let coordinator = AVCaptureDevice.RotationCoordinator(device: device, previewLayer: nil)
        coordinators[device.uniqueID] = coordinator
        return coordinator
    }

    /// Returns the turn on systems without `RotationCoordinator`.
    func older(_ device: AVCaptureDevice, mirrored: Bool) -> Turn {
        Turn(level: hold.level(ofFront: device.position == .front), applied: 0, mirrored: mirrored)
    }
}

/// The pose of the device, for systems before iOS 17.
private final class Hold: @unchecked Sendable {
    private let lock = NSLock()
    private var pose = Pose.portrait

    func level(ofFront isFront: Bool) -> Double {
        #if canImport(UIKit) && !os(tvOS)
        lock.withLock { pose }.level(ofFront: isFront)
        #else
        0
        #endif
    }

    #if canImport(UIKit) && !os(tvOS)
    private var observer: (any NSObjectProtocol)?

    init() {
        if #available(iOS 17, *) { return }
        Task { @MainActor [weak self] in
            UIDevice.current.beginGeneratingDeviceOrientationNotifications()
            self?.follow()
        }
    }

    deinit {
        guard let observer else { return }
        NotificationCenter.default.removeObserver(observer)
        Task { @MainActor in UIDevice.current.endGeneratingDeviceOrientationNotifications() }
    }

    @MainActor
    private func follow() {
        note(UIDevice.current.orientation)
        observer = NotificationCenter.default.addObserver(
            forName: UIDevice.orientationDidChangeNotification, object: nil, queue: .main
        ) { [weak self] _ in
            MainActor.assumeIsolated { self?.note(UIDevice.current.orientation) }
        }
    }

    private func note(_ orientation: UIDeviceOrientation) {
        let pose: Pose? =
            switch orientation {
            case .portrait: .portrait
            case .portraitUpsideDown: .portraitUpsideDown
            case .landscapeLeft: .landscapeLeft
            case .landscapeRight: .landscapeRight
            // A device that lies flat keeps its last pose.
            default: nil
            }
        if let pose { lock.withLock { self.pose = pose } }
    }
    #endif
}
#endif
