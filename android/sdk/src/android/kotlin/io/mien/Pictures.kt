package io.mien

import android.content.Context
import android.graphics.Bitmap
import android.graphics.ImageFormat
import android.media.Image
import android.net.Uri
import io.mien.internal.BitmapBridge
import io.mien.internal.PictureFile
import io.mien.internal.ResultBuffer
import io.mien.internal.ResultReader
import io.mien.internal.offThread
import kotlin.time.Duration
import android.graphics.PixelFormat as AndroidPixelFormat

/**
 * Analyzes every face of a bitmap. Its pixels are read in place; a bitmap that is not `ARGB_8888` or is in graphics
 * memory (`HARDWARE`) is copied first.
 */
public suspend fun EmotionEngine.process(
    bitmap: Bitmap,
    rotationDegrees: Int = 0,
    mirror: Boolean = false,
): FrameResult = native.useBusy { hand(handle, bitmap, rotationDegrees, mirror, Duration.ZERO) { still() } }

/** Like the other [EmotionEngine.process], on the caller's thread. */
public fun EmotionEngine.processBlocking(
    bitmap: Bitmap,
    rotationDegrees: Int = 0,
    mirror: Boolean = false,
): FrameResult = native.use { hand(handle, bitmap, rotationDegrees, mirror, Duration.ZERO) { still() } }

/** Like [VideoSession.process], for a bitmap. */
public suspend fun VideoSession.process(
    bitmap: Bitmap,
    timestamp: Duration,
    rotationDegrees: Int = 0,
    mirror: Boolean = false,
): StreamResult = native.useBusy { hand(handle, bitmap, rotationDegrees, mirror, timestamp) { stream() } }

/** Like [VideoSession.processBlocking], for a bitmap. */
public fun VideoSession.processBlocking(
    bitmap: Bitmap,
    timestamp: Duration,
    rotationDegrees: Int = 0,
    mirror: Boolean = false,
): StreamResult = native.use { hand(handle, bitmap, rotationDegrees, mirror, timestamp) { stream() } }

/** Like [LiveSession.submit], for a bitmap. */
public fun LiveSession.submit(
    bitmap: Bitmap,
    timestamp: Duration,
    rotationDegrees: Int = 0,
    mirror: Boolean = false,
): Submission = native.use { hand(handle, bitmap, rotationDegrees, mirror, timestamp) { submission() } }

/** Like [Enrollment.add], for a bitmap. */
public suspend fun Enrollment.add(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): EnrollmentStep =
    native.useBusy { hand(handle, bitmap, rotationDegrees, mirror, Duration.ZERO) { enrollment() } }

/** Like [Enrollment.addBlocking], for a bitmap. */
public fun Enrollment.addBlocking(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): EnrollmentStep =
    native.use { hand(handle, bitmap, rotationDegrees, mirror, Duration.ZERO) { enrollment() } }

/** Like [Clips.add], for a bitmap. */
public suspend fun Clips.add(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): ClipStep =
    native.useBusy { hand(handle, bitmap, rotationDegrees, mirror, Duration.ZERO) { footage() } }

/** Like [Clips.addBlocking], for a bitmap. */
public fun Clips.addBlocking(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): ClipStep =
    native.use { hand(handle, bitmap, rotationDegrees, mirror, Duration.ZERO) { footage() } }

/**
 * Makes this a frame of the part of an image within its crop rectangle, rounded as in [Frame.crop]: an image of a camera or
 * of a decoder (`MediaCodec.getOutputImage`) in `YUV_420_888`, `YCBCR_P010` (10 bits), `RGBA_8888` or `RGBX_8888`. The pixels
 * are copied into reused buffers, so the image may be closed as soon as this returns.
 *
 * [Frame.videoRange] stays as it is: set it for a decoder whose `MediaFormat.KEY_COLOR_RANGE` is `COLOR_RANGE_LIMITED`.
 *
 * Throws [ErrorCode.INVALID_FRAME] for another format and for a closed image.
 */
