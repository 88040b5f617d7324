import AVFAudio
import Foundation
import Mien
import Observation

/// The microphone, off until the person switches it on.
@MainActor
@Observable
final class Microphone {
    private(set) var isOn = false
    /// Why it is off, or brings no sound at the moment; `nil` if there is nothing to say.
    private(set) var notice: Notice?

    @ObservationIgnored private let output = SoundOutput()
    @ObservationIgnored private var source: MicrophoneSource?

    /// The sound from now on, until the reader stops.
    func sound() -> AsyncStream<SoundChunk> {
        output.sound()
    }

    /// Switches it on or off; the first time requests the permission.
    func use(_ on: Bool) async throws {
        guard on else {
            stop()
            return
        }
        guard await AVAudioApplication.requestRecordPermission() else {
            notice = Notice(Phrase(.microphoneDenied), .openSettings)
            return
        }
        let audio = AVAudioSession.sharedInstance()
        try audio.setCategory(.record, mode: .measurement)
        try audio.setActive(true)
        let made = MicrophoneSource(
            failed: { [weak self] _ in Task { @MainActor in self?.fail() } },
            interrupted: { [weak self] isInterrupted in Task { @MainActor in self?.pause(isInterrupted) } },
            take: { [output] buffer, time in output.take(buffer, timestamp: time) })
        try made.start()
        (source, isOn, notice) = (made, true, nil)
    }

    /// Switches it off.
    func stop() {
        guard let source else {
            notice = nil
            return
        }
        source.close()
        // What was playing goes on.
        try? AVAudioSession.sharedInstance().setActive(false, options: .notifyOthersOnDeactivation)
        (self.source, isOn, notice) = (nil, false, nil)
    }

    /// Looks at the permission again: the person may come from the settings.
    func recheck() {
        guard !isOn, notice != nil, AVAudioApplication.shared.recordPermission == .granted else { return }
        notice = nil
    }

    private func fail() {
        stop()
        notice = Notice(Phrase(.microphoneFailed))
    }

    private func pause(_ isInterrupted: Bool) {
        notice = isInterrupted ? Notice(Phrase(.microphonePaused)) : nil
    }
}

extension SoundOutput {
    /// Copies the first channel: the buffer is valid during the call only.
    fileprivate func take(_ buffer: AVAudioPCMBuffer, timestamp: Duration) {
        guard let channels = buffer.floatChannelData else { return }
        let samples = (0..<Int(buffer.frameLength)).map { channels[0][$0 * buffer.stride] }
        let format = AudioFormat(rateHz: Int(buffer.format.sampleRate.rounded()))
        take(SoundChunk(samples: samples, format: format, timestamp: timestamp))
    }
}
