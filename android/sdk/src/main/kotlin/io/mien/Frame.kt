package io.mien

import io.mien.internal.copy
import io.mien.internal.from
import java.nio.ByteBuffer

/** How the bytes of a frame lie. */
public enum class PixelFormat {
    /** Three bytes a pixel: red, green, blue. */
    RGB_8,

    /** Four bytes a pixel: red, green, blue, alpha (ignored). */
    RGBA_8,

    /** Four bytes a pixel: blue, green, red, alpha (ignored). */
    BGRA_8,

    /** One luminance byte a pixel. */
    GRAY_8,

    /** A luma plane and a half-size plane of interleaved U and V. */
    NV12,

    /** A luma plane and a half-size plane of interleaved V and U. */
    NV21,

    /** Luma, U and V planes: I420, or Android's `YUV_420_888`. */
    YUV_420,
    ;

    /** Bytes from one pixel of the first plane to the next. */
    internal val pixelBytes: Int
        get() = when (this) {
            RGB_8 -> 3
            RGBA_8, BGRA_8 -> 4
            else -> 1
        }
}

/**
 * A view of a picture in somebody's buffers.
 *
 * Nothing is copied here, but by [copy], [copyOf] and `setImage`: each plane reaches from its buffer's position to its
 * limit, and the buffer must be direct (`ByteBuffer.allocateDirect`, a camera's planes). A frame is looked at during a call
 * only; nothing may write to its buffers meanwhile, and memory that is not the buffer's own (a plane of an image, of a
 * decoder or of native code) must not be given back meanwhile: close an image after the call, on the same thread. One
 * object can be set anew for each picture of a camera, so that none is allocated.
 *
 * A plane needs `(rows - 1) * rowStride + (columns - 1) * pixelStride + sample` bytes, so a camera's chroma plane may end
 * at its last sample.
 */
public class Frame {
    /** How the bytes lie. */
    public var format: PixelFormat = PixelFormat.RGB_8
        private set

    /** Columns of the buffer, 1 to 16384. */
    public var width: Int = 0
        private set

    /** Rows of the buffer, 1 to 16384. */
    public var height: Int = 0
        private set

    /** The clockwise turn that makes the buffer upright: 0, 90, 180 or 270 degrees, as CameraX's `rotationDegrees`. */
    public var rotationDegrees: Int = 0

    /** Whether the frame is flipped left to right after its turn, as a front camera's preview is shown. */
    public var mirror: Boolean = false

    /** Whether Y goes from 16 to 235, as in video files; cameras give 0 to 255. */
    public var videoRange: Boolean = false

    internal var first: ByteBuffer? = null
    internal var second: ByteBuffer? = null
    internal var third: ByteBuffer? = null
    internal var rowStride: Int = 0
    internal var pixelStride: Int = 0
    internal var chromaRowStride: Int = 0
    internal var chromaPixelStride: Int = 0

    /** Memory of this frame's own for its planes, used again and again; see [hold]. */
    private val held = arrayOfNulls<ByteBuffer>(3)

    /** Makes this a frame of packed pixels (RGB, RGBA, BGRA or gray); [rowStride] 0 is without padding. */
    public fun setPacked(format: PixelFormat, width: Int, height: Int, pixels: ByteBuffer, rowStride: Int = 0): Frame {
        if (format >= PixelFormat.NV12) throw MienException.InvalidFrame("$format has more than one plane")
        return set(format, width, height, pixels, rowStride, format.pixelBytes, null, null, 0, 0)
    }

    /** Makes this an NV12 or NV21 frame; strides 0 are without padding. */
    public fun setSemiPlanar(
        format: PixelFormat,
        width: Int,
        height: Int,
        luma: ByteBuffer,
        chroma: ByteBuffer,
        lumaRowStride: Int = 0,
        chromaRowStride: Int = 0,
    ): Frame {
        if (format != PixelFormat.NV12 && format != PixelFormat.NV21) {
            throw MienException.InvalidFrame("$format has no plane of interleaved chroma")
        }
        return set(format, width, height, luma, lumaRowStride, 1, chroma, null, chromaRowStride, 1)
    }

