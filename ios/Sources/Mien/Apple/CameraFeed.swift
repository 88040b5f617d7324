#if canImport(AVFoundation) && !os(watchOS) && !os(visionOS)
public import AVFoundation
import Foundation
public import ImageIO

/// Hands a camera's frames to a live session, upright and never mirrored, on a queue of its own.
///
/// ```swift
/// let feed = CameraFeed(live)
/// try feed.attach(to: captureSession)     // keep `feed` as long as frames are to come
/// ```
///
/// The application asks for the camera's permission and starts and stops the capture session. Faces lie in the frame as
/// the sensor sees it: beside a front camera's mirrored preview, mirror what you draw.
public final class CameraFeed: NSObject, @unchecked Sendable {
    private let live: LiveSession
    private let queue = DispatchQueue(label: "mien.camera", qos: .userInitiated)
    private let failed: (@Sendable (EmotionError) -> Void)?
    private let camera = CameraOrientation()
    private let lock = NSLock()
    private var lying: CGImagePropertyOrientation?

    /// A feed for `live`.
    ///
    /// - Parameters:
    ///   - live: the session.
    ///   - orientation: how the camera's buffers lie; `nil` (default): as ``CameraOrientation`` says.
    ///   - failed: is told why a frame was not taken, on the feed's queue. After the session was closed that is
    ///     ``EmotionError/closed(_:)``.
    public init(
        _ live: LiveSession, orientation: CGImagePropertyOrientation? = nil,
        failed: (@Sendable (EmotionError) -> Void)? = nil
    ) {
        self.live = live
        self.lying = orientation
        self.failed = failed
    }

    /// How the camera's buffers lie; `nil`: as ``CameraOrientation`` says, which follows the device as it is turned.
    public var orientation: CGImagePropertyOrientation? {
        get { lock.withLock { lying } }
        set { lock.withLock { lying = newValue } }
    }

    /// Adds a video output to the capture session that feeds the live session: `420f`, late frames dropped.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` where the capture session takes no such output.
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
            throw EmotionError.invalidOption("the capture session takes no video output")
        }
        session.addOutput(output)
        // Else the system may mirror a front camera's buffers, only for that to be undone.
        if let connection = output.connection(with: .video), connection.isVideoMirroringSupported {
            connection.automaticallyAdjustsVideoMirroring = false
            connection.isVideoMirrored = false
        }
        return output
    }
}

extension CameraFeed: AVCaptureVideoDataOutputSampleBufferDelegate {
    /// Hands in a frame; AVFoundation calls this.
    public func captureOutput(
        _ output: AVCaptureOutput, didOutput sample: CMSampleBuffer, from connection: AVCaptureConnection
    ) {
        guard let time = sample.timestampUs else { return }
        do {
            let orientation = orientation ?? camera.orientation(of: connection)
            try live.submit(Frame(sample, orientation: orientation), timestampUs: time)
        } catch let error as EmotionError {
            failed?(error)
        } catch {
            failed?(.internal(ErrorText("the frame cannot be handed in", details: error.localizedDescription)))
        }
    }
}
#endif
