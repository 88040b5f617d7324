package io.mien

import io.mien.internal.FrameBridge
import io.mien.internal.Native
import io.mien.internal.ResultBuffer
import io.mien.internal.handFrame
import io.mien.internal.public
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import io.mien.ffi.LiveSession as CoreLive
import io.mien.ffi.VideoSession as CoreVideo

/** Looks at every frame of a stream in order, on the caller's thread. */
public class VideoSession internal constructor(core: CoreVideo) : AutoCloseable {
    internal val native: Native<CoreVideo> = Native(core, "the video session")
    internal val handle: Long = core.frameHandle().toLong()

    /**
     * Looks at the next frame, of the time [timestampUs] in microseconds from any origin.
     *
     * Throws [MienException.TimestampOrder] where the time is not later than the last frame's,
     * [MienException.InvalidFrame], [MienException.Closed].
     */
    public fun process(frame: Frame, timestampUs: Long): StreamResult =
        native.use { handFrame(handle, frame, timestampUs) { stream() } }

    /** Ends the session and returns at once; a frame that is looked at on another thread is finished. Closing again does nothing. */
    override fun close() {
        native.close()
    }
}

/**
 * What became of the frames of a live session so far.
 *
 * @property submitted frames handed in with a good timestamp
 * @property paced not looked at to keep the target rate
 * @property unchanged not looked at because nothing had changed
 * @property dropped taken, but replaced by a newer one before they were looked at
 * @property processed looked at
 * @property failed looked at with an error
 * @property pending taken and not done with
 * @property resultsLost results that nobody fetched in time
 * @property lastAgeUs how far the last result was behind the newest frame, microseconds of stream time
 * @property maxAgeUs the most that any result was behind
 */
public data class LiveStatistics(
    val submitted: Long,
    val paced: Long,
    val unchanged: Long,
    val dropped: Long,
    val processed: Long,
    val failed: Long,
    val pending: Long,
    val resultsLost: Long,
    val lastAgeUs: Long,
    val maxAgeUs: Long,
)

/**
 * Looks at the newest frame on a thread of its own: frames that come too fast are dropped and counted. [submit] copies
 * the frame and waits for no network, so it may be called from a camera's callback.
 */
public class LiveSession internal constructor(core: CoreLive) : AutoCloseable {
    internal val native: Native<CoreLive> = Native(core, "the live session")
    internal val handle: Long = core.frameHandle().toLong()
    private var last = LiveStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    /**
     * The results, in the order of their frames, until the session or its engine is closed. Meant for one collector (share it with
     * `shareIn`): each result is handed out once. Where a frame failed the flow throws that [MienException]; collecting
     * again goes on with the next result. A slow collector loses the oldest results, but none of their events.
     */
    public val results: Flow<StreamResult> = flow {
        while (true) {
            currentCoroutineContext().ensureActive()
            val result = try {
                receive(WAIT_MS)
            } catch (_: MienException.Closed) {
                return@flow
            }
            if (result != null) emit(result)
        }
    }.buffer(0).flowOn(Dispatchers.IO)

    /**
     * Hands in a frame of the time [timestampUs] in microseconds from any origin.
     *
     * Throws [MienException.TimestampOrder] where the time is not later than the last frame's,
     * [MienException.InvalidFrame]; [MienException.Closed] after the session or its engine was closed.
     */
    public fun submit(frame: Frame, timestampUs: Long): Submission =
        native.use { handFrame(handle, frame, timestampUs) { submission() } }

    /**
     * The oldest result that waits; waits for one for at most [timeoutMs] milliseconds, then null. For callers without coroutines.
     * Closing the session or its engine wakes who waits: throws [MienException.Closed].
     */
    public fun receive(timeoutMs: Int = 0): StreamResult? = native.use {
        val buffer = ResultBuffer.ofThread()
        buffer.of({ streamOrNothing() }) { out -> FrameBridge.receive(handle, timeoutMs, out) }
    }

    /** What became of the frames so far; after [close] what it was then. */
    public val statistics: LiveStatistics
        get() = synchronized(this) {
            try {
                last = native.use { it.statistics() }.public()
            } catch (_: MienException.Closed) {
                // The last ones stay.
            }
            last
        }

    /** Ends the session and returns at once; the frame at work is finished, what waits is dropped. Closing again does nothing. */
    override fun close() {
        native.close { core ->
            core.end()
            synchronized(this) { last = core.statistics().public() }
        }
    }

    private companion object {
        /** How long a collector that was cancelled may stay in native code. */
        const val WAIT_MS = 100
    }
}
