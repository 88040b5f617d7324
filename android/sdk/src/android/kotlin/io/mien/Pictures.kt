package io.mien

import android.graphics.Bitmap
import android.graphics.ImageFormat
import android.media.Image
import io.mien.internal.BitmapBridge
import io.mien.internal.ResultBuffer
import io.mien.internal.ResultReader

/**
 * Analyzes every face of a bitmap. Its pixels are read in place; a bitmap that is not `ARGB_8888` or is in graphics
 * memory (`HARDWARE`) is copied first.
 */
public fun EmotionEngine.process(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): FrameResult =
    native.use { hand(handle, bitmap, rotationDegrees, mirror, 0) { still() } }

/** Like [VideoSession.process], for a bitmap. */
public fun VideoSession.process(
    bitmap: Bitmap,
    timestampUs: Long,
    rotationDegrees: Int = 0,
    mirror: Boolean = false,
): StreamResult = native.use { hand(handle, bitmap, rotationDegrees, mirror, timestampUs) { stream() } }

/** Like [LiveSession.submit], for a bitmap. */
public fun LiveSession.submit(
    bitmap: Bitmap,
    timestampUs: Long,
    rotationDegrees: Int = 0,
    mirror: Boolean = false,
): Submission = native.use { hand(handle, bitmap, rotationDegrees, mirror, timestampUs) { submission() } }

/** Like [Enrollment.add], for a bitmap. */
public fun Enrollment.add(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): EnrollmentStep =
    native.use { hand(handle, bitmap, rotationDegrees, mirror, 0) { enrollment() } }

/** Like [Clips.add], for a bitmap. */
public fun Clips.add(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): ClipStep =
    native.use { hand(handle, bitmap, rotationDegrees, mirror, 0) { footage() } }

/**
 * Makes this a frame of the part of a camera's image in `YUV_420_888` within its crop rectangle, rounded as in
 * [Frame.crop]. The pixels are copied into reused buffers, so the image may be closed as soon as this returns.
 *
 * Throws [MienException.InvalidFrame] for another format and for a closed image.
 */
public fun Frame.setImage(image: Image, rotationDegrees: Int, mirror: Boolean = false): Frame {
    opened("the image is closed") {
        if (image.format != ImageFormat.YUV_420_888) {
            throw MienException.InvalidFrame("the image's format is ${image.format}; YUV_420_888 is expected")
        }
        val (y, u, v) = image.planes
        setYuv420(
            image.width, image.height, y.buffer, u.buffer, v.buffer,
            y.rowStride, u.rowStride, u.pixelStride, y.pixelStride,
        )
        image.cropRect.run { crop(left, top, right, bottom) }
        // Closing the image frees its planes even while buffers of them remain.
        hold()
    }
    this.rotationDegrees = rotationDegrees
    this.mirror = mirror
    return this
}

/**
 * Returns the result of [work]; an [IllegalStateException] of Android becomes an [MienException.InvalidFrame] with
 * [what].
 */
private inline fun <T> opened(what: String, work: () -> T): T = try {
    work()
} catch (error: IllegalStateException) {
    throw MienException.InvalidFrame("$what: ${error.message}", error)
}

private inline fun <T> hand(
    handle: Long,
    bitmap: Bitmap,
    rotationDegrees: Int,
    mirror: Boolean,
    timestampUs: Long,
    decode: ResultReader.() -> T,
): T {
    val readable = bitmap.config == Bitmap.Config.ARGB_8888
    if (bitmap.isRecycled) throw MienException.InvalidFrame("the bitmap is recycled")
    val pixels = if (readable) {
        bitmap
    } else {
        opened("the bitmap cannot be copied") { bitmap.copy(Bitmap.Config.ARGB_8888, false) }
            ?: throw MienException.InvalidFrame("the bitmap cannot be copied")
    }
    try {
        return ResultBuffer.ofThread().of(decode) { out ->
            BitmapBridge.bitmap(handle, pixels, rotationDegrees, mirror, timestampUs, out)
        }
    } finally {
        if (!readable) pixels.recycle()
    }
}
