import Mien

/// A chunk of the microphone's sound and its time.
struct SoundChunk: Sendable {
    let samples: [Float]
    let format: AudioFormat
    let timestampUs: Int
}