    /**
     * Makes this a frame of three planes: I420, or `YUV_420_888` with the strides that `Image.Plane` gives. Strides of
     * rows may be 0, for no padding.
     */
    public fun setYuv420(
        width: Int,
        height: Int,
        y: ByteBuffer,
        u: ByteBuffer,
        v: ByteBuffer,
        yRowStride: Int = 0,
        chromaRowStride: Int = 0,
        chromaPixelStride: Int = 1,
        yPixelStride: Int = 1,
    ): Frame =
        set(PixelFormat.YUV_420, width, height, y, yRowStride, yPixelStride, u, v, chromaRowStride, chromaPixelStride)

    private fun set(
        format: PixelFormat,
        width: Int,
        height: Int,
        first: ByteBuffer,
        rowStride: Int,
        pixelStride: Int,
        second: ByteBuffer?,
        third: ByteBuffer?,
        chromaRowStride: Int,
        chromaPixelStride: Int,
    ): Frame {
        this.format = format
        this.width = width
        this.height = height
        this.first = first
        this.second = second
        this.third = third
        this.pixelStride = pixelStride
        this.chromaPixelStride = chromaPixelStride
        // Products that overflow come out negative or too short, and are refused with the frame.
        this.rowStride = if (rowStride == 0) width * pixelStride else rowStride
        val pairs = width / 2 + width % 2
        val tight = if (format == PixelFormat.YUV_420) pairs * chromaPixelStride else 2 * pairs
        this.chromaRowStride = if (chromaRowStride == 0) tight else chromaRowStride
        return this
    }

    /**
     * Makes this a frame of the part of the picture from column [left] and row [top] on to before column [right] and row
     * [bottom], by the buffer's own columns and rows; places in results count from its corner. Where chroma has half the
     * size (NV12, NV21, YUV_420), left and top are rounded down to even numbers. Nothing is copied. Throws
     * [MienException.InvalidFrame] where the part is empty or reaches beyond the picture.
     */
    public fun crop(left: Int, top: Int, right: Int, bottom: Int): Frame {
        if (left < 0 || top < 0 || right > width || bottom > height || left >= right || top >= bottom) {
            throw MienException.InvalidFrame(
                "the part $left, $top to $right, $bottom is not one of $width x $height pixels",
            )
        }
        if (left == 0 && top == 0) {
            width = right
            height = bottom
            return this
        }
        val halved = format >= PixelFormat.NV12
        val firstColumn = if (halved) left / 2 * 2 else left
        val firstRow = if (halved) top / 2 * 2 else top
        val chromaStep = if (format == PixelFormat.YUV_420) chromaPixelStride else 2
        first = first?.from(firstRow.toLong() * rowStride + firstColumn.toLong() * pixelStride)
        val chroma = firstRow / 2L * chromaRowStride + firstColumn / 2L * chromaStep
        second = second?.from(chroma)
        third = third?.from(chroma)
        width = right - firstColumn
        height = bottom - firstRow
        return this
    }

    /** Copies the planes into memory of this frame's own, which the next call uses again. */
    internal fun hold() {
        val chromaRows = height / 2 + height % 2
        val pairs = width / 2 + width % 2
        val sample = if (format == PixelFormat.YUV_420) 1 else 2
        val chromaStep = if (format == PixelFormat.YUV_420) chromaPixelStride else 2
        first = held(0, first, height, rowStride, width, pixelStride, format.pixelBytes)
        second = held(1, second, chromaRows, chromaRowStride, pairs, chromaStep, sample)
        third = held(2, third, chromaRows, chromaRowStride, pairs, chromaStep, sample)
    }

    private fun held(
        at: Int,
        plane: ByteBuffer?,
        rows: Int,
        rowStride: Int,
        columns: Int,
        step: Int,
        sample: Int,
    ): ByteBuffer? {
        if (plane == null) return null
        // Strides that make no sense are refused with the frame; here they only must not break anything.
        val needed = (rows - 1L) * rowStride + (columns - 1L) * step + sample
        val bytes = needed.coerceIn(0, plane.remaining().toLong()).toInt()
        val memory = held[at]?.takeIf { it.capacity() >= bytes }
            ?: ByteBuffer.allocateDirect(bytes).also { held[at] = it }
        memory.clear()
        memory.put(plane.duplicate().also { it.limit(it.position() + bytes) })
        memory.flip()
        return memory
    }

