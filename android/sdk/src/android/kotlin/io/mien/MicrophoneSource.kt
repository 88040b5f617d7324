package io.mien

import android.annotation.SuppressLint
import android.media.AudioRecord
import android.media.AudioTimestamp
import android.media.MediaRecorder
import android.os.SystemClock
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.concurrent.thread
import android.media.AudioFormat as SystemFormat

/**
 * Records the microphone at 16 kHz and passes the sound on, with times on the camera's clock: 16-bit samples of one
 * channel in a direct buffer, every 20 ms, on a thread of its own. The buffer is valid during the call.
 *
 * The system's source for speech recognition is used, which has no automatic gain and no filter for the voice. The
 * application asks for the permission `RECORD_AUDIO` before [start]; the library's manifest has none.
 *
 * Cameras whose `SENSOR_INFO_TIMESTAMP_SOURCE` is `REALTIME` count the time that the phone slept ([bootTime], as
 * `SystemClock.elapsedRealtimeNanos`); others do not (as `System.nanoTime`). Times come from
 * `AudioRecord.getTimestamp`; while it has none, from the clock when the samples are read, which is late by what the
 * system buffers.
 *
 * @param bootTime Whether the camera's clock counts the time that the phone slept. Default true.
 * @param failed Called on the recording thread if recording ends early, because of the microphone or because [take]
 *   threw a [MienException]; [start] begins again.
 * @param take Takes a chunk of sound.
 */
public class MicrophoneSource(
    private val bootTime: Boolean = true,
    private val failed: (MienException) -> Unit = {},
    private val take: (samples: ByteBuffer, timestampUs: Long) -> Unit,
) : AutoCloseable {
    private var running: Recording? = null

    /** Passes the sound on to a live session. */
    public constructor(live: LiveSession, bootTime: Boolean = true, failed: (MienException) -> Unit = {}) :
        this(bootTime, failed, { samples, timestampUs -> live.submitAudio(samples, SampleFormat.I16, timestampUs) })

    /**
     * Starts to record; starting again does nothing.
     *
     * Throws [MienException.InvalidOption] if the application has no permission, or if the microphone cannot be opened.
     */
    @Synchronized
    public fun start() {
        if (running == null) running = Recording(open())
    }

    /** Stops to record; waits for a call of `take`, unless it is called by it. Closing again does nothing. */
    override fun close() {
        val recording = synchronized(this) { running.also { running = null } } ?: return
        recording.stop()
    }

    // The application asks for the permission; without it the record is not initialized.
    @SuppressLint("MissingPermission")
    private fun open(): AudioRecord {
        val least = AudioRecord.getMinBufferSize(RATE_HZ, SystemFormat.CHANNEL_IN_MONO, SystemFormat.ENCODING_PCM_16BIT)
        val record = try {
            AudioRecord(
                MediaRecorder.AudioSource.VOICE_RECOGNITION,
                RATE_HZ,
                SystemFormat.CHANNEL_IN_MONO,
                SystemFormat.ENCODING_PCM_16BIT,
                maxOf(least, BUFFERED_CHUNKS * CHUNK_BYTES),
            )
        } catch (error: IllegalArgumentException) {
            throw MienException.InvalidOption("the microphone does not record 16 kHz", error)
        }
        if (record.state != AudioRecord.STATE_INITIALIZED) {
            record.release()
            throw MienException.InvalidOption("the microphone cannot be opened; RECORD_AUDIO must be granted")
        }
        return record
    }

    private inner class Recording(private val record: AudioRecord) {
        @Volatile
        private var goesOn = true
        private val worker = thread(name = "mien-microphone", isDaemon = true) { run() }

        fun stop() {
            goesOn = false
            if (Thread.currentThread() !== worker) worker.join()
        }

        private fun run() {
            val failure = try {
                recorded()
            } finally {
                record.release()
                synchronized(this@MicrophoneSource) { if (running === this) running = null }
            }
            failure?.let(failed)
        }

        /** Records until the end and returns why it ended early. */
        private fun recorded(): MienException? = try {
            record.startRecording()
            pass()
            null
        } catch (error: MienException) {
            error
        } catch (error: IllegalStateException) {
            MienException.Internal("the microphone cannot be used", error)
        }

        private fun pass() {
            val chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.nativeOrder())
            val stamp = AudioTimestamp()
            var framesRead = 0L
            while (goesOn) {
                val bytes = record.read(chunk, CHUNK_BYTES)
                if (bytes < 0) throw MienException.Internal("the microphone returned the status $bytes")
                val frames = bytes / Short.SIZE_BYTES
                if (frames == 0) continue
                val timeNs = record.timeOf(framesRead, frames, stamp)
                framesRead += frames
                chunk.clear()
                chunk.limit(bytes)
                take(chunk, maxOf(timeNs, 0) / NS_PER_US)
                chunk.clear()
            }
        }

        /** Returns the time of the frame numbered [first], of which [count] are read by now, nanoseconds. */
        private fun AudioRecord.timeOf(first: Long, count: Int, stamp: AudioTimestamp): Long {
            val base = if (bootTime) AudioTimestamp.TIMEBASE_BOOTTIME else AudioTimestamp.TIMEBASE_MONOTONIC
            if (getTimestamp(stamp, base) == AudioRecord.SUCCESS) {
                return stamp.nanoTime + (first - stamp.framePosition) * NS_PER_S / RATE_HZ
            }
            val now = if (bootTime) SystemClock.elapsedRealtimeNanos() else System.nanoTime()
            return now - count * NS_PER_S / RATE_HZ
        }
    }

    private companion object {
        const val RATE_HZ = 16_000
        const val CHUNK_BYTES = 2 * RATE_HZ / 50

        /** Chunks that the system holds at least: a tenth of a second. */
        const val BUFFERED_CHUNKS = 5
        const val NS_PER_S = 1_000_000_000L
        const val NS_PER_US = 1000L
    }
}
