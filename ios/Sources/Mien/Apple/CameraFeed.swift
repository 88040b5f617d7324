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
/// are those of the sensor's picture; over the mirrored preview of a front camera set ``isMirrored``.
public final class CameraFeed: NSObject, @unchecked Sendable {
    private let take: @Sendable (Frame, Duration) throws -> Void

    private let queue = DispatchQueue(label: "mien.camera", qos: .userInitiated)
    private let failed: (@Sendable (MienError) -> Void)?
    private let camera = CameraOrientation()
    private let lock = NSLock()
    private var lying: CGImagePropertyOrientation?
    private var mirrored: Bool
    private var dropped = 0
    private var attached: (session: AVCaptureSession, output: AVCaptureVideoDataOutput)?

    /// Creates a feed for `live`.
    ///
    /// - Parameters:
    ///   - live: the session.
    ///   - mirror: whether positions in results are mirrored left to right, to fit the preview of a front camera.
    ///     Recognition sees the same pixels either way.
    ///   - orientation: the orientation of the buffers; `nil` (default): that of ``CameraOrientation``.
    ///   - failed: called, on the queue of the feed, with the reason why a frame was not taken. After the session was
    ///     closed it is ``ErrorCode/closed``.
    public convenience init(
        _ live: LiveSession, mirror: Bool = false, orientation: CGImagePropertyOrientation? = nil,
        failed: (@Sendable (MienError) -> Void)? = nil
    ) {
        self.init(mirror: mirror, orientation: orientation, failed: failed) { frame, timestamp in
            try live.submit(frame, timestamp: timestamp)
        }
    }

    /// Creates a feed that hands its frames to `take`, for an enrollment or clips.
    ///
    /// - Parameters:
    ///   - mirror: whether positions in results are mirrored left to right, to fit the preview of a front camera.
    ///   - orientation: the orientation of the buffers; `nil` (default): that of ``CameraOrientation``.
    ///   - failed: called, on the queue of the feed, with the reason why a frame was not taken.
    ///   - take: called, on the queue of the feed, with each frame and its time. The camera has few
    ///     buffers and stalls while they are kept: keep one frame at most.
    public init(
        mirror: Bool = false, orientation: CGImagePropertyOrientation? = nil,
        failed: (@Sendable (MienError) -> Void)? = nil, take: @escaping @Sendable (Frame, Duration) throws -> Void
    ) {
        self.take = take
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
    public var isMirrored: Bool {
        get { lock.withLock { mirrored } }
        set { lock.withLock { mirrored = newValue } }
    }

    /// The number of frames that the system dropped before the feed saw them, because the one before was still being taken
    /// or all buffers of the camera were in use. ``LiveSession/statistics`` counts those that a session passed over.
    public var droppedFrames: Int { lock.withLock { dropped } }

    /// Adds a video output to the capture session: late frames are dropped, and the format is the first of `420f`, `420v`,
    /// `BGRA`, `xf20` and `x420` that the output offers. A feed has one output: it leaves the one before.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` if the capture session does not accept the output, or the output
    ///   offers none of these formats; the capture session is then as before.
    @discardableResult
    public func attach(to session: AVCaptureSession) throws(MienError) -> AVCaptureVideoDataOutput {
        detach()
        let output = AVCaptureVideoDataOutput()
        session.beginConfiguration()
        defer { session.commitConfiguration() }
        guard session.canAddOutput(output) else {
            throw MienError(.invalidOption, "the capture session accepts no video output")
        }
        // An output states its formats only when it is part of a session.
        session.addOutput(output)
        let offered = output.availableVideoPixelFormatTypes
        guard let format = BufferFormat.preferred(of: offered) else {
            session.removeOutput(output)
            let names = offered.map(BufferFormat.name).joined(separator: ", ")
            throw MienError(
                .invalidOption,
                "the camera offers no format that is read here, but \(names.isEmpty ? "none at all" : names)")
        }
        output.videoSettings = [kCVPixelBufferPixelFormatTypeKey as String: format.code]
        output.alwaysDiscardsLateVideoFrames = true
        output.setSampleBufferDelegate(self, queue: queue)
        // Otherwise the system may mirror the buffers of a front camera, which would be flipped back.
        if let connection = output.connection(with: .video), connection.isVideoMirroringSupported {
            connection.automaticallyAdjustsVideoMirroring = false
            connection.isVideoMirrored = false
        }
        lock.withLock { attached = (session, output) }
        return output
    }

    /// Takes the video output out of its capture session. A frame that is being taken is finished; detaching again does
    /// nothing.
    public func detach() {
        let left = lock.withLock {
            defer { attached = nil }
            return attached
        }
        guard let (session, output) = left else { return }
        output.setSampleBufferDelegate(nil, queue: nil)
        session.beginConfiguration()
        session.removeOutput(output)
        session.commitConfiguration()
    }
}

extension CameraFeed: AVCaptureVideoDataOutputSampleBufferDelegate {
    /// Takes a frame; AVFoundation calls this.
    public func captureOutput(
        _ output: AVCaptureOutput, didOutput sample: CMSampleBuffer, from connection: AVCaptureConnection
    ) {
        guard let time = sample.timestamp else { return }
        do {
            let orientation = orientation ?? camera.orientation(of: connection)
            try take(Frame(sample, orientation: orientation, mirror: isMirrored), time)
        } catch let error as MienError {
            failed?(error)
        } catch {
            failed?(MienError(.internal, "the frame cannot be handed in", details: error.localizedDescription))
        }
    }

    /// Counts a frame that the system dropped; AVFoundation calls this.
    public func captureOutput(
        _ output: AVCaptureOutput, didDrop sample: CMSampleBuffer, from connection: AVCaptureConnection
    ) {
        lock.withLock { dropped += 1 }
    }
}
#endif
