package io.mien.sample.models

import io.mien.MienException
import kotlinx.coroutines.awaitCancellation
import java.nio.ByteBuffer
import java.util.concurrent.CopyOnWriteArraySet

/** Distributes the microphone's sound, 16-bit samples of one channel at 16 kHz, to all readers. */
class SoundOutput {
    private val readers = CopyOnWriteArraySet<(ByteBuffer, Long) -> Unit>()

    /** Takes sound of the microphone, which is used during the call only. */
    fun take(samples: ByteBuffer, timestampUs: Long) {
        for (reader in readers) reader(samples, timestampUs)
    }

    /** Passes the sound on to [take] until the caller is cancelled. */
    suspend fun feed(take: (ByteBuffer, Long) -> Unit): Nothing {
        val reader = { samples: ByteBuffer, timestampUs: Long ->
            try {
                take(samples, timestampUs)
            } catch (_: MienException) {
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
