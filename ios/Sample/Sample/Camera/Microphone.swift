import AVFAudio
import Foundation
import Mien
import Observation

/// The microphone, off until the person switches it on.
@MainActor
@Observable
final class Microphone {
    private(set) var isOn = false

    @ObservationIgnored private let output = SoundOutput()
    @ObservationIgnored private var source: MicrophoneSource?

    /// The sound from now on, until the reader stops.
    func sound() -> AsyncStream<SoundChunk> {
        output.sound()
    }

    /// Switches it on or off; the first time requests the permission.
    func use(_ on: Bool) async throws {
        guard on else {
            source?.close()
            (source, isOn) = (nil, false)
            return
        }
        guard await Self.isGranted() else { return }
        let audio = AVAudioSession.sharedInstance()
        try audio.setCategory(.record, mode: .measurement)
        try audio.setActive(true)
        let made = MicrophoneSource(
            failed: { [weak self] _ in Task { @MainActor in self?.isOn = false } },
            take: { [output] buffer, time in output.take(buffer, timestampUs: time) })
        try made.start()
        (source, isOn) = (made, true)
    }

    private static func isGranted() async -> Bool {
        await withCheckedContinuation { answer in
            AVAudioSession.sharedInstance().requestRecordPermission { answer.resume(returning: $0) }
        }
    }
}

extension SoundOutput {
    /// Copies the first channel: the buffer is valid during the call only.
    fileprivate func take(_ buffer: AVAudioPCMBuffer, timestampUs: Int) {
        guard let channels = buffer.floatChannelData else { return }
        let samples = (0..<Int(buffer.frameLength)).map { channels[0][$0 * buffer.stride] }
        let format = AudioFormat(rateHz: Int(buffer.format.sampleRate.rounded()))
        take(SoundChunk(samples: samples, format: format, timestampUs: timestampUs))
    }
}
