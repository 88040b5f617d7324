package io.mien.sample.models

import io.mien.Frame
import io.mien.LiveSession
import io.mien.MienError
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import java.util.concurrent.CopyOnWriteArraySet
import kotlin.time.Duration

/** Width and height of an upright picture. */
data class PictureSize(val width: Int, val height: Int)

/** Distributes the camera's frames to all readers. */
class FrameOutput {
    private val readers = CopyOnWriteArraySet<(Frame, Duration) -> Unit>()
    private val upright = MutableStateFlow(PictureSize(480, 640))

    /** The size of upright frames; positions of faces are in its pixels. */
    val size: StateFlow<PictureSize> = upright.asStateFlow()

    /** Takes a frame of the camera, which is used during the call only. */
    fun take(frame: Frame, timestamp: Duration) {
        val lies = frame.rotationDegrees % 180 != 0
        upright.value = if (lies) PictureSize(frame.height, frame.width) else PictureSize(frame.width, frame.height)
        for (reader in readers) reader(frame, timestamp)
    }

    /** The newest frames, copied, until the reader stops; a slow reader misses some. */
    fun frames(): Flow<CameraFrame> = callbackFlow {
        val reader = { frame: Frame, timestamp: Duration ->
            trySend(CameraFrame(frame.copy(), timestamp))
            Unit
        }
        readers += reader
        awaitClose { readers -= reader }
    }.conflate()

    /** Submits each frame to [live] without a copy, until the caller is cancelled. */
    suspend fun feed(live: LiveSession) {
        val failed = CompletableDeferred<Nothing>()
        val reader = { frame: Frame, timestamp: Duration ->
            try {
                live.submit(frame, timestamp)
            } catch (error: MienError) {
                failed.completeExceptionally(error)
            }
            Unit
        }
        readers += reader
        try {
            failed.await()
        } finally {
            readers -= reader
        }
    }
}