public fun Frame.setImage(image: Image, rotationDegrees: Int, mirror: Boolean = false): Frame {
    opened("the image is closed") {
        val planes = image.planes
        when (image.format) {
            ImageFormat.YUV_420_888 -> {
                val (y, u, v) = planes
                setYuv420(
                    image.width, image.height, y.buffer, u.buffer, v.buffer,
                    y.rowStride, u.rowStride, u.pixelStride, y.pixelStride,
                )
            }
            ImageFormat.YCBCR_P010 -> {
                val (y, u, v) = planes
                setP010(
                    image.width,
                    image.height,
                    y.buffer,
                    u.buffer,
                    v.buffer,
                    y.rowStride,
                    u.rowStride,
                    u.pixelStride,
                )
            }
            AndroidPixelFormat.RGBA_8888, AndroidPixelFormat.RGBX_8888 ->
                setPacked(PixelFormat.RGBA_8, image.width, image.height, planes[0].buffer, planes[0].rowStride)
            else -> throw MienError(
                ErrorCode.INVALID_FRAME,
                "the image's format is ${image.format}; YUV_420_888, YCBCR_P010 or RGBA_8888 is expected",
            )
        }
        image.cropRect.run { crop(left, top, right, bottom) }
        // Closing the image frees its planes even while buffers of them remain.
        hold()
    }
    this.rotationDegrees = rotationDegrees
    this.mirror = mirror
    return this
}

/**
 * Makes this a frame of a bitmap, whose pixels are copied into reused memory: for frames of Media3 and of views, and where
 * a [Frame] is asked for. A bitmap that is not `ARGB_8888` or is in graphics memory (`HARDWARE`) is copied twice.
 *
 * Throws [ErrorCode.INVALID_FRAME] if it is recycled or cannot be read.
 */
public fun Frame.setBitmap(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): Frame {
    readable(bitmap) { pixels ->
        val memory = memory(0, pixels.rowBytes * pixels.height)
        pixels.copyPixelsToBuffer(memory)
        memory.flip()
        setPacked(PixelFormat.RGBA_8, pixels.width, pixels.height, memory, pixels.rowBytes)
    }
    this.rotationDegrees = rotationDegrees
    this.mirror = mirror
    return this
}

/**
 * Analyzes every face of the picture behind [uri], for example one of the photo picker: its file, upright by its EXIF
 * orientation. Formats that the library does not read (HEIC, AVIF, GIF, ...) are decoded by Android.
 *
 * Throws [ErrorCode.INVALID_FRAME] if it cannot be opened or read, or has more than 64 MiB.
 */
public suspend fun EmotionEngine.process(context: Context, uri: Uri): FrameResult =
    offThread { PictureFile.read(context, uri).handed(::processBlocking, ::processBlocking) }

/** Like [Enrollment.add], for the picture behind [uri]; see [EmotionEngine.process]. */
public suspend fun Enrollment.add(context: Context, uri: Uri): EnrollmentStep =
    offThread { PictureFile.read(context, uri).handed(::addBlocking, ::addBlocking) }

/** Like [Clips.add], for the picture behind [uri]; see [EmotionEngine.process]. */
public suspend fun Clips.add(context: Context, uri: Uri): ClipStep =
    offThread { PictureFile.read(context, uri).handed(::addBlocking, ::addBlocking) }

/**
 * Returns the result of [work]; an [IllegalStateException] of Android becomes an [ErrorCode.INVALID_FRAME] with
 * [what].
 */
private inline fun <T> opened(what: String, work: () -> T): T = try {
    work()
} catch (error: IllegalStateException) {
    throw MienError(ErrorCode.INVALID_FRAME, "$what: ${error.message}", error)
}

private inline fun <T> hand(
    handle: Long,
    bitmap: Bitmap,
    rotationDegrees: Int,
    mirror: Boolean,
    timestamp: Duration,
    decode: ResultReader.() -> T,
): T = readable(bitmap) { pixels ->
    ResultBuffer.ofThread().of(decode) { out ->
        BitmapBridge.bitmap(handle, pixels, rotationDegrees, mirror, timestamp.inWholeMicroseconds, out)
    }
}

/** Calls [work] with the bitmap, or with a copy of it that is `ARGB_8888` in main memory. */
private inline fun <T> readable(bitmap: Bitmap, work: (Bitmap) -> T): T {
    if (bitmap.isRecycled) throw MienError(ErrorCode.INVALID_FRAME, "the bitmap is recycled")
    val asItIs = bitmap.config == Bitmap.Config.ARGB_8888
    val pixels = if (asItIs) {
        bitmap
    } else {
        opened("the bitmap cannot be copied") { bitmap.copy(Bitmap.Config.ARGB_8888, false) }
            ?: throw MienError(ErrorCode.INVALID_FRAME, "the bitmap cannot be copied")
    }
    try {
        return work(pixels)
    } finally {
        if (!asItIs) pixels.recycle()
    }
}
