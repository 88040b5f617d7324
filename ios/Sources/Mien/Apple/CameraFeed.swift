#if canImport(AVFoundation) && !os(watchOS) && !os(visionOS)
public import AVFoundation
import Foundation
public import ImageIO

/// Submits the frames of a camera to a live session, upright and as the sensor saw them, on its own queue.
///
/// ```swift
/// let feed = CameraFeed(live)
/// try feed.attach(to: captureSession)     // keep `feed` as long as you need frames
/// ```
///
/// The application asks for the permission of the camera and starts and stops the capture session. Positions of faces
/// are those of the sensor's picture; over the mirrored preview of a front camera set ``mirror``.
public final class CameraFeed: NSObject, @unchecked Sendable {
    private let live: LiveSession
    private let queue = DispatchQueue(label: "mien.camera", qos: .userInitiated)
    private let failed: (@Sendable (EmotionError) -> Void)?
    private let camera = CameraOrientation()
    private let lock = NSLock()
    private var lying: CGImagePropertyOrientation?
    private var mirrored: Bool

    /// Creates a feed for `live`.
    ///
    /// - Parameters:
    ///   - live: the session.
    ///   - mirror: whether positions in results are mirrored left to right, to fit the preview of a front camera.
    ///     Recognition sees the same pixels either way.
    ///   - orientation: the orientation of the buffers; `nil` (default): that of ``CameraOrientation``.
    ///   - failed: called, on the queue of the feed, with the reason why a frame was not taken. After the session was
    ///     closed it is ``EmotionError/closed(_:)``.
    public init(
        _ live: LiveSession, mirror: Bool = false, orientation: CGImagePropertyOrientation? = nil,
        failed: (@Sendable (EmotionError) -> Void)? = nil
    ) {
        self.live = live
        self.mirrored = mirror
        self.lying = orientation
        self.failed = failed
    }

    /// The orientation of the buffers; `nil`: that of ``CameraOrientation``, which follows the device.
    public var orientation: CGImagePropertyOrientation? {
        get { lock.withLock { lying } }
        set { lock.withLock { lying = newValue } }
    }

    /// Whether positions in results are mirrored left to right, to fit the preview of a front camera.
    public var mirror: Bool {
        get { lock.withLock { mirrored } }
        set { lock.withLock { mirrored = newValue } }
    }

    /// Adds a video output to the capture session: `420f`, late frames dropped.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` if the capture session does not accept it.
    @discardableResult
    public func attach(to session: AVCaptureSession) throws -> AVCaptureVideoDataOutput {
        let output = AVCaptureVideoDataOutput()
        output.videoSettings = [
            kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarFullRange
        ]
        output.alwaysDiscardsLateVideoFrames = true
        output.setSampleBufferDelegate(self, queue: queue)
        session.beginConfiguration()
        defer { session.commitConfiguration() }
        guard session.canAddOutput(output) else {
            throw EmotionError.invalidOption("the capture session accepts no video output")
        }
        session.addOutput(output)
        // Otherwise the system may mirror the buffers of a front camera, which would be flipped back.
        if let connection = output.connection(with: .video), connection.isVideoMirroringSupported {
            connection.automaticallyAdjustsVideoMirroring = false
            connection.isVideoMirrored = false
        }
        return output
    }
}

extension CameraFeed: AVCaptureVideoDataOutputSampleBufferDelegate {
    /// Takes a frame; AVFoundation calls this.
    public func captureOutput(
        _ output: AVCaptureOutput, didOutput sample: CMSampleBuffer, from connection: AVCaptureConnection
    ) {
        guard let time = sample.timestampUs else { return }
        do {
            let orientation = orientation ?? camera.orientation(of: connection)
            try live.submit(Frame(sample, orientation: orientation, mirror: mirror), timestampUs: time)
        } catch let error as EmotionError {
            failed?(error)
        } catch {
            failed?(.internal(ErrorText("the frame cannot be handed in", details: error.localizedDescription)))
        }
    }
}
#endif
