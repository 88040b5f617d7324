package io.mien.internal

import io.mien.ErrorCode
import io.mien.MienError
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.time.Duration

/** A microphone that records: what [MicrophoneLoop] needs of the system. */
internal interface Recorder : AutoCloseable {
    /** Whether a call or another application has the microphone, and the system gives silence. */
    val isInterrupted: Boolean

    /** Reads samples into [chunk], and returns the number of bytes; null if the device is gone. */
    fun read(chunk: ByteBuffer): Int?

    /** Returns the time of the first of the samples just read, [bytes] in all. */
    fun time(bytes: Int): Duration
}

/**
 * What a microphone source does with what it records, without Android's framework: it passes sound on, pauses while it
 * is interrupted, opens the microphone again if its device goes, and ends with the first error.
 */
internal class MicrophoneLoop(
    private val open: () -> Recorder,
    private val interrupted: (Boolean) -> Unit,
    private val take: (ByteBuffer, Duration) -> Unit,
    chunkBytes: Int,
) {
    @Volatile
    private var goesOn = true
    private val chunk = ByteBuffer.allocateDirect(chunkBytes).order(ByteOrder.nativeOrder())
    private var isPaused = false

    /** Ends [run] after the chunk that is being read. */
    fun end() {
        goesOn = false
    }

    /** Records, with [first] to begin with, until [end] or an error, which it returns. Wipes what it has read. */
    fun run(first: Recorder): MienError? {
        var next: Recorder? = first
        return try {
            while (goesOn) {
                val recorder = next ?: open()
                next = null
                pass(recorder)
            }
            null
        } catch (error: MienError) {
            error
        } catch (error: IllegalStateException) {
            MienError(ErrorCode.INTERNAL, "the microphone cannot be used", error)
        } finally {
            next?.close()
            wipe(chunk)
        }
    }

    /** Passes on what [recorder] hears, until the end or until its device is gone, and closes it. */
    private fun pass(recorder: Recorder) = recorder.use {
        var heard = false
        while (goesOn) {
            chunk.clear()
            val bytes = it.read(chunk)
            // A device that is gone as soon as it is opened will not come back.
            if (bytes == null && heard) return@use
            bytes ?: throw MienError(ErrorCode.INTERNAL, "the microphone is gone")
            heard = true
            tell(it.isInterrupted)
            if (bytes == 0 || isPaused) continue
            chunk.clear()
            chunk.limit(bytes)
            take(chunk, maxOf(it.time(bytes), Duration.ZERO))
        }
    }

    private fun tell(isInterrupted: Boolean) {
        if (isInterrupted == isPaused) return
        isPaused = isInterrupted
        interrupted(isInterrupted)
    }
}

/** Overwrites the whole of [memory]. */
internal fun wipe(memory: ByteBuffer) {
    memory.clear()
    while (memory.remaining() >= Long.SIZE_BYTES) memory.putLong(0)
    while (memory.hasRemaining()) memory.put(0)
    memory.clear()
}
