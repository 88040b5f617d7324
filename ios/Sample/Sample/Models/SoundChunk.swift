import Mien

/// A chunk of the microphone's sound and its time.
struct SoundChunk: Sendable {
    let samples: [Float]
    let format: AudioFormat
    let timestamp: Duration
}

extension AsyncStream<SoundChunk> {
    /// Passes the sound on until the task is cancelled. Sound that cannot be used must not end the picture.
    func feed(_ take: @escaping @Sendable (SoundChunk) throws -> Void) -> Task<Void, Never> {
        Task.detached {
            for await chunk in self { try? take(chunk) }
        }
    }
}
