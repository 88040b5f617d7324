import Foundation

/// Distributes the microphone's sound to all readers.
final class SoundOutput: @unchecked Sendable {
    /// Chunks that wait for a reader at most: about two seconds. Of a reader that is slower, the oldest sound is dropped,
    /// which is a gap in what is heard.
    static let maxWaiting = 100

    private let lock = NSLock()
    private var readers: [UUID: AsyncStream<SoundChunk>.Continuation] = [:]

    /// The sound from now on, until the reader stops.
    func sound() -> AsyncStream<SoundChunk> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.maxWaiting)) { continuation in
            let reader = UUID()
            lock.withLock { readers[reader] = continuation }
            continuation.onTermination = { [weak self] _ in
                self?.lock.withLock { self?.readers[reader] = nil }
            }
        }
    }

    /// Gives a chunk to all readers.
    func take(_ chunk: SoundChunk) {
        for reader in lock.withLock({ Array(readers.values) }) { reader.yield(chunk) }
    }
}
