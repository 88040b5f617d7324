package io.mien

import android.annotation.SuppressLint
import android.media.AudioManager
import android.media.AudioRecord
import android.media.AudioRecordingConfiguration
import android.media.AudioTimestamp
import android.media.MediaRecorder
import android.os.Build
import android.os.SystemClock
import io.mien.internal.MicrophoneLoop
import io.mien.internal.Recorder
import java.nio.ByteBuffer
import kotlin.concurrent.thread
import kotlin.time.Duration
import kotlin.time.Duration.Companion.nanoseconds
import android.media.AudioFormat as SystemFormat

/**
 * Records the microphone at 16 kHz and passes the sound on, with times on the camera's clock: 16-bit samples of one
 * channel in a direct buffer, every 20 ms, on a thread of its own. The buffer is valid during the call.
 *
 * - Without the permission for the microphone, or without a microphone, [start] throws.
 * - An error ends the recording, one of the microphone as one that `take` throws: `failed` gets it once, and [start]
 *   begins again.
 * - A call, or another application that takes the microphone, pauses the recording: `interrupted` is called with true,
 *   and with false when sound comes again. From Android 10 on; before, it is an error.
 * - Another device, or another format of it, restarts the recording; the sound has a gap.
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
 * @param interrupted Called, on the recording thread, when the recording pauses and when it goes on.
 * @param failed Called, on the recording thread, with the error that ended the recording.
 * @param take Takes a chunk of sound.
 */
public class MicrophoneSource(
    private val bootTime: Boolean = true,
    private val interrupted: (Boolean) -> Unit = {},
    private val failed: (MienError) -> Unit = {},
    private val take: (samples: ByteBuffer, timestamp: Duration) -> Unit,
) : AutoCloseable {
    private var running: Recording? = null

    /** Passes the sound on to a live session. */
    public constructor(
        live: LiveSession,
        bootTime: Boolean = true,
        interrupted: (Boolean) -> Unit = {},
        failed: (MienError) -> Unit = {},
    ) : this(
        bootTime,
        interrupted,
        failed,
        { samples, timestamp -> live.submitAudio(samples, SampleFormat.I16, timestamp) },
    )

    /**
     * Starts to record; starting again does nothing.
     *
     * Throws [ErrorCode.INVALID_OPTION] if the application has no permission for the microphone, if there is none, or
     * if it cannot be started.
     */
    @Synchronized
    public fun start() {
        if (running == null) running = Recording(SystemRecorder(bootTime))
    }

    /** Stops to record; waits for a call of `take`, unless it is called by it. Closing again does nothing. */
    override fun close() {
        val recording = synchronized(this) { running.also { running = null } } ?: return
        recording.stop()
    }

    private inner class Recording(first: Recorder) {
        private val loop = MicrophoneLoop({ SystemRecorder(bootTime) }, interrupted, take, CHUNK_BYTES)
        private val worker = thread(name = "mien-microphone", isDaemon = true) { run(first) }

        fun stop() {
            loop.end()
            if (Thread.currentThread() !== worker) worker.join()
        }

        private fun run(first: Recorder) {
            val failure = try {
                loop.run(first)
            } finally {
                synchronized(this@MicrophoneSource) { if (running === this) running = null }
            }
            failure?.let(failed)
        }
    }

    private companion object {
        private const val CHUNK_BYTES = 2 * RATE_HZ / 50
    }
}

private const val RATE_HZ = 16_000
private const val NS_PER_S = 1_000_000_000L

/** Bytes that the system holds at least: a tenth of a second. */
private const val BUFFERED_BYTES = 2 * RATE_HZ / 10

/** The system's recorder, which records already. */
private class SystemRecorder(private val bootTime: Boolean) : Recorder {
    private val record = opened()
    private val stamp = AudioTimestamp()
    private var framesRead = 0L

    @Volatile
    private var isSilenced = false
    private val watcher = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) Watcher() else null

    init {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
            watcher?.let { record.registerAudioRecordingCallback({ work -> work.run() }, it) }
        }
    }

    override val isInterrupted: Boolean get() = isSilenced

    override fun read(chunk: ByteBuffer): Int? {
        val bytes = record.read(chunk, chunk.capacity())
        if (bytes == AudioRecord.ERROR_DEAD_OBJECT) return null
        if (bytes < 0) throw MienError(ErrorCode.INTERNAL, "the microphone returned the status $bytes")
        framesRead += bytes / Short.SIZE_BYTES
        return bytes
    }

    override fun time(bytes: Int): Duration {
        val base = if (bootTime) AudioTimestamp.TIMEBASE_BOOTTIME else AudioTimestamp.TIMEBASE_MONOTONIC
        val count = bytes / Short.SIZE_BYTES
        if (record.getTimestamp(stamp, base) == AudioRecord.SUCCESS) {
            return (stamp.nanoTime + (framesRead - count - stamp.framePosition) * NS_PER_S / RATE_HZ).nanoseconds
        }
        val now = if (bootTime) SystemClock.elapsedRealtimeNanos() else System.nanoTime()
        return (now - count * NS_PER_S / RATE_HZ).nanoseconds
    }

    override fun close() {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
            watcher?.let(record::unregisterAudioRecordingCallback)
        }
        record.release()
    }

    /** Hears of it when the system silences the recording. */
    private inner class Watcher : AudioManager.AudioRecordingCallback() {
        override fun onRecordingConfigChanged(configurations: List<AudioRecordingConfiguration>) {
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
                isSilenced = configurations.any { it.isClientSilenced }
            }
        }
    }

    private companion object {
        // The application asks for the permission; without it the record is not initialized.
        @SuppressLint("MissingPermission")
        fun opened(): AudioRecord {
            val channel = SystemFormat.CHANNEL_IN_MONO
            val samples = SystemFormat.ENCODING_PCM_16BIT
            val least = AudioRecord.getMinBufferSize(RATE_HZ, channel, samples)
            val source = MediaRecorder.AudioSource.VOICE_RECOGNITION
            val record = try {
                AudioRecord(source, RATE_HZ, channel, samples, maxOf(least, BUFFERED_BYTES))
            } catch (error: IllegalArgumentException) {
                throw MienError(ErrorCode.INVALID_OPTION, "the microphone does not record 16 kHz", error)
            }
            if (record.state != AudioRecord.STATE_INITIALIZED) {
                record.release()
                throw MienError(
                    ErrorCode.INVALID_OPTION,
                    "the application has no permission for the microphone (RECORD_AUDIO), or there is none",
                )
            }
            record.startRecording()
            if (record.recordingState != AudioRecord.RECORDSTATE_RECORDING) {
                record.release()
                throw MienError(ErrorCode.INVALID_OPTION, "the microphone cannot be started: it may be in use")
            }
            return record
        }
    }
}
