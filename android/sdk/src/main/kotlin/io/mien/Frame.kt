package io.mien

import io.mien.internal.NativeLibrary
import io.mien.internal.call
import io.mien.internal.copy
import io.mien.internal.direct
import io.mien.internal.from
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.nio.ByteBuffer

/** The layout of a frame's pixels. */
public enum class PixelFormat {
    /** Three bytes a pixel: red, green, blue. */
    RGB_8,

    /** Four bytes a pixel: red, green, blue, alpha (ignored). */
    RGBA_8,

    /** Four bytes a pixel: blue, green, red, alpha (ignored). */
    BGRA_8,

    /** One luminance byte a pixel, full range. */
    GRAY_8,

    /** A luma plane and a half-size plane of interleaved U and V. */
    NV12,

    /** A luma plane and a half-size plane of interleaved V and U. */
    NV21,

    /** Luma, U and V planes: I420, or Android's `YUV_420_888`. */
    YUV_420,

    /**
     * Like [NV12] with two bytes a sample, little-endian, whose upper 10 bits count: Android's `YCBCR_P010`. A picture in
     * HDR (HLG, PQ) is read as it is, without tone mapping.
     */
    P010,
    ;

    /** Bytes from one pixel of the first plane to the next. */
    internal val pixelBytes: Int
        get() = when (this) {
            RGB_8 -> 3
            RGBA_8, BGRA_8 -> 4
            P010 -> 2
            else -> 1
        }

    /** Whether chroma is a plane of pairs. */
    internal val isSemiPlanar: Boolean get() = this == NV12 || this == NV21 || this == P010
}

/**
 * A view of a picture in memory.
 *
 * Nothing is copied, except by [copy], [copyOf] and `setImage`. Each plane reaches from the position of its buffer
 * to its limit, and the buffer must be direct (`ByteBuffer.allocateDirect`, the planes of a camera). A frame is read
 * during a call only. Until the call returns, nothing may write to its buffers, and memory that a buffer does not
 * own (a plane of an image, of a decoder or of native code) must not be freed: close an image after the call, on the
 * same thread. One object can be set again for each picture of a camera, without an allocation.
 *
 * A plane needs `(rows - 1) * rowStride + (columns - 1) * pixelStride + sample` bytes, so that its last row may end
 * at its last sample.
 */
public class Frame {
    /** The layout of the pixels. */
    public var format: PixelFormat = PixelFormat.RGB_8
        private set

    /** Columns of the buffer, 1 to 16384. */
    public var width: Int = 0
        private set

    /** Rows of the buffer, 1 to 16384. */
    public var height: Int = 0
        private set

    /**
     * The clockwise rotation that makes the buffer upright: 0, 90, 180 or 270 degrees, like CameraX's
     * `rotationDegrees`.
     */
    public var rotationDegrees: Int = 0

    /**
     * Whether the buffer, after the rotation, is the mirror image of the scene: a mirrored EXIF orientation, a texture
     * that is drawn mirrored. It is flipped back before recognition.
     */
    public var flip: Boolean = false

    /**
     * Whether positions in results are mirrored left to right, to fit the preview of a front camera. Recognition sees
     * the same pixels as without it.
     */
    public var mirror: Boolean = false

    /**
     * Whether Y is 16 to 235 (of 10 bits, 64 to 940), as in video files, instead of 0 to 255 (0 to 1023), as from cameras.
     */
    public var videoRange: Boolean = false

    internal var first: ByteBuffer? = null
    internal var second: ByteBuffer? = null
    internal var third: ByteBuffer? = null
    internal var rowStride: Int = 0
    internal var pixelStride: Int = 0
    internal var chromaRowStride: Int = 0
    internal var chromaPixelStride: Int = 0

    /** The width of the upright picture, pixels: that of results. */
    public val uprightWidth: Int get() = if (rotationDegrees % HALF_TURN == 0) width else height

    /** The height of the upright picture, pixels: that of results. */
    public val uprightHeight: Int get() = if (rotationDegrees % HALF_TURN == 0) height else width

    /** Memory of this frame for its planes, reused; see [hold]. */
    private val held = arrayOfNulls<ByteBuffer>(3)

    /** Makes this a frame of packed pixels (RGB, RGBA, BGRA or gray). A [rowStride] of 0 means no padding. */
    public fun setPacked(format: PixelFormat, width: Int, height: Int, pixels: ByteBuffer, rowStride: Int = 0): Frame {
        if (format >= PixelFormat.NV12) throw MienError(ErrorCode.INVALID_FRAME, "$format has more than one plane")
        return set(format, width, height, pixels, rowStride, format.pixelBytes, null, null, 0, 0)
    }

    /** Makes this an NV12, NV21 or P010 frame. Strides of 0 mean no padding. */
    public fun setSemiPlanar(
        format: PixelFormat,
        width: Int,
        height: Int,
        luma: ByteBuffer,
        chroma: ByteBuffer,
        lumaRowStride: Int = 0,
        chromaRowStride: Int = 0,
    ): Frame {
        if (!format.isSemiPlanar) throw MienError(ErrorCode.INVALID_FRAME, "$format has no plane of interleaved chroma")
        val bytes = format.pixelBytes
        return set(format, width, height, luma, lumaRowStride, bytes, chroma, null, chromaRowStride, 2 * bytes)
    }

