package io.mien.internal

import io.mien.AudioFormat
import io.mien.MienException
import io.mien.SampleFormat
import java.nio.ByteBuffer
import java.nio.ByteOrder

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

/** Hands sound to the object of a handle. Samples on the Java heap are copied to memory of the thread, which is reused. */
internal class AudioChunk(private val handle: Long, private val format: AudioFormat, private val timestampUs: Long) {
    fun hand(samples: ShortArray, count: Int) {
        val bytes = memory(checked(count, samples.size) * Short.SIZE_BYTES)
        bytes.asShortBuffer().put(samples, 0, count)
        hand(bytes, SampleFormat.I16)
    }

    fun hand(samples: FloatArray, count: Int) {
        val bytes = memory(checked(count, samples.size) * Float.SIZE_BYTES)
        bytes.asFloatBuffer().put(samples, 0, count)
        hand(bytes, SampleFormat.F32)
    }

    fun hand(samples: ByteBuffer, type: SampleFormat) {
        if (!samples.isDirect) {
            val copy = memory(samples.remaining())
            copy.duplicate().put(samples.duplicate())
            return hand(copy, type)
        }
        ResultBuffer.ofThread().of({}) { out ->
            AudioBridge.chunk(
                handle, samples, samples.position(), samples.remaining(), type == SampleFormat.F32, format.rateHz,
                format.channels, timestampUs, out,
            )
        }
    }

    private fun checked(count: Int, size: Int): Int {
        if (count !in 0..size) {
            throw MienException.InvalidOption("the number of samples is $count; the array has $size")
        }
        return count
    }

    private companion object {
        private val OF_THREAD = ThreadLocal<ByteBuffer>()

        /** Returns memory of the calling thread for this many bytes. */
        fun memory(bytes: Int): ByteBuffer {
            val held = OF_THREAD.get()?.takeIf { it.capacity() >= bytes }
                ?: ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()).also { OF_THREAD.set(it) }
            held.clear()
            held.limit(bytes)
            return held
        }
    }
}
