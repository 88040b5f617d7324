package io.mien

import android.graphics.Bitmap
import android.graphics.ImageFormat
import android.media.Image
import io.mien.internal.BitmapBridge
import io.mien.internal.ResultBuffer
import io.mien.internal.ResultReader

/**
 * Everything about every face of a bitmap. Its pixels are read where they lie; one that is not `ARGB_8888`, or lies in
 * the graphics memory (`HARDWARE`), is copied first.
 */
public fun EmotionEngine.process(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): FrameResult =
    hand(handle, bitmap, rotationDegrees, mirror, 0) { still() }

/** As [VideoSession.process], of a bitmap. */
public fun VideoSession.process(
    bitmap: Bitmap,
    timestampUs: Long,
    rotationDegrees: Int = 0,
    mirror: Boolean = false,
): StreamResult = hand(handle, bitmap, rotationDegrees, mirror, timestampUs) { stream() }

/** As [LiveSession.submit], of a bitmap. */
public fun LiveSession.submit(
    bitmap: Bitmap,
    timestampUs: Long,
    rotationDegrees: Int = 0,
    mirror: Boolean = false,
): Submission = hand(handle, bitmap, rotationDegrees, mirror, timestampUs) { submission() }

/** As [Enrolment.add], of a bitmap. */
public fun Enrolment.add(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): EnrolmentStep =
    hand(handle, bitmap, rotationDegrees, mirror, 0) { enrolment() }

/** As [Clips.add], of a bitmap. */
public fun Clips.add(bitmap: Bitmap, rotationDegrees: Int = 0, mirror: Boolean = false): ClipStep =
    hand(handle, bitmap, rotationDegrees, mirror, 0) { footage() }

/**
 * Makes this a frame of a camera's image in `YUV_420_888`, which must stay open until the frame was handed in. Nothing is
 * copied. Throws [MienException.InvalidFrame] for another format.
 */
public fun Frame.setImage(image: Image, rotationDegrees: Int, mirror: Boolean = false): Frame {
    if (image.format != ImageFormat.YUV_420_888) {
        throw MienException.InvalidFrame("the image's format is ${image.format}; YUV_420_888 is expected")
    }
    val (y, u, v) = image.planes
    setYuv420(
        image.width, image.height, y.buffer, u.buffer, v.buffer,
        y.rowStride, u.rowStride, u.pixelStride, y.pixelStride,
    )
    this.rotationDegrees = rotationDegrees
    this.mirror = mirror
    return this
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
    val pixels = if (readable) bitmap else bitmap.copy(Bitmap.Config.ARGB_8888, false)
    try {
        return ResultBuffer.ofThread().of(decode) { out ->
            BitmapBridge.bitmap(handle, pixels, rotationDegrees, mirror, timestampUs, out)
        }
    } finally {
        if (!readable) pixels.recycle()
    }
}
