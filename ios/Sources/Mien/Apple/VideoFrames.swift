#if canImport(AVFoundation) && !os(watchOS)
@preconcurrency public import AVFoundation
import Foundation
import ImageIO

/// A frame and its time.
public struct TimedFrame: Sendable {
    /// The frame.
    public var frame: Frame
    /// Its time from the start of the film, to the microsecond.
    public var timestamp: Duration

    /// Creates a value, for tests.
    public init(_ frame: Frame, timestamp: Duration) {
        (self.frame, self.timestamp) = (frame, timestamp)
    }
}

/// The frames of a film in order, decoded as they are asked for.
///
/// ```swift
/// let video = try engine.video()
/// for try await next in VideoFrames(AVURLAsset(url: file)) {
///     let result = try await video.process(next.frame, timestamp: next.timestamp)
/// }
/// ```
///
/// Frames are upright by the orientation of the film's first video track, in `420v`: the system converts films of 10 bits.
/// Each iteration reads the film from its start. Leaving the loop, or cancelling its task, ends the reading.
public struct VideoFrames: AsyncSequence, Sendable {
    private let film: Film
    private let mirror: Bool

    /// Creates the sequence; the film is opened by the first iteration.
    ///
    /// - Parameters:
    ///   - asset: the film.
    ///   - mirror: whether positions in results are mirrored left to right.
    public init(_ asset: AVAsset, mirror: Bool = false) {
        (film, self.mirror) = (Film(asset: asset), mirror)
    }

    /// Starts to read the film from its start.
    public func makeAsyncIterator() -> Iterator { Iterator(film: film, mirror: mirror) }

    /// Reads a film.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let film: Film
        fileprivate let mirror: Bool
        private var reading: Reading?

        fileprivate init(film: Film, mirror: Bool) {
            (self.film, self.mirror) = (film, mirror)
        }

        /// Returns the next frame; `nil` at the end.
        ///
        /// - Throws: ``ErrorCode/invalidFrame`` if the film has no video or cannot be read,
        ///   ``ErrorCode/cancelled``.
        public mutating func next() async throws(MienError) -> TimedFrame? {
            let reading: Reading
            if let open = self.reading {
                reading = open
            } else {
                reading = try await Reading(film.asset, mirror: mirror)
                self.reading = reading
            }
            return try await reading.next()
        }
    }
}

/// An asset, which is only read.
private struct Film: @unchecked Sendable {
    let asset: AVAsset
}

/// A film that is being read, by one call after another.
private final class Reading: @unchecked Sendable {
    private let reader: AVAssetReader
    private let output: AVAssetReaderTrackOutput
    private let orientation: CGImagePropertyOrientation
    private let mirror: Bool
    private let work = Work.inOrder("film")

    init(_ asset: AVAsset, mirror: Bool) async throws(MienError) {
        do {
            guard let track = try await asset.loadTracks(withMediaType: .video).first else {
                throw MienError(.invalidFrame, "the film has no video")
            }
            let turn = Turn(film: try await track.load(.preferredTransform))
            orientation = CGImagePropertyOrientation(rawValue: turn.exif) ?? .up
            reader = try AVAssetReader(asset: asset)
            output = AVAssetReaderTrackOutput(
                track: track,
                outputSettings: [
                    kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange
                ])
        } catch let error as MienError {
            throw error
        } catch {
            throw Self.unreadable(error)
        }
        self.mirror = mirror
        output.alwaysCopiesSampleData = false
        guard reader.canAdd(output) else { throw MienError(.invalidFrame, "the film's video cannot be decoded") }
        reader.add(output)
        guard reader.startReading() else { throw Self.unreadable(reader.error) }
    }

    deinit { reader.cancelReading() }

    func next() async throws(MienError) -> TimedFrame? {
        try await work.run { [self] in
            while let sample = output.copyNextSampleBuffer() {
                // A sample may mark an edit and have no picture.
                guard CMSampleBufferGetImageBuffer(sample) != nil, let time = sample.timestamp else { continue }
                return TimedFrame(try Frame(sample, orientation: orientation, mirror: mirror), timestamp: time)
            }
            if reader.status == .failed { throw Self.unreadable(reader.error) }
            return nil
        }
    }

    private static func unreadable(_ error: (any Error)?) -> MienError {
        MienError(.invalidFrame, "the film cannot be read", details: error?.localizedDescription)
    }
}

extension Turn {
    /// Returns the turn for the transform of a film's track, which maps stored pictures to shown ones (y down).
    fileprivate init(film transform: CGAffineTransform) {
        let (a, b, c, d) = (transform.a, transform.b, transform.c, transform.d)
        let flip = a * d - b * c < 0
        // The image of the first axis; of a flipped picture, the opposite one, because the flip comes last.
        let (x, y) = flip ? (-a, b) : (a, b)
        let quarters = abs(x) >= abs(y) ? (x < 0 ? 2 : 0) : (y < 0 ? 3 : 1)
        self.init(degrees: 90 * quarters, flip: flip)
    }
}
#endif