    /**
     * Makes this a frame of NV21 bytes in an array, as from the previews of Camera1, Flutter's `camera` and WebRTC's buffers:
     * rows of luma, then rows of V, U pairs, without padding. The bytes are copied into reused memory, so the array may be
     * overwritten as soon as this returns.
     *
     * [videoRange] stays as it is: previews of Camera1 are full range, decoded films and WebRTC are video range.
     *
     * Throws [ErrorCode.INVALID_FRAME] if bytes are missing.
     */
    public fun setNv21(
        bytes: ByteArray,
        width: Int,
        height: Int,
        rotationDegrees: Int,
        mirror: Boolean = false,
    ): Frame {
        val luma = width.toLong() * height
        val needed = luma + 2L * (width / 2 + width % 2) * (height / 2 + height % 2)
        if (width !in 1..MAX_SIDE || height !in 1..MAX_SIDE || bytes.size < needed) {
            throw MienError(
                ErrorCode.INVALID_FRAME,
                "an NV21 frame of $width x $height pixels needs $needed bytes, but the array has ${bytes.size}",
            )
        }
        val pixels = memory(0, needed.toInt())
        pixels.put(bytes, 0, needed.toInt())
        pixels.flip()
        setSemiPlanar(PixelFormat.NV21, width, height, pixels, pixels.from(luma))
        this.rotationDegrees = rotationDegrees
        this.mirror = mirror
        return this
    }