    /** The same frame in buffers of its own, which outlives a camera's image. Throws [MienException.InvalidFrame] where there is none yet. */
    public fun copy(): Frame {
        val pixels = first ?: throw MienException.InvalidFrame("the frame has no planes")
        val copy = Frame().set(
            format, width, height, pixels.copy(), rowStride, pixelStride,
            second?.copy(), third?.copy(), chromaRowStride, chromaPixelStride,
        )
        copy.rotationDegrees = rotationDegrees
        copy.mirror = mirror
        copy.videoRange = videoRange
        return copy
    }

    /** Frames of one's own making. */
    public companion object {
        /** A frame of packed pixels in a direct buffer; see [setPacked]. */
        public fun packed(format: PixelFormat, width: Int, height: Int, pixels: ByteBuffer, rowStride: Int = 0): Frame =
            Frame().setPacked(format, width, height, pixels, rowStride)

        /** As the other [copyOf], out of an array. */
        public fun copyOf(format: PixelFormat, width: Int, height: Int, pixels: ByteArray, rowStride: Int = 0): Frame =
            copyOf(format, width, height, ByteBuffer.wrap(pixels), rowStride)

        /**
         * A frame of any format, copied out of [pixels], whose position does not change: a heap buffer, say, or the bytes
         * of a preview. Planes follow each other without a gap: luma, then NV12's or NV21's pairs, or YUV_420's U and V
         * (I420).
         *
         * [rowStride] is the number of bytes from one row of the first plane to the next, 0 for no padding. Rows of pairs have
         * the same, rounded up to an even number, and rows of U and V half of that. Each plane but the last has whole
         * rows; the last one may end at its last sample. Throws [MienException.InvalidFrame] where bytes are missing.
         */
        public fun copyOf(format: PixelFormat, width: Int, height: Int, pixels: ByteBuffer, rowStride: Int = 0): Frame {
            if (format < PixelFormat.NV12) return Frame().setPacked(format, width, height, pixels.copy(), rowStride)
            val stride = if (rowStride == 0) width else rowStride
            if (width !in 1..MAX || height !in 1..MAX || stride < width) {
                throw MienException.InvalidFrame("a frame of $width x $height pixels cannot have rows of $stride bytes")
            }
            val (pairs, rows) = (width + 1) / 2 to (height + 1) / 2
            val planar = format == PixelFormat.YUV_420
            val halfStride = stride / 2 + stride % 2
            val chromaStride = if (planar) halfStride else 2 * halfStride
            val luma = stride.toLong() * height
            val last = (rows - 1L) * chromaStride + if (planar) pairs else 2 * pairs
            val needed = if (planar) luma + rows.toLong() * chromaStride + last else luma + last
            if (pixels.remaining() < needed) {
                throw MienException.InvalidFrame(
                    "a frame of $width x $height pixels in $format needs $needed bytes; ${pixels.remaining()} are there",
                )
            }
            val bytes = pixels.copy()
            val chroma = bytes.from(luma)
            if (!planar) return Frame().setSemiPlanar(format, width, height, bytes, chroma, stride, chromaStride)
            val third = chroma.from(rows.toLong() * chromaStride)
            return Frame().setYuv420(width, height, bytes, chroma, third, stride, chromaStride)
        }

        /** An NV12 or NV21 frame; see [setSemiPlanar]. */
        public fun semiPlanar(
            format: PixelFormat,
            width: Int,
            height: Int,
            luma: ByteBuffer,
            chroma: ByteBuffer,
            lumaRowStride: Int = 0,
            chromaRowStride: Int = 0,
        ): Frame = Frame().setSemiPlanar(format, width, height, luma, chroma, lumaRowStride, chromaRowStride)

        /** A frame of three planes; see [setYuv420]. */
        public fun yuv420(
            width: Int,
            height: Int,
            y: ByteBuffer,
            u: ByteBuffer,
            v: ByteBuffer,
            yRowStride: Int = 0,
            chromaRowStride: Int = 0,
            chromaPixelStride: Int = 1,
        ): Frame = Frame().setYuv420(width, height, y, u, v, yRowStride, chromaRowStride, chromaPixelStride)

        /** The most columns and rows of a frame. */
        private const val MAX = 16_384
    }
}
