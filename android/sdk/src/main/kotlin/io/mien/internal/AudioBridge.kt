package io.mien.internal

import io.mien.AudioFormat
import io.mien.ErrorCode
import io.mien.MienError
import io.mien.SampleFormat
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.time.Duration

/** The native function for sound (`bindings/src/android/entry.rs`). */
internal object AudioBridge {
    init {
        NativeLibrary.load()
    }

    @JvmStatic
    external fun chunk(
        handle: Long,
        sound: ByteBuffer?,
        offset: Int,
        length: Int,
        float: Boolean,
        rateHz: Int,
        channels: Int,
        timestampUs: Long,
        out: ByteBuffer?,
    ): Int
}

/**
 * Hands sound to the object of a handle. Samples on the Java heap are copied to memory of the thread, which is reused
 * and holds nothing between calls.
 */
internal class AudioChunk(private val handle: Long, private val format: AudioFormat, private val timestamp: Duration) {
    fun hand(samples: ShortArray, count: Int) {
        copied(checked(count, samples.size) * Short.SIZE_BYTES, SampleFormat.I16) {
            it.asShortBuffer().put(samples, 0, count)
        }
    }

    fun hand(samples: FloatArray, count: Int) {
        copied(checked(count, samples.size) * Float.SIZE_BYTES, SampleFormat.F32) {
            it.asFloatBuffer().put(samples, 0, count)
        }
    }

    fun hand(samples: ByteBuffer, type: SampleFormat) {
        if (!samples.isDirect) {
            return copied(samples.remaining(), type) { it.duplicate().put(samples.duplicate()) }
        }
        ResultBuffer.ofThread().of({}) { out ->
            AudioBridge.chunk(
                handle, samples, samples.position(), samples.remaining(), type == SampleFormat.F32, format.rateHz,
                format.channels, timestamp.inWholeMicroseconds, out,
            )
        }
    }

    /** Hands over so many bytes, which [fill] puts into memory of the thread. */
    private fun copied(bytes: Int, type: SampleFormat, fill: (ByteBuffer) -> Unit) {
        val memory = memory(bytes)
        try {
            fill(memory)
            hand(memory, type)
        } finally {
            memory.clear()
            memory.limit(bytes)
            wipe(memory.slice())
        }
    }

    private fun checked(count: Int, size: Int): Int {
        if (count !in 0..size) {
            throw MienError(ErrorCode.INVALID_OPTION, "the number of samples is $count; the array has $size")
        }
        return count
    }

    internal companion object {
        /** Memory of each thread for copies of sound, wiped after each call. */
        val OF_THREAD: ThreadLocal<ByteBuffer> = ThreadLocal()

        /** Returns memory of the calling thread for this many bytes. */
        private fun memory(bytes: Int): ByteBuffer {
            val held = OF_THREAD.get()?.takeIf { it.capacity() >= bytes }
                ?: ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()).also { OF_THREAD.set(it) }
            held.clear()
            held.limit(bytes)
            return held
        }
    }
}
