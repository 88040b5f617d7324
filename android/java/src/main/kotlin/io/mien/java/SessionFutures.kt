package io.mien.java

import io.mien.AudioFormat
import io.mien.Correction
import io.mien.EmotionLabel
import io.mien.Frame
import io.mien.LiveSession
import io.mien.MienError
import io.mien.SampleFormat
import io.mien.StreamResult
import io.mien.Submission
import io.mien.VideoSession
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor

/**
 * What a [VideoSession] does with times and off the caller's thread, for Java; see [EngineFutures] for errors and
 * cancellation.
 */
public class VideoFutures private constructor(private val video: VideoSession) {
    /** Processes the next frame; it and its buffers belong to the call until the future ends. */
    public fun process(frame: Frame, timestamp: java.time.Duration): CompletableFuture<StreamResult> =
        call { video.process(frame, timestamp.kotlin()) }

    /** Like [process], on the caller's thread. */
    public fun processBlocking(frame: Frame, timestamp: java.time.Duration): StreamResult =
        video.processBlocking(frame, timestamp.kotlin())

    /** Submits sound, on the caller's thread; see [VideoSession.submitAudio]. */
    @JvmOverloads
    public fun submitAudio(
        samples: ByteBuffer,
        type: SampleFormat,
        timestamp: java.time.Duration,
        format: AudioFormat = AudioFormat(),
    ): Unit = video.submitAudio(samples, type, timestamp.kotlin(), format)

    /** Corrects the answer for the face of [track]; [shown] is the label that the person saw, or null. */
    @JvmOverloads
    public fun correct(track: Long, label: EmotionLabel, shown: EmotionLabel? = null): CompletableFuture<Correction> =
        call { video.correct(track, label, shown) }

    /** Confirms the answer for the face of [track]. */
    @JvmOverloads
    public fun confirm(track: Long, shown: EmotionLabel? = null): CompletableFuture<Correction> =
        call { video.confirm(track, shown) }

    /** Takes back the last correction or confirmation of the session. */
    public fun undo(): CompletableFuture<Correction> = call { video.undo() }

    /** Makes the futures of a session. */
    public companion object {
        /** Returns the futures of [video]. */
        @JvmStatic
        public fun from(video: VideoSession): VideoFutures = VideoFutures(video)
    }
}

/** Hears the results of a live session. */
public interface LiveListener {
    /** Called with each result, in the order of the frames; that of a frame that failed has an error. */
    public fun onResult(result: StreamResult)

    /** Called once, when the session or its engine is closed, or with the error with which the session has failed. */
    public fun onEnd(error: MienError?)
}

/**
 * What a [LiveSession] does with times, listeners and off the caller's thread, for Java; see [EngineFutures] for errors
 * and cancellation.
 */
public class LiveFutures private constructor(private val live: LiveSession) {
    /** Submits a frame, which is copied; returns at once. */
    public fun submit(frame: Frame, timestamp: java.time.Duration): Submission = live.submit(frame, timestamp.kotlin())

    /** Submits sound, on the caller's thread; see [LiveSession.submitAudio]. */
    @JvmOverloads
    public fun submitAudio(
        samples: ByteBuffer,
        type: SampleFormat,
        timestamp: java.time.Duration,
        format: AudioFormat = AudioFormat(),
    ): Unit = live.submitAudio(samples, type, timestamp.kotlin(), format)

    /**
     * Calls [listener] on [executor] from now on, one call at a time, until the session ends or the returned object is
     * closed; after that nothing is called. One listener at a time gets each result.
     */
    public fun listen(executor: Executor, listener: LiveListener): AutoCloseable {
        val scope = CoroutineScope(executor.asCoroutineDispatcher())
        scope.launch {
            val failed = try {
                live.results.collect { listener.onResult(it) }
                null
            } catch (error: MienError) {
                error
            }
            listener.onEnd(failed)
        }
        return AutoCloseable { scope.cancel() }
    }

    /** Returns the oldest result, or waits for the next one; null after the end. */
    public fun receive(): CompletableFuture<StreamResult?> = call { live.receive() }

    /** Returns the oldest result; waits up to [timeout] for one, on the caller's thread, then returns null. */
    public fun receiveBlocking(timeout: java.time.Duration): StreamResult? = live.receiveBlocking(timeout.kotlin())

    /** Corrects the answer for the face of [track]; [shown] is the label that the person saw, or null. */
    @JvmOverloads
    public fun correct(track: Long, label: EmotionLabel, shown: EmotionLabel? = null): CompletableFuture<Correction> =
        call { live.correct(track, label, shown) }

    /** Confirms the answer for the face of [track]. */
    @JvmOverloads
    public fun confirm(track: Long, shown: EmotionLabel? = null): CompletableFuture<Correction> =
        call { live.confirm(track, shown) }

    /** Takes back the last correction or confirmation of the session. */
    public fun undo(): CompletableFuture<Correction> = call { live.undo() }

    /** Makes the futures of a session. */
    public companion object {
        /** Returns the futures of [live]. */
        @JvmStatic
        public fun from(live: LiveSession): LiveFutures = LiveFutures(live)
    }
}
