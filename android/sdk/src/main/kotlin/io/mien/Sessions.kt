package io.mien

import io.mien.internal.AudioChunk
import io.mien.internal.FrameBridge
import io.mien.internal.Native
import io.mien.internal.ReadySignal
import io.mien.internal.ResultBuffer
import io.mien.internal.core
import io.mien.internal.handFrame
import io.mien.internal.now
import io.mien.internal.public
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import java.nio.ByteBuffer
import kotlin.time.Duration
import io.mien.ffi.LiveSession as CoreLive
import io.mien.ffi.VideoSession as CoreVideo

/** Processes every frame of a stream in order; none is dropped. */
public class VideoSession internal constructor(core: CoreVideo) : AutoCloseable {
    internal val native: Native<CoreVideo> = Native(core, "the video session")
    internal val handle: Long = core.frameHandle().toLong()

    /**
     * Processes the next frame, off the caller's thread; [timestamp] is its time from any origin, in whole microseconds.
     *
     * The frame and its buffers belong to the call until it returns or throws, also if the coroutine is cancelled: a frame
     * that has begun is finished first.
     *
     * Throws [ErrorCode.TIMESTAMP_ORDER] if the time is not later than that of the last frame,
     * [ErrorCode.INVALID_FRAME], [ErrorCode.CLOSED], [ErrorCode.INTERNAL].
     */
    public suspend fun process(frame: Frame, timestamp: Duration): StreamResult =
        native.useBusy { handFrame(handle, frame, timestamp) { stream() } }

    /** Like [process], on the caller's thread: for the thread of a decoder. */
    public fun processBlocking(frame: Frame, timestamp: Duration): StreamResult =
        native.use { handFrame(handle, frame, timestamp) { stream() } }

    /**
     * Submits the first [count] samples of the next chunk of sound; [timestamp] is the time of its first sample on the
     * clock of the frames. Submit sound before the frames that are later than it. It is analyzed at once, in about 2 ms
     * per second of sound; any thread may call.
     * The voice joins the answer for the face that speaks ([StreamResult.speech]) if there is a head for it: that of a
     * user who adapted one, or [EngineOptions.genericSpeechHead].
     *
     * Throws [ErrorCode.INVALID_OPTION] for a format out of range or an incomplete sample;
     * [ErrorCode.TIMESTAMP_ORDER] if the chunk begins more than 1 s before the end of the last one, which then counts
     * as not submitted; [ErrorCode.CLOSED], [ErrorCode.INTERNAL].
     */
    public fun submitAudio(
        samples: ShortArray,
        timestamp: Duration,
        format: AudioFormat = AudioFormat(),
        count: Int = samples.size,
    ): Unit = native.use { AudioChunk(handle, format, timestamp).hand(samples, count) }

    /** Like the other [submitAudio], for samples with full scale -1 to 1. */
    public fun submitAudio(
        samples: FloatArray,
        timestamp: Duration,
        format: AudioFormat = AudioFormat(),
        count: Int = samples.size,
    ): Unit = native.use { AudioChunk(handle, format, timestamp).hand(samples, count) }

    /**
     * Like the other [submitAudio], for the bytes between position and limit, which do not move. A direct buffer is not
     * copied; nothing may write to it during the call.
     */
    public fun submitAudio(
        samples: ByteBuffer,
        type: SampleFormat,
        timestamp: Duration,
        format: AudioFormat = AudioFormat(),
    ): Unit = native.use { AudioChunk(handle, format, timestamp).hand(samples, type) }

    /**
     * Corrects the answer that is shown for the face of [track]: it was [label]. [shown] is the label that the person
     * saw: if another one is shown by now, the frames before the change are meant; by default the one that is shown now.
     * The frames of the last 3 s for which that answer was shown become a labeled clip, which the head of the user
     * learns at once, a little; [Users.relearn] does so in full. A label that is already shown is confirmed. A second
     * correction of some of the same frames replaces the first.
     * Only faces whose identity is settled to a user can be corrected ([Correction.refusal]).
     *
     * Throws [ErrorCode.INVALID_OPTION] for a label that the head does not have; [ErrorCode.USER_NOT_FOUND],
     * [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun correct(track: Long, label: EmotionLabel, shown: EmotionLabel? = null): Correction =
        native.useOffThread { it.correct(track.toULong(), label.name, now(), shown?.name).public() }

    /**
     * Confirms the answer that is shown for the face of [track], so that later corrections do not spoil it;
     * [shown] as in [correct].
     *
     * Throws [ErrorCode.USER_NOT_FOUND], [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun confirm(track: Long, shown: EmotionLabel? = null): Correction =
        native.useOffThread { it.confirm(track.toULong(), now(), shown?.name).public() }

    /**
     * Takes back the last correction or confirmation of the session: the head is the one that it would be without it.
     * [Users.undoCorrection] knows those of other sessions.
     *
     * Throws [ErrorCode.INVALID_OPTION] if the generation that learned it cannot be left; [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun undo(): Correction = native.useOffThread { it.undo().public() }

    /**
     * Ends the session and returns at once; a frame being processed on another thread is finished. Closing again
     * does nothing.
     */
    override fun close() {
        native.close()
    }
}

