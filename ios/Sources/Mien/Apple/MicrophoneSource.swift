#if canImport(AVFAudio) && !os(watchOS)
public import AVFAudio
import Foundation

/// Taps the microphone of an audio engine and passes the sound on, with times on the camera's clock.
///
/// ```swift
/// let microphone = MicrophoneSource(live)
/// try microphone.start()                  // keep `microphone` as long as you need sound
/// ```
///
/// The application asks for the permission of the microphone (`NSMicrophoneUsageDescription`) and sets the category of
/// its audio session before ``start()``; the mode `measurement` has no automatic gain and no filter for the voice.
/// Times are those of the host's clock, which is also that of a capture session's frames.
public final class MicrophoneSource: @unchecked Sendable {
    private let engine: AVAudioEngine
    private let take: @Sendable (AVAudioPCMBuffer, Int) throws -> Void
    private let failed: (@Sendable (EmotionError) -> Void)?
    private let lock = NSLock()
    private var isRunning = false

    /// Creates a source that passes the sound on to a live session.
    ///
    /// - Parameters:
    ///   - live: the session.
    ///   - engine: the audio engine; the source taps its input.
    ///   - failed: called, on a thread of the engine, with the reason why sound was not taken.
    public convenience init(
        _ live: LiveSession, engine: AVAudioEngine = AVAudioEngine(),
        failed: (@Sendable (EmotionError) -> Void)? = nil
    ) {
        self.init(engine: engine, failed: failed) { try live.submitAudio($0, timestampUs: $1) }
    }

    /// Creates a source.
    ///
    /// - Parameters:
    ///   - engine: the audio engine; the source taps its input.
    ///   - failed: called, on a thread of the engine, with the reason why sound was not taken.
    ///   - take: takes a buffer and the time of its first sample, microseconds.
    public init(
        engine: AVAudioEngine = AVAudioEngine(), failed: (@Sendable (EmotionError) -> Void)? = nil,
        take: @escaping @Sendable (AVAudioPCMBuffer, Int) throws -> Void
    ) {
        self.engine = engine
        self.failed = failed
        self.take = take
    }

    deinit { close() }

    /// Starts to record; starting again does nothing.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` if there is no microphone or it cannot be started.
    public func start() throws {
        try lock.withLock {
            guard !isRunning else { return }
            let input = engine.inputNode
            let format = input.outputFormat(forBus: 0)
            guard format.sampleRate > 0, format.channelCount > 0 else {
                throw EmotionError.invalidOption("there is no microphone, or no permission for it")
            }
            input.installTap(onBus: 0, bufferSize: 1024, format: format) { [take, failed] buffer, time in
                guard time.isHostTimeValid else { return }
                let seconds = AVAudioTime.seconds(forHostTime: time.hostTime)
                do {
                    try take(buffer, Int((seconds * 1e6).rounded()))
                } catch let error as EmotionError {
                    failed?(error)
                } catch {
                    failed?(.internal(ErrorText("the sound cannot be handed in", details: error.localizedDescription)))
                }
            }
            do {
                try engine.start()
            } catch {
                input.removeTap(onBus: 0)
                throw EmotionError.invalidOption(
                    ErrorText("the microphone cannot be started", details: error.localizedDescription))
            }
            isRunning = true
        }
    }

    /// Stops to record. Closing again does nothing.
    public func close() {
        lock.withLock {
            guard isRunning else { return }
            engine.inputNode.removeTap(onBus: 0)
            engine.stop()
            isRunning = false
        }
    }
}
#endif
