package io.mien.camerax

import android.graphics.ImageFormat
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import io.mien.Frame
import io.mien.LiveSession
import io.mien.PixelFormat
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import java.util.concurrent.Executor
import kotlin.time.Duration
import kotlin.time.Duration.Companion.nanoseconds
import android.graphics.PixelFormat as AndroidPixelFormat

/**
 * Hands the images of a CameraX camera to [take] and closes each of them, whatever the outcome.
 *
 * ```kotlin
 * val feed = CameraFeed(live, mirror = true) { error -> show(error) }
 * cameraProvider.bindToLifecycle(owner, CameraSelector.DEFAULT_FRONT_CAMERA, preview, feed.useCase())
 * ```
 *
 * Nothing is copied: a frame has the planes of the image, which stay open during the call, its strides, its rotation
 * (`rotationDegrees`) and its crop rectangle, rounded as in [Frame.crop]; positions in results count from the corner
 * of the rectangle. With a view port, that is the part of the picture that the preview shows.
 *
 * @param mirror Whether positions in results are mirrored left to right, to fit the preview of a front camera.
 *   Recognition sees the same pixels either way.
 * @param failed Called, on the executor of the use case, with the reason why an image was not taken: a
 * [io.mien.MienError] or another exception (an `IllegalArgumentException` for an image that is not
 * `YUV_420_888` or `RGBA_8888`). After a session was closed it is [io.mien.ErrorCode.CLOSED]. It must not throw.
 * @param take Called with each frame, to be used during the call only, and its time.
 */
public class CameraFeed(
    mirror: Boolean,
    private val failed: (Exception) -> Unit = {},
    private val take: (frame: Frame, timestamp: Duration) -> Unit,
) : ImageAnalysis.Analyzer {
    /** Creates a feed of the session [live]. */
    public constructor(live: LiveSession, mirror: Boolean, failed: (Exception) -> Unit = {}) :
        this(mirror, failed, { frame, timestamp -> live.submit(frame, timestamp) })

    /** Whether positions in results are mirrored left to right; set it when the camera changes. */
    @Volatile
    public var mirror: Boolean = mirror

    // One for all images: CameraX delivers the next image after the last one was closed.
    private val frame = Frame()

    /**
     * Creates a use case that feeds this, for `bindToLifecycle`: `YUV_420_888`, the newest image only. A use case of your
     * own may also deliver `RGBA_8888`, which CameraX converts at some cost.
     *
     * [executor] must run one image at a time and must not be that of the main thread. [configure] may set other
     * properties, such as another resolution than CameraX's 640x480, or the rotation of the screen.
     */
    public fun useCase(
        executor: Executor = Dispatchers.Default.limitedParallelism(1).asExecutor(),
        configure: ImageAnalysis.Builder.() -> Unit = {},
    ): ImageAnalysis = ImageAnalysis.Builder().apply(configure)
        .setBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST)
        .setOutputImageFormat(ImageAnalysis.OUTPUT_IMAGE_FORMAT_YUV_420_888)
        .build()
        .also { it.setAnalyzer(executor, this) }

    /** Takes an image; CameraX calls this. */
    override fun analyze(image: ImageProxy): Unit = image.use {
        try {
            frame.set(image)
            frame.mirror = mirror
            take(frame, image.imageInfo.timestamp.nanoseconds)
        } catch (error: Exception) {
            // An exception thrown here would end the application.
            failed(error)
        }
    }
}

/** Makes this a frame of the part of [image] within its crop rectangle. */
private fun Frame.set(image: ImageProxy) {
    val planes = image.planes
    when (image.format) {
        ImageFormat.YUV_420_888 -> {
            val (y, u, v) = planes
            setYuv420(
                image.width, image.height, y.buffer, u.buffer, v.buffer,
                y.rowStride, u.rowStride, u.pixelStride, y.pixelStride,
            )
        }
        AndroidPixelFormat.RGBA_8888 ->
            setPacked(PixelFormat.RGBA_8, image.width, image.height, planes[0].buffer, planes[0].rowStride)
        else -> throw IllegalArgumentException(
            "the image's format is ${image.format}; YUV_420_888 or RGBA_8888 is expected",
        )
    }
    image.cropRect.run { crop(left, top, right, bottom) }
    rotationDegrees = image.imageInfo.rotationDegrees
}