/**
 * Processes the newest frame on its own thread; older waiting frames are dropped. [submit] copies the frame and never
 * waits for a network, so the callback of a camera may call it. Without frames nothing runs: no thread wakes up.
 */
public class LiveSession internal constructor(core: CoreLive) : AutoCloseable {
    internal val native: Native<CoreLive> = Native(core, "the live session")
    internal val handle: Long = core.frameHandle().toLong()
    private val ready = ReadySignal(handle)
    private var last = LiveStatistics(0, 0, 0, 0, 0, 0, 0, 0, Duration.ZERO, Duration.ZERO)

    /**
     * The results, in the order of their frames. The flow completes when the session or its engine is closed: at once,
     * results that were not read are dropped. For one collector: each result is emitted once (share it with `shareIn`),
     * on the context of the collector, which may be the main thread. A collector that is cancelled takes no result with
     * it; the next one goes on. A slow collector loses the oldest results, but none of their events.
     *
     * A frame that failed is an element with an [error][StreamResult.error], so that one damaged frame does not end the
     * session. The flow throws [ErrorCode.INTERNAL] if the session itself has failed.
     */
    public val results: Flow<StreamResult> = flow {
        while (true) emit(receive() ?: return@flow)
    }

    /**
     * Submits a frame; [timestamp] is its time from any origin, in whole microseconds. The frame is copied; the call
     * never waits for a network.
     *
     * Throws [ErrorCode.TIMESTAMP_ORDER] if the time is not later than that of the last frame,
     * [ErrorCode.INVALID_FRAME], [ErrorCode.CLOSED].
     */
    public fun submit(frame: Frame, timestamp: Duration): Submission =
        native.use { handFrame(handle, frame, timestamp) { submission() } }

    /**
     * Submits the first [count] samples of the next chunk of sound; [timestamp] is the time of its first sample on the
     * clock of the frames. It is analyzed at once, in about 2 ms per second of sound, and not
     * kept; any thread may call.
     * The voice joins the answer for the face that speaks ([StreamResult.speech]) if there is a head for it: that of a
     * user who adapted one, or [EngineOptions.genericSpeechHead].
     *
     * Throws [ErrorCode.INVALID_OPTION] for a format out of range or an incomplete sample;
     * [ErrorCode.TIMESTAMP_ORDER] if the chunk begins more than 1 s before the end of the last one, which then counts
     * as not submitted; [ErrorCode.CLOSED], [ErrorCode.INTERNAL].
     */
    public fun submitAudio(
        samples: ShortArray,
        timestamp: Duration,
        format: AudioFormat = AudioFormat(),
        count: Int = samples.size,
    ): Unit = native.use { AudioChunk(handle, format, timestamp).hand(samples, count) }

    /** Like the other [submitAudio], for samples with full scale -1 to 1. */
    public fun submitAudio(
        samples: FloatArray,
        timestamp: Duration,
        format: AudioFormat = AudioFormat(),
        count: Int = samples.size,
    ): Unit = native.use { AudioChunk(handle, format, timestamp).hand(samples, count) }

    /**
     * Like the other [submitAudio], for the bytes between position and limit, which do not move. A direct buffer is not
     * copied; nothing may write to it during the call.
     */
    public fun submitAudio(
        samples: ByteBuffer,
        type: SampleFormat,
        timestamp: Duration,
        format: AudioFormat = AudioFormat(),
    ): Unit = native.use { AudioChunk(handle, format, timestamp).hand(samples, type) }

