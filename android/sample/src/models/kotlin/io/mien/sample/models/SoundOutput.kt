package io.mien.sample.models

import io.mien.MienError
import kotlinx.coroutines.awaitCancellation
import java.nio.ByteBuffer
import java.util.concurrent.CopyOnWriteArraySet
import kotlin.time.Duration

/** Distributes the microphone's sound, 16-bit samples of one channel at 16 kHz, to all readers. */
class SoundOutput {
    private val readers = CopyOnWriteArraySet<(ByteBuffer, Duration) -> Unit>()

    /** Takes sound of the microphone, which is used during the call only. */
    fun take(samples: ByteBuffer, timestamp: Duration) {
        for (reader in readers) reader(samples, timestamp)
    }

    /** Passes the sound on to [take] until the caller is cancelled. */
    suspend fun feed(take: (ByteBuffer, Duration) -> Unit): Nothing {
        val reader = { samples: ByteBuffer, timestamp: Duration ->
            try {
                take(samples, timestamp)
            } catch (_: MienError) {
                // The reader has just ended, or the microphone's clock went back: the next sound counts again.
            }
        }
        readers += reader
        try {
            awaitCancellation()
        } finally {
            readers -= reader
        }
    }
}
