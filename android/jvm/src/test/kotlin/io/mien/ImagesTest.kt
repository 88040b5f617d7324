package io.mien

import android.graphics.ImageFormat
import android.graphics.Rect
import android.media.Image
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import java.awt.image.BufferedImage
import java.nio.ByteBuffer

/**
 * Tests frames from arrays, parts of frames, and images of a camera, in every format and with odd sizes, strides and
 * offsets.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImagesTest {
    private val engine = Material.engine()
    private val picture = Material.picture("golden/face.png").run {
        getSubimage(0, 0, width - 1 + width % 2, height - 1 + height % 2)
    }

    @AfterAll
    fun close() = engine.close()

    /** A camera's image like those of Android's framework: closing it frees its planes. */
    private class CameraImage2(
        picture: BufferedImage,
        step: Int,
        pad: Int,
        private val form: Int = ImageFormat.YUV_420_888,
        private val layers: List<Layer> = yuv(picture, step, pad),
    ) : Image() {
        private val columns = picture.width
        private val rows = picture.height

        class Layer(val stride: Int, val step: Int, val bytes: ByteBuffer)

        private inner class View(private val layer: Layer) : Plane() {
            override fun getRowStride() = layer.stride
            override fun getPixelStride() = layer.step
            override fun getBuffer(): ByteBuffer {
                throwISEIfImageIsInvalid()
                return layer.bytes
            }
        }

        init {
            mIsImageValid = true
        }

        override fun getFormat(): Int = form.also { throwISEIfImageIsInvalid() }
        override fun getWidth(): Int = columns.also { throwISEIfImageIsInvalid() }
        override fun getHeight(): Int = rows.also { throwISEIfImageIsInvalid() }
        override fun getTimestamp(): Long = 0
        override fun getTransform(): Int = 0
        override fun getScalingMode(): Int = 0
        override fun getPlanes(): Array<Plane> {
            throwISEIfImageIsInvalid()
            return layers.map { View(it) }.toTypedArray()
        }

        override fun close() {
            mIsImageValid = false
            // The system writes the next image into this memory.
            for (layer in layers) for (index in 0 until layer.bytes.limit()) layer.bytes.put(index, 7)
        }

        companion object {
            fun yuv(picture: BufferedImage, step: Int, pad: Int): List<Layer> {
                val (columns, rows) = picture.width to picture.height
                return Material.i420(picture).mapIndexed { index, bytes ->
                    val (w, h) = if (index == 0) columns to rows else (columns + 1) / 2 to (rows + 1) / 2
                    val pixel = if (index == 0) 1 else step
                    val stride = w * pixel + pad
                    val buffer = ByteBuffer.allocateDirect((h - 1) * stride + (w - 1) * pixel + 1)
                    for (y in 0 until h) for (x in 0 until w) buffer.put(y * stride + x * pixel, bytes[y * w + x])
                    Layer(stride, pixel, buffer)
                }
            }

            /** `YCBCR_P010`: chroma is interleaved, and the plane of U ends at its last sample. */
            fun p010(picture: BufferedImage, pad: Int): List<Layer> {
                val (columns, rows) = picture.width to picture.height
                val (y, u, v) = Material.i420(picture)
                val (pairs, half) = (columns + 1) / 2 to (rows + 1) / 2
                val stride = 2 * columns + pad
                val luma = ByteBuffer.allocateDirect((rows - 1) * stride + 2 * columns)
                for (row in 0 until rows) for (column in 0 until columns) {
                    luma.put(row * stride + 2 * column + 1, y[row * columns + column])
                }
                val chromaStride = 4 * pairs + pad
                val chroma = ByteBuffer.allocateDirect((half - 1) * chromaStride + 4 * pairs)
                for (row in 0 until half) for (pair in 0 until pairs) {
                    chroma.put(row * chromaStride + 4 * pair + 1, u[row * pairs + pair])
                    chroma.put(row * chromaStride + 4 * pair + 3, v[row * pairs + pair])
                }
                val first = chroma.duplicate().limit(chroma.capacity() - 2) as ByteBuffer
                val second = (chroma.duplicate().position(2) as ByteBuffer).slice()
                return listOf(Layer(stride, 2, luma), Layer(chromaStride, 4, first), Layer(chromaStride, 4, second))
            }

            fun rgba(picture: BufferedImage, pad: Int): List<Layer> {
                val stride = 4 * picture.width + pad
                val rgb = Material.rgb(picture)
                val buffer = ByteBuffer.allocateDirect((picture.height - 1) * stride + 4 * picture.width)
                for (at in 0 until rgb.size) {
                    val pixel = at / 3
                    buffer.put(pixel / picture.width * stride + pixel % picture.width * 4 + at % 3, rgb[at])
                }
                return listOf(Layer(stride, 4, buffer))
            }
        }
    }

    private fun pairs(u: ByteArray, v: ByteArray) = ByteArray(2 * u.size) { if (it % 2 == 0) u[it / 2] else v[it / 2] }

    /** Returns the planes of the picture in the format, one after another, with [pad] bytes of padding per row. */
    private fun bytes(format: PixelFormat, picture: BufferedImage, pad: Int = 0): Pair<ByteArray, Int> {
        val (w, h) = picture.width to picture.height
        val (cw, ch) = (w + 1) / 2 to (h + 1) / 2
        val rgb = Material.rgb(picture)
        val (y, u, v) = Material.i420(picture)
        fun padded(rows: Int, used: Int, stride: Int, from: ByteArray, last: Boolean) =
            ByteArray(if (last) (rows - 1) * stride + used else rows * stride).also { to ->
                for (row in 0 until rows) System.arraycopy(from, row * used, to, row * stride, used)
            }
        fun packed(order: List<Int>): Pair<ByteArray, Int> {
            val from = ByteArray(w * h * order.size) { at ->
                val channel = order[at % order.size]
                if (channel < 0) 9 else rgb[at / order.size * 3 + channel]
            }
            return padded(h, w * order.size, w * order.size + pad, from, true) to w * order.size + pad
        }
        val stride = w + pad
        val half = (stride + 1) / 2
        return when (format) {
            PixelFormat.RGB_8 -> packed(listOf(0, 1, 2))
            PixelFormat.RGBA_8 -> packed(listOf(0, 1, 2, -1))
            PixelFormat.BGRA_8 -> packed(listOf(2, 1, 0, -1))
            PixelFormat.GRAY_8 -> padded(h, w, stride, y, true) to stride
            PixelFormat.NV12 ->
                padded(h, w, stride, y, false) + padded(ch, 2 * cw, 2 * half, pairs(u, v), true) to stride
            PixelFormat.NV21 ->
                padded(h, w, stride, y, false) + padded(ch, 2 * cw, 2 * half, pairs(v, u), true) to stride
            PixelFormat.YUV_420 ->
                padded(h, w, stride, y, false) + padded(ch, cw, half, u, false) +
                    padded(ch, cw, half, v, true) to stride
            PixelFormat.P010 -> {
                val wide = 2 * w + pad
                val chroma = wide(pairs(u, v))
                padded(h, 2 * w, wide, wide(y), false) + padded(ch, 4 * cw, (wide + 3) / 4 * 4, chroma, true) to wide
            }
        }
    }

    /** Returns samples of 10 bits in two bytes with the values of these of eight. */
    private fun wide(samples: ByteArray) = ByteArray(2 * samples.size) { if (it % 2 == 0) 0 else samples[it / 2] }

    /**
     * Returns a copied frame of [bytes]. In the range of video, samples of 10 bits with the values of eight are the same
     * picture to the bit.
     */
    private fun frame(format: PixelFormat, picture: BufferedImage, bytes: ByteArray, stride: Int = 0): Frame =
        Frame.copyOf(format, picture.width, picture.height, bytes, stride).apply {
            videoRange = format == PixelFormat.P010
        }

    /** Returns the result for planes in separate buffers, without padding. */
    private fun expected(format: PixelFormat, picture: BufferedImage): FrameResult {
        val (w, h) = picture.width to picture.height
        val (y, u, v) = Material.i420(picture)
        return engine.processBlocking(
            when (format) {
                PixelFormat.NV12, PixelFormat.NV21, PixelFormat.YUV_420 ->
                    Frame.yuv420(w, h, Material.direct(y), Material.direct(u), Material.direct(v))
                PixelFormat.P010 -> Frame.yuv420(w, h, Material.direct(y), Material.direct(u), Material.direct(v))
                    .apply { videoRange = true }
                PixelFormat.GRAY_8 -> Frame.packed(format, w, h, Material.direct(y))
                else -> Frame.packed(PixelFormat.RGB_8, w, h, Material.direct(Material.rgb(picture)))
            },
        )
    }

    @Test
    fun `an array or heap buffer of every format is copied into a frame`() {
        assertTrue(picture.width % 2 == 1 && picture.height % 2 == 1)
        for (format in PixelFormat.entries) {
            val expected = expected(format, picture)
            assertEquals(1, expected.faces.size, "$format")
            for (pad in listOf(0, 1, 14)) {
                val (bytes, stride) = bytes(format, picture, pad)
                val frame = frame(format, picture, bytes, stride)
                assertEquals(expected, engine.processBlocking(frame), "$format, padding $pad")
                assertEquals(format, frame.format)
                // A part of a buffer, on the heap and off it.
                for (buffer in listOf(ByteBuffer.allocate(bytes.size + 9), ByteBuffer.allocateDirect(bytes.size + 9))) {
                    buffer.position(5)
                    buffer.put(bytes)
                    buffer.limit(5 + bytes.size).position(5)
                    val copy = Frame.copyOf(format, picture.width, picture.height, buffer, stride)
                    copy.videoRange = frame.videoRange
                    assertEquals(expected, engine.processBlocking(copy))
                    assertEquals(5 to 5 + bytes.size, buffer.position() to buffer.limit())
                    // The copy does not depend on the buffer any more.
                    buffer.clear()
                }
                fails(ErrorCode.INVALID_FRAME) {
                    val short = bytes.copyOf(bytes.size - 1)
                    engine.processBlocking(Frame.copyOf(format, picture.width, picture.height, short, stride))
                }
            }
            val (tight, _) = bytes(format, picture)
            assertEquals(expected, engine.processBlocking(frame(format, picture, tight)), "$format without a stride")
        }
    }

    @Test
    fun `sizes and strides that make no sense are refused and take no memory`() {
        for (format in PixelFormat.entries) {
            for ((width, height, stride) in listOf(
                Triple(0, 8, 0), Triple(8, 0, 0), Triple(-8, 8, 0), Triple(8, 8, 3), Triple(8, 8, -1),
                Triple(Int.MAX_VALUE, Int.MAX_VALUE, 0),
                Triple(16_384, 16_384, Int.MAX_VALUE), Triple(20_000, 1, 0), Triple(8, 8, 0),
            )) {
                val error =
                    fails(ErrorCode.INVALID_FRAME) {
                        engine.processBlocking(Frame.copyOf(format, width, height, ByteArray(10), stride))
                    }
                assertTrue(error.message!!.isNotEmpty())
            }
        }
    }

    @Test
    fun `a part of a frame is what is seen of it in every format`() {
        for (format in PixelFormat.entries) for ((left, top) in listOf(0 to 0, 31 to 0, 0 to 21, 30 to 20, 31 to 21)) {
            val halved = format >= PixelFormat.NV12
            val (x, y) = if (halved) left / 2 * 2 to top / 2 * 2 else left to top
            val (right, bottom) = 301 to 300
            val part = picture.getSubimage(x, y, right - x, bottom - y)
            val (bytes, stride) = bytes(format, picture, 3)
            val frame = frame(format, picture, bytes, stride)
            assertSame(frame, frame.crop(left, top, right, bottom))
            assertEquals(right - x to bottom - y, frame.width to frame.height)
            // Odd edges share chroma with the rest of the picture, so the comparison starts at even positions.
            assertEquals(expected(format, part), engine.processBlocking(frame), "$format from $left, $top")
        }
        val frame = Frame.copyOf(PixelFormat.GRAY_8, 8, 8, ByteArray(64))
        val crops = listOf(
            listOf(-1, 0, 8, 8),
            listOf(0, 0, 9, 8),
            listOf(0, 0, 8, 9),
            listOf(4, 0, 4, 8),
            listOf(0, 5, 8, 4),
            listOf(0, -1, 8, 8),
        )
        for (wrong in crops) {
            fails(ErrorCode.INVALID_FRAME) { frame.crop(wrong[0], wrong[1], wrong[2], wrong[3]) }
        }
        assertEquals(8 to 8, frame.width to frame.height)
        fails(ErrorCode.INVALID_FRAME) { Frame().crop(0, 0, 1, 1) }
    }

    @Test
    fun `an image of a camera may be closed once a frame is made of it`() {
        val expected = expected(PixelFormat.YUV_420, picture)
        val frame = Frame()
        for (step in listOf(1, 2)) for (pad in listOf(0, 1, 64)) {
            val image = CameraImage2(picture, step, pad)
            frame.setImage(image, 0)
            image.close()
            assertEquals(expected, engine.processBlocking(frame), "chroma $step apart, padding $pad")
        }
        // The next image does not change a copy of the previous one.
        val before = frame.copy()
        val black = BufferedImage(picture.width, picture.height, BufferedImage.TYPE_INT_RGB)
        CameraImage2(black, 2, 0).use { frame.setImage(it, 90, true) }
        assertEquals(expected, engine.processBlocking(before))
        assertEquals(90 to true, frame.rotationDegrees to frame.mirror)
        assertEquals(FrameResult(picture.height, picture.width, emptyList()), engine.processBlocking(frame))
    }

    @Test
    fun `an image of 10 bits or in RGBA is the picture, and so is a part of it`() {
        val forms = listOf(
            Triple(PixelFormat.P010, ImageFormat.YCBCR_P010) { picture: BufferedImage, pad: Int ->
                CameraImage2.p010(picture, pad)
            },
            Triple(PixelFormat.RGBA_8, android.graphics.PixelFormat.RGBA_8888, CameraImage2::rgba),
            Triple(PixelFormat.RGBA_8, android.graphics.PixelFormat.RGBX_8888, CameraImage2::rgba),
        )
        for ((format, form, layers) in forms) for (pad in listOf(0, 2, 13)) {
            val frame = Frame().apply { videoRange = format == PixelFormat.P010 }
            CameraImage2(picture, 1, 0, form, layers(picture, pad)).use { frame.setImage(it, 0) }
            assertEquals(expected(format, picture), engine.processBlocking(frame), "$format, padding $pad")
            val image = CameraImage2(picture, 1, 0, form, layers(picture, pad))
            image.cropRect = Rect(30, 20, 300, 301)
            image.use { frame.setImage(it, 0) }
            val part = picture.getSubimage(30, 20, 270, 281)
            assertEquals(expected(format, part), engine.processBlocking(frame), "a part in $format, padding $pad")
            assertEquals(engine.processBlocking(frame), engine.processBlocking(frame.copy()))
        }
    }

    @Test
    fun `the bytes of a preview in NV21 are the picture and may be overwritten`() {
        val (bytes, _) = bytes(PixelFormat.NV21, picture)
        val frame = Frame()
        for (extra in listOf(0, 9)) {
            val preview = bytes + ByteArray(extra)
            assertSame(frame, frame.setNv21(preview, picture.width, picture.height, 0))
            val memory = frame.first
            preview.fill(7)
            assertEquals(expected(PixelFormat.NV21, picture), engine.processBlocking(frame))
            frame.setNv21(bytes, picture.width, picture.height, 90, mirror = true)
            assertSame(memory, frame.first)
            assertEquals(90 to true, frame.rotationDegrees to frame.mirror)
            assertEquals(picture.height to picture.width, frame.uprightWidth to frame.uprightHeight)
        }
        for ((width, height) in listOf(0 to 4, 4 to -1, 5 to 3, 20_000 to 1, Int.MAX_VALUE to Int.MAX_VALUE)) {
            val short = ByteArray(15 + 2 * 3 * 2 - 1)
            val error = fails(ErrorCode.INVALID_FRAME) { frame.setNv21(short, width, height, 0) }
            assertTrue(error.message!!.contains("$width x $height"), error.message)
        }
        frame.setNv21(ByteArray(15 + 2 * 3 * 2), 5, 3, 0)
        assertEquals(5 to 3, engine.processBlocking(frame).run { width to height })
    }

    @Test
    fun `mirroring changes positions only, in every format`() {
        for (format in PixelFormat.entries) {
            val frame = frame(format, picture, bytes(format, picture).first)
            val plain = engine.processBlocking(frame).faces.single()
            frame.mirror = true
            val mirrored = engine.processBlocking(frame).faces.single()
            assertEquals(picture.width - plain.landmarks.nose.x, mirrored.landmarks.nose.x, "$format")
            assertEquals(plain.landmarks.nose.y, mirrored.landmarks.nose.y)
            assertEquals(plain.emotion to plain.identity, mirrored.emotion to mirrored.identity, "$format")
        }
    }

    @Test
    fun `an image's crop rectangle is the part that is looked at`() {
        for ((left, top) in listOf(0 to 0, 30 to 0, 0 to 20, 31 to 21)) {
            val (x, y) = left / 2 * 2 to top / 2 * 2
            val image = CameraImage2(picture, 2, 5)
            image.cropRect = Rect(left, top, 300, 301)
            val frame = Frame().setImage(image, 0)
            image.close()
            val result = engine.processBlocking(frame)
            assertEquals(
                expected(PixelFormat.YUV_420, picture.getSubimage(x, y, 300 - x, 301 - y)),
                result,
                "from $left, $top",
            )
            assertEquals(300 - x to 301 - y, result.width to result.height)
        }
    }

    @Test
    fun `images are copied into the same memory again and again`() {
        val frame = Frame()
        val image = CameraImage2(picture, 2, 5)
        frame.setImage(image, 0)
        val memory = listOf(frame.first, frame.second, frame.third)
        frame.setImage(image, 0)
        for ((index, plane) in listOf(frame.first, frame.second, frame.third).withIndex()) {
            assertSame(memory[index], plane)
        }
    }

    @Test
    fun `an image that is closed or of another format is InvalidFrame with its cause`() {
        val closed = CameraImage2(picture, 2, 0).also { it.close() }
        val error = fails(ErrorCode.INVALID_FRAME) { Frame().setImage(closed, 0) }
        assertTrue(error.cause is IllegalStateException, "${error.cause}")
        val jpeg = CameraImage2(picture, 2, 0, ImageFormat.JPEG)
        val unread = fails(ErrorCode.INVALID_FRAME) { Frame().setImage(jpeg, 0) }
        assertTrue(unread.message!!.contains("${ImageFormat.JPEG}"))
    }
}
