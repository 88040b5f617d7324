package io.mien

import android.graphics.ImageFormat
import android.graphics.Rect
import android.media.Image
import androidx.camera.core.ImageInfo
import androidx.camera.core.ImageProxy
import java.awt.image.BufferedImage
import java.nio.ByteBuffer

/**
 * A picture in the layout of a camera: rows of luma end in [pad] bytes of padding, chroma is interleaved as on many
 * phones, with its second plane in the buffer of the first, both ending at their last sample. [pixels] of an earlier
 * image of the same picture are reused.
 */
class CameraImage(
    picture: BufferedImage,
    private val timestampNs: Long = 0,
    private val rotation: Int = 0,
    pad: Int = 13,
    private var crop: Rect = Rect(0, 0, picture.width, picture.height),
    private val imageFormat: Int = ImageFormat.YUV_420_888,
    val pixels: Array<ImageProxy.PlaneProxy> = planesOf(picture, pad),
) : ImageProxy {
    private class Plane(val stride: Int, val step: Int, val bytes: ByteBuffer) : ImageProxy.PlaneProxy {
        override fun getRowStride() = stride
        override fun getPixelStride() = step
        override fun getBuffer() = bytes
    }

    private val columns = picture.width
    private val rows = picture.height

    /** Number of times that the image was closed. */
    var closed = 0
        private set

    private fun <T> open(value: T): T {
        check(closed == 0) { "Image is already closed" }
        return value
    }

    override fun close() {
        closed++
    }

    override fun getCropRect(): Rect = open(crop)
    override fun setCropRect(rect: Rect) {
        crop = rect
    }
    override fun getFormat(): Int = open(imageFormat)
    override fun getWidth(): Int = open(columns)
    override fun getHeight(): Int = open(rows)
    override fun getPlanes(): Array<ImageProxy.PlaneProxy> = open(pixels)
    override fun getImage(): Image? = null
    override fun getImageInfo(): ImageInfo = object : ImageInfo {
        override fun getTimestamp() = timestampNs
        override fun getRotationDegrees() = rotation
    }

    private companion object {
        fun planesOf(picture: BufferedImage, pad: Int): Array<ImageProxy.PlaneProxy> {
            val (columns, rows) = picture.width to picture.height
            val (y, u, v) = Material.i420(picture)
            val (pairs, half) = (columns + 1) / 2 to (rows + 1) / 2
            val luma = ByteBuffer.allocateDirect((rows - 1) * (columns + pad) + columns)
            for (row in 0 until rows) for (column in 0 until columns) {
                luma.put(row * (columns + pad) + column, y[row * columns + column])
            }
            val stride = 2 * pairs + pad
            val chroma = ByteBuffer.allocateDirect((half - 1) * stride + 2 * pairs)
            for (row in 0 until half) for (pair in 0 until pairs) {
                chroma.put(row * stride + 2 * pair, v[row * pairs + pair])
                chroma.put(row * stride + 2 * pair + 1, u[row * pairs + pair])
            }
            val first = chroma.duplicate().limit(chroma.capacity() - 1) as ByteBuffer
            val second = (chroma.duplicate().position(1) as ByteBuffer).slice()
            return arrayOf(Plane(columns + pad, 1, luma), Plane(stride, 2, second), Plane(stride, 2, first))
        }
    }
}