    /**
     * Returns the oldest result, or waits for the next one; null after the end of the session or its engine. That of a
     * frame that failed has an [error][StreamResult.error].
     *
     * Throws [ErrorCode.INTERNAL] if the session has failed.
     */
    public suspend fun receive(): StreamResult? {
        while (true) {
            currentCoroutineContext().ensureActive()
            val signals = ready.count
            val result = try {
                receiveBlocking()
            } catch (error: MienError) {
                if (error.code != ErrorCode.CLOSED) throw error
                return null
            }
            if (result != null) return result
            ready.after(signals)
        }
    }

    /**
     * Returns the oldest result; waits up to [timeout] for one, then returns null. For callers
     * without coroutines. That of a frame that failed has an [error][StreamResult.error].
     *
     * Throws [ErrorCode.CLOSED] after the end of the session or its engine, which also ends the wait;
     * [ErrorCode.INTERNAL] if the session has failed.
     */
    public fun receiveBlocking(timeout: Duration = Duration.ZERO): StreamResult? = native.use {
        val milliseconds = timeout.inWholeMilliseconds.coerceIn(0, Int.MAX_VALUE.toLong()).toInt()
        val buffer = ResultBuffer.ofThread()
        buffer.of({ streamOrNothing() }) { out -> FrameBridge.receive(handle, milliseconds, out) }
    }

    /**
     * Corrects the answer that is shown for the face of [track]: it was [label]. [shown] is the label that the person
     * saw: if another one is shown by now, the frames before the change are meant; by default the one that is shown now.
     * The frames of the last 3 s for which that answer was shown become a labeled clip, which the head of the user
     * learns at once, a little; [Users.relearn] does so in full. A label that is already shown is confirmed. A second
     * correction of some of the same frames replaces the first.
     * Only faces whose identity is settled to a user can be corrected ([Correction.refusal]).
     *
     * Throws [ErrorCode.INVALID_OPTION] for a label that the head does not have; [ErrorCode.USER_NOT_FOUND],
     * [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun correct(track: Long, label: EmotionLabel, shown: EmotionLabel? = null): Correction =
        native.useOffThread { it.correct(track.toULong(), label.name, now(), shown?.name).public() }

    /**
     * Confirms the answer that is shown for the face of [track], so that later corrections do not spoil it;
     * [shown] as in [correct].
     *
     * Throws [ErrorCode.USER_NOT_FOUND], [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun confirm(track: Long, shown: EmotionLabel? = null): Correction =
        native.useOffThread { it.confirm(track.toULong(), now(), shown?.name).public() }

    /**
     * Takes back the last correction or confirmation of the session: the head is the one that it would be without it.
     * [Users.undoCorrection] knows those of other sessions.
     *
     * Throws [ErrorCode.INVALID_OPTION] if the generation that learned it cannot be left; [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun undo(): Correction = native.useOffThread { it.undo().public() }

    /**
     * The pace, at first that of the options; [setPace] changes it.
     *
     * Throws [ErrorCode.CLOSED].
     */
    public val pace: LivePace
        get() = native.use { it.pace().public() }

    /**
     * Sets the pace from the next frame on, for example when the device is warm:
     * `live.setPace(live.pace.copy { power = PowerBudget.BALANCED })`.
     *
     * Throws [ErrorCode.INVALID_OPTION] naming the value that is out of its range, [ErrorCode.CLOSED].
     */
    public fun setPace(pace: LivePace): Unit = native.use { it.setPace(pace.core()) }

    /**
     * The frame counts so far.
     *
     * After [close] they stay as they were then.
     */
    public val statistics: LiveStatistics
        get() = synchronized(this) {
            try {
                last = native.use { it.statistics() }.public()
            } catch (error: MienError) {
                // The last counts stay.
                if (error.code != ErrorCode.CLOSED) throw error
            }
            last
        }

    /**
     * Takes no more frames and sound, and returns at once: [results] completes after those of the frames that were taken,
     * for recordings that end.
     *
     * Throws [ErrorCode.CLOSED].
     */
    public fun finish(): Unit = native.use { it.finish() }

    /**
     * Ends the session and returns at once. Results that were not read, the waiting frame and the result of the one being
     * processed are dropped, and [results] completes; [finish] lets them come. Closing again does nothing.
     */
    override fun close() {
        native.close { core ->
            core.end()
            ready.end()
            synchronized(this) { last = core.statistics().public() }
        }
    }
}