    /**
     * Makes this a frame of three planes: I420, or `YUV_420_888` with the strides of `Image.Plane`. Row strides of 0
     * mean no padding.
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

    /** Makes this a P010 frame of three planes, as Android hands over `YCBCR_P010`. */
    internal fun setP010(
        width: Int,
        height: Int,
        y: ByteBuffer,
        u: ByteBuffer,
        v: ByteBuffer,
        yRowStride: Int,
        chromaRowStride: Int,
        chromaPixelStride: Int,
    ): Frame = set(
        PixelFormat.P010, width, height, y, yRowStride, PixelFormat.P010.pixelBytes, u, v,
        chromaRowStride, chromaPixelStride,
    )

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
        // An overflow makes the stride negative or too short; the frame is then refused.
        this.rowStride = if (rowStride == 0) width * pixelStride else rowStride
        val pairs = width / 2 + width % 2
        val tight = pairs * chromaPixelStride
        this.chromaRowStride = if (chromaRowStride == 0) tight else chromaRowStride
        return this
    }

    /**
     * Restricts the frame to the columns from [left] to before [right] and the rows from [top] to before [bottom] of
     * the buffer; positions in results count from its corner. If chroma has half the size (NV12, NV21, YUV_420, P010),
     * left and top are rounded down to even numbers. Nothing is copied.
     *
     * Throws [ErrorCode.INVALID_FRAME] if the part is empty or reaches beyond the picture.
     */
    public fun crop(left: Int, top: Int, right: Int, bottom: Int): Frame {
        if (left < 0 || top < 0 || right > width || bottom > height || left >= right || top >= bottom) {
            throw MienError(
                ErrorCode.INVALID_FRAME,
                "the part $left, $top to $right, $bottom is not within $width x $height pixels",
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
        first = first?.from(firstRow.toLong() * rowStride + firstColumn.toLong() * pixelStride)
        val chroma = firstRow / 2L * chromaRowStride + firstColumn / 2L * chromaPixelStride
        second = second?.from(chroma)
        third = third?.from(chroma)
        width = right - firstColumn
        height = bottom - firstRow
        return this
    }

    /** Copies the planes into memory of this frame, which the next call reuses. */
    internal fun hold() {
        val chromaRows = height / 2 + height % 2
        val pairs = width / 2 + width % 2
        // With a plane of its own for V, the last pair of the second plane may lack its second half.
        val sample = format.pixelBytes * if (format.isSemiPlanar && third == null) 2 else 1
        first = held(0, first, height, rowStride, width, pixelStride, format.pixelBytes)
        second = held(1, second, chromaRows, chromaRowStride, pairs, chromaPixelStride, sample)
        third = held(2, third, chromaRows, chromaRowStride, pairs, chromaPixelStride, sample)
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
        // Impossible strides are refused with the frame; here they only must not fail.
        val needed = (rows - 1L) * rowStride + (columns - 1L) * step + sample
        val bytes = needed.coerceIn(0, plane.remaining().toLong()).toInt()
        val memory = memory(at, bytes)
        memory.put(plane.duplicate().also { it.limit(it.position() + bytes) })
        memory.flip()
        return memory
    }

    internal fun memory(at: Int, bytes: Int): ByteBuffer {
        val memory = held[at]?.takeIf { it.capacity() >= bytes }
            ?: ByteBuffer.allocateDirect(bytes).also { held[at] = it }
        memory.clear()
        return memory
    }

    /**
     * Returns a copy with buffers of its own, which outlives the image of a camera. Throws
     * [ErrorCode.INVALID_FRAME] if there are no planes yet.
     */
    public fun copy(): Frame {
        val pixels = first ?: throw MienError(ErrorCode.INVALID_FRAME, "the frame has no planes")
        val copy = Frame().set(
            format, width, height, pixels.copy(), rowStride, pixelStride,
            second?.copy(), third?.copy(), chromaRowStride, chromaPixelStride,
        )
        copy.rotationDegrees = rotationDegrees
        copy.flip = flip
        copy.mirror = mirror
        copy.videoRange = videoRange
        return copy
    }

    /** Creates frames. */
    public companion object {
        /** A frame of packed pixels in a direct buffer; see [setPacked]. */
        @JvmStatic
        @JvmOverloads
        public fun packed(format: PixelFormat, width: Int, height: Int, pixels: ByteBuffer, rowStride: Int = 0): Frame =
            Frame().setPacked(format, width, height, pixels, rowStride)

        /** Like the other [copyOf], for an array. */
        @JvmStatic
        @JvmOverloads
        public fun copyOf(format: PixelFormat, width: Int, height: Int, pixels: ByteArray, rowStride: Int = 0): Frame =
            copyOf(format, width, height, ByteBuffer.wrap(pixels), rowStride)

        /**
         * Copies a frame of any format from [pixels], whose position does not change: for example from a heap buffer
         * or the bytes of a preview. The planes follow each other without a gap: luma, then the pairs of NV12, NV21 or
         * P010, or U and V of YUV_420 (I420).
         *
         * [rowStride] is the number of bytes from one row of the first plane to the next, 0 for no padding. Rows of
         * pairs have the same stride, rounded up to whole pairs, and rows of U and V half of that. Each plane but
         * the last has whole rows; the last one may end at its last sample.
         *
         * Throws [ErrorCode.INVALID_FRAME] if bytes are missing.
         */
        @JvmStatic
        @JvmOverloads
        public fun copyOf(format: PixelFormat, width: Int, height: Int, pixels: ByteBuffer, rowStride: Int = 0): Frame {
            if (format < PixelFormat.NV12) return Frame().setPacked(format, width, height, pixels.copy(), rowStride)
            val sample = format.pixelBytes
            val stride = if (rowStride == 0) width.toLong() * sample else rowStride.toLong()
            if (width !in 1..MAX_SIDE || height !in 1..MAX_SIDE || stride < width.toLong() * sample) {
                throw MienError(
                    ErrorCode.INVALID_FRAME,
                    "a frame of $width x $height pixels cannot have rows of $stride bytes",
                )
            }
            val (pairs, rows) = (width + 1) / 2 to (height + 1) / 2
            val planar = format == PixelFormat.YUV_420
            val pair = 2 * sample
            val pairStride = (stride + pair - 1) / pair * pair
            val chromaStride = if (planar) pairStride / 2 else pairStride
            val luma = stride * height
            val last = (rows - 1L) * chromaStride + if (planar) pairs else pair * pairs
            val needed = if (planar) luma + rows * chromaStride + last else luma + last
            if (pixels.remaining() < needed) {
                throw MienError(
                    ErrorCode.INVALID_FRAME,
                    "a frame of $width x $height pixels in $format needs $needed bytes, but the buffer has ${pixels.remaining()}",
                )
            }
            val bytes = pixels.copy()
            val chroma = bytes.from(luma)
            val strides = stride.toInt() to chromaStride.toInt()
            if (!planar) {
                return Frame().setSemiPlanar(format, width, height, bytes, chroma, strides.first, strides.second)
            }
            val third = chroma.from(rows * chromaStride)
            return Frame().setYuv420(width, height, bytes, chroma, third, strides.first, strides.second)
        }

        /** An NV12, NV21 or P010 frame; see [setSemiPlanar]. */
        @JvmStatic
        @JvmOverloads
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
        @JvmStatic
        @JvmOverloads
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

        /**
         * Decodes a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF orientation: for streams of pictures. Engines,
         * enrollments and clips take such files themselves.
         *
         * Throws [ErrorCode.INVALID_FRAME] if the picture cannot be read.
         */
        public suspend fun decode(picture: ByteArray): Frame =
            withContext(Dispatchers.Default) { decodeBlocking(picture) }

        /** Like [decode], on the caller's thread. */
        @JvmStatic
        public fun decodeBlocking(picture: ByteArray): Frame = call {
            NativeLibrary.load()
            val decoded = io.mien.ffi.decodePicture(picture.direct())
            copyOf(PixelFormat.RGB_8, decoded.width.toInt(), decoded.height.toInt(), decoded.pixels)
        }

        /** The maximum number of columns and of rows. */
        private const val MAX_SIDE = 16_384

        /** Refuses pictures that no frame holds, before memory of their size is allocated. */
        internal fun checkSides(width: Int, height: Int) {
            if (maxOf(width, height) > MAX_SIDE) {
                throw MienError(
                    ErrorCode.INVALID_FRAME,
                    "the picture is ${width}x$height; sides must be 1 to $MAX_SIDE pixels",
                )
            }
        }

        private const val HALF_TURN = 180
    }
}
