package io.mien.camerax

import android.graphics.ImageFormat
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import io.mien.Frame
import io.mien.LiveSession
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import java.util.concurrent.Executor

/**
 * Hands the images of a CameraX camera to [take], and closes each of them, whatever comes of it.
 *
 * ```kotlin
 * val feed = CameraFeed(live, mirror = true) { error -> show(error) }
 * cameraProvider.bindToLifecycle(owner, CameraSelector.DEFAULT_FRONT_CAMERA, preview, feed.useCase())
 * ```
 *
 * Nothing is copied: a frame is an image's planes, which stay open during the call, with its strides, its turn
 * (`rotationDegrees`) and its crop rectangle as [Frame.crop] rounds it; places in results count from the rectangle's
 * corner. Where a view port is set, that is the part of the picture that the preview shows.
 *
 * @param mirror whether frames are flipped left to right, as a front camera's preview is shown
 * @param failed is told, on the executor of the use case, why an image was not taken: a [io.mien.MienException], or
 *   what else was thrown (an `IllegalArgumentException` for an image that is not `YUV_420_888`). After a session was
 *   closed that is [io.mien.MienException.Closed]. It must not throw
 * @param take is handed each frame, to be used during the call only, and its time in microseconds
 */
public class CameraFeed(
    mirror: Boolean,
    private val failed: (Exception) -> Unit = {},
    private val take: (frame: Frame, timestampUs: Long) -> Unit,
) : ImageAnalysis.Analyzer {
    /** A feed of the session [live]. */
    public constructor(live: LiveSession, mirror: Boolean, failed: (Exception) -> Unit = {}) :
        this(mirror, failed, { frame, timestampUs -> live.submit(frame, timestampUs) })

    /** Whether frames are flipped; set it when the camera is changed. */
    @Volatile
    public var mirror: Boolean = mirror

    // One for all images: CameraX hands over the next one after the last one was closed.
    private val frame = Frame()

    /**
     * A use case that feeds this, for `bindToLifecycle`: `YUV_420_888`, the newest image only.
     *
     * [executor] must run one image at a time and not be that of the main thread. [configure] may set what is open, such as
     * another resolution than CameraX's 640x480, or the screen's rotation.
     */
    public fun useCase(
        executor: Executor = Dispatchers.Default.limitedParallelism(1).asExecutor(),
        configure: ImageAnalysis.Builder.() -> Unit = {},
    ): ImageAnalysis = ImageAnalysis.Builder().apply(configure)
        .setBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST)
        .setOutputImageFormat(ImageAnalysis.OUTPUT_IMAGE_FORMAT_YUV_420_888)
        .build()
        .also { it.setAnalyzer(executor, this) }

    /** Hands in an image; CameraX calls this. */
    override fun analyze(image: ImageProxy): Unit = image.use {
        try {
            frame.set(image)
            frame.mirror = mirror
            take(frame, image.imageInfo.timestamp / NS_PER_US)
        } catch (error: Exception) {
            // One that is thrown here ends the application.
            failed(error)
        }
    }

    private companion object {
        const val NS_PER_US = 1000
    }
}

/** Makes this a frame of the part of [image] within its crop rectangle. */
private fun Frame.set(image: ImageProxy) {
    require(image.format == ImageFormat.YUV_420_888) {
        "the image's format is ${image.format}; YUV_420_888 is expected"
    }
    val (y, u, v) = image.planes
    setYuv420(
        image.width, image.height, y.buffer, u.buffer, v.buffer,
        y.rowStride, u.rowStride, u.pixelStride, y.pixelStride,
    )
    image.cropRect.run { crop(left, top, right, bottom) }
    rotationDegrees = image.imageInfo.rotationDegrees
}
