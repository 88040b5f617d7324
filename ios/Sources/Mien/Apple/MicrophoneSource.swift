#if canImport(AVFoundation) && !os(watchOS) && !os(tvOS)
public import AVFAudio
import AVFoundation
import Foundation

/// Taps the microphone of an audio engine and passes the sound on, with times on the camera's clock.
///
/// ```swift
/// let microphone = MicrophoneSource(live)
/// try microphone.start()                  // keep `microphone` as long as you need sound
/// ```
///
/// - Without the permission for the microphone, or without a microphone, ``start()`` throws.
/// - An error ends the recording, one of the microphone as one that `take` throws: `failed` gets it once, and ``start()``
///   begins again.
/// - A call, or another application that takes the microphone, pauses the recording: `interrupted` is called with true,
///   and with false when sound comes again.
/// - Another device, or another format of it, restarts the recording; the sound has a gap.
///
/// The application asks for the permission of the microphone (`NSMicrophoneUsageDescription`) and sets the category of
/// its audio session before ``start()``; the mode `measurement` has no automatic gain and no filter for the voice.
/// Times are those of the host's clock, which is also that of a capture session's frames.
public final class MicrophoneSource: @unchecked Sendable {
    private let control: MicrophoneControl
    private let observers: [any NSObjectProtocol]

    /// Creates a source that passes the sound on to a live session.
    ///
    /// - Parameters:
    ///   - live: the session.
    ///   - engine: the audio engine; the source taps its input.
    ///   - failed: called, on a thread of the source, with the error that ended the recording.
    ///   - interrupted: called, on a thread of the source, when the recording pauses and when it goes on.
    public convenience init(
        _ live: LiveSession, engine: AVAudioEngine = AVAudioEngine(),
        failed: (@Sendable (MienError) -> Void)? = nil, interrupted: (@Sendable (Bool) -> Void)? = nil
    ) {
        self.init(engine: engine, failed: failed, interrupted: interrupted) {
            try live.submitAudio($0, timestamp: $1)
        }
    }

    /// Creates a source.
    ///
    /// - Parameters:
    ///   - engine: the audio engine; the source taps its input.
    ///   - failed: called, on a thread of the source, with the error that ended the recording.
    ///   - interrupted: called, on a thread of the source, when the recording pauses and when it goes on.
    ///   - take: takes a buffer and the time of its first sample. It must not close the source.
    public init(
        engine: AVAudioEngine = AVAudioEngine(), failed: (@Sendable (MienError) -> Void)? = nil,
        interrupted: (@Sendable (Bool) -> Void)? = nil,
        take: @escaping @Sendable (AVAudioPCMBuffer, Duration) throws -> Void
    ) {
        let queue = DispatchQueue(label: "mien.microphone")
        control = MicrophoneControl(
            open: { try engine.tapMicrophone($0, take) }, stop: { engine.stopMicrophone() },
            interrupted: interrupted, failed: failed, later: { queue.async(execute: $0) })
        observers = Self.observed(engine, control)
    }

    deinit {
        for observer in observers {
            NotificationCenter.default.removeObserver(observer)
        }
        control.close()
    }

    /// Starts to record; starting again does nothing.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` if the application has no permission for the microphone, if there is
    ///   none, or if it cannot be started.
    public func start() throws(MienError) { try control.start() }

    /// Stops to record. Closing again does nothing.
    public func close() { control.close() }

    /// Tells `control` what the system says of the microphone, as long as what is returned is not removed.
    private static func observed(_ engine: AVAudioEngine, _ control: MicrophoneControl) -> [any NSObjectProtocol] {
        let center = NotificationCenter.default
        var observers = [
            center.addObserver(forName: .AVAudioEngineConfigurationChange, object: engine, queue: nil) { _ in
                control.handleLater(.changed)
            }
        ]
        #if !os(macOS)
        let session = AVAudioSession.sharedInstance()
        observers += [
            center.addObserver(forName: AVAudioSession.interruptionNotification, object: session, queue: nil) { told in
                let type = told.userInfo?[AVAudioSessionInterruptionTypeKey] as? UInt
                let began = type == AVAudioSession.InterruptionType.began.rawValue
                control.handleLater(began ? .interrupted : .returned)
            },
            center.addObserver(
                forName: AVAudioSession.mediaServicesWereResetNotification, object: session, queue: nil
            ) { _ in
                let reset = "the system has restarted its sound: make a new source with a new engine"
                control.handleLater(.failed(MienError(.internal, reset)))
            },
        ]
        #endif
        return observers
    }
}

extension AVAudioEngine {
    /// Taps the input in the format that it has now, and starts.
    fileprivate func tapMicrophone(
        _ control: MicrophoneControl, _ take: @escaping @Sendable (AVAudioPCMBuffer, Duration) throws -> Void
    ) throws(MienError) {
        guard AVCaptureDevice.authorizationStatus(for: .audio) == .authorized else {
            throw MienError(.invalidOption, "the application has no permission for the microphone")
        }
        do {
            #if !os(macOS)
            // After an interruption the session is not active any more.
            try AVAudioSession.sharedInstance().setActive(true)
            #endif
            let format = inputNode.outputFormat(forBus: 0)
            guard format.sampleRate > 0, format.channelCount > 0 else {
                throw MienError(.invalidOption, "there is no microphone")
            }
            inputNode.installTap(onBus: 0, bufferSize: 1024, format: format) { [weak control] buffer, time in
                guard time.isHostTimeValid else { return }
                let seconds = AVAudioTime.seconds(forHostTime: time.hostTime)
                control?.pass { try take(buffer, .microseconds(Int64((seconds * 1e6).rounded()))) }
            }
            try start()
        } catch let error as MienError {
            throw error
        } catch {
            stopMicrophone()
            throw MienError(
                .invalidOption, "the microphone cannot be started", details: error.localizedDescription)
        }
    }

    fileprivate func stopMicrophone() {
        inputNode.removeTap(onBus: 0)
        stop()
    }
}
#endif
