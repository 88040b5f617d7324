package io.mien

import io.mien.internal.FrameBridge
import io.mien.jvm.setImage
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import java.awt.image.BufferedImage
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.random.Random

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FramePathTest {
    private val engine = Material.engine()
    private val picture = Material.picture("golden/face.png")
    private val rgb = Material.rgb(picture)
    private val width = picture.width
    private val height = picture.height
    private val expected = engine.processBlocking(Frame.copyOf(PixelFormat.RGB_8, width, height, rgb))

    @AfterAll
    fun close() = engine.close()

    private fun packed(format: PixelFormat, order: List<Int>, pad: Int, lead: Int): Frame {
        val bytes = order.size
        val stride = width * bytes + pad
        val buffer = ByteBuffer.allocateDirect(lead + stride * height)
        for (y in 0 until height) for (x in 0 until width) for ((channel, from) in order.withIndex()) {
            val value: Byte = if (from < 0) 99 else rgb[3 * (y * width + x) + from]
            buffer.put(lead + y * stride + x * bytes + channel, value)
        }
        buffer.position(lead)
        return Frame.packed(format, width, height, buffer, stride)
    }

    @Test
    fun `rgba and bgra with padding and a position are the same picture`() {
        assertTrue(expected.faces.isNotEmpty())
        assertEquals(expected, engine.processBlocking(packed(PixelFormat.RGBA_8, listOf(0, 1, 2, -1), 13, 7)))
        assertEquals(expected, engine.processBlocking(packed(PixelFormat.BGRA_8, listOf(2, 1, 0, -1), 0, 1)))
        assertEquals(expected, engine.processBlocking(packed(PixelFormat.RGB_8, listOf(0, 1, 2), 5, 0)))
    }

    @Test
    fun `a decoded picture file is the frame of its pixels`() {
        val frame = runBlocking { Frame.decode(Material.bytes("golden/face.png")) }
        assertEquals(expected, engine.processBlocking(frame))
        assertEquals(
            listOf(PixelFormat.RGB_8, width, height),
            frame.run {
                listOf(format, uprightWidth, uprightHeight)
            },
        )
        fails(ErrorCode.INVALID_FRAME) { Frame.decodeBlocking("no picture".encodeToByteArray()) }
    }

    @Test
    fun `pixels of a picture of Java are copied in every type`() {
        val frame = Frame()
        for (type in listOf(
            BufferedImage.TYPE_INT_RGB,
            BufferedImage.TYPE_3BYTE_BGR,
            BufferedImage.TYPE_INT_ARGB_PRE,
        )) {
            val copy = BufferedImage(width, height, type)
            copy.createGraphics().run {
                drawImage(picture, 0, 0, null)
                dispose()
            }
            assertEquals(expected, engine.processBlocking(frame.setImage(copy)), "type $type")
        }
        val gray = BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY)
        val bytes = ByteArray(width * height) { rgb[3 * it + 1] }
        gray.raster.setDataElements(0, 0, width, height, bytes)
        val luma = Frame.copyOf(PixelFormat.GRAY_8, width, height, bytes)
        assertEquals(engine.processBlocking(luma), engine.processBlocking(frame.setImage(gray)))
        val part = picture.getSubimage(3, 5, width - 9, height - 7)
        val result = engine.processBlocking(frame.setImage(part))
        assertEquals(width - 9 to height - 7, result.width to result.height)
        val same = Frame.copyOf(PixelFormat.RGB_8, part.width, part.height, Material.rgb(part))
        assertEquals(engine.processBlocking(same), result)
        assertEquals(
            listOf(180, true),
            frame.setImage(part, 180, mirror = true).run {
                listOf(rotationDegrees, mirror)
            },
        )
        fails(ErrorCode.INVALID_FRAME) { frame.setImage(BufferedImage(16_385, 1, BufferedImage.TYPE_BYTE_GRAY)) }
    }

    @Test
    fun `a frame's buffers keep their positions`() {
        val frame = packed(PixelFormat.RGBA_8, listOf(0, 1, 2, -1), 0, 9)
        engine.processBlocking(frame)
        assertEquals(9, frame.first!!.position())
    }

    @Test
    fun `a copy outlives the frame's buffers`() {
        val frame = packed(PixelFormat.RGBA_8, listOf(0, 1, 2, -1), 13, 7)
        frame.rotationDegrees = 90
        frame.flip = true
        frame.mirror = true
        frame.videoRange = true
        val expected = engine.processBlocking(frame)
        val copy = frame.copy()
        frame.first!!.run { for (index in 0 until capacity()) put(index, 0) }
        assertEquals(expected, engine.processBlocking(copy))
        assertEquals(listOf(90, true, true, true), copy.run { listOf(rotationDegrees, flip, mirror, videoRange) })
        val (y, u, v) = Material.i420(picture).map { Material.direct(it) }
        val planes = Frame.yuv420(width, height, y, u, v)
        assertEquals(engine.processBlocking(planes), engine.processBlocking(planes.copy()))
        fails(ErrorCode.INVALID_FRAME) { Frame().copy() }
    }

    @Test
    fun `planar and interleaved chroma are the same picture in every layout`() {
        val (y, u, v) = Material.i420(picture)
        val (cw, ch) = (width + 1) / 2 to (height + 1) / 2
        val i420 = engine.processBlocking(
            Frame.yuv420(width, height, Material.direct(y), Material.direct(u), Material.direct(v)),
        )
        assertEquals(expected.faces.size, i420.faces.size)
        val pairs = ByteArray(2 * cw * ch)
        for (index in u.indices) {
            pairs[2 * index] = u[index]
            pairs[2 * index + 1] = v[index]
        }
        val luma = Material.direct(y)
        assertEquals(
            i420,
            engine.processBlocking(Frame.semiPlanar(PixelFormat.NV12, width, height, luma, Material.direct(pairs))),
        )
        val swapped = ByteArray(pairs.size) { pairs[it xor 1] }
        assertEquals(
            i420,
            engine.processBlocking(Frame.semiPlanar(PixelFormat.NV21, width, height, luma, Material.direct(swapped))),
        )
        // Android's layout: both planes view one buffer, and the first ends a byte early.
        val shared = Material.direct(pairs)
        val uView = shared.duplicate().limit(pairs.size - 1) as ByteBuffer
        val vView = shared.duplicate().position(1) as ByteBuffer
        val camera = Frame.yuv420(width, height, luma, uView, vView, width, 2 * cw, 2)
        assertEquals(i420, engine.processBlocking(camera))
    }

    @Test
    fun `rotation and mirroring turn the picture upright`() {
        val (lying, standing) = (width to height) to (height to width)
        for ((degrees, size) in listOf(0 to lying, 90 to standing, 180 to lying, 270 to standing)) {
            val frame = Frame.copyOf(PixelFormat.RGB_8, width, height, rgb).apply { rotationDegrees = degrees }
            val result = engine.processBlocking(frame)
            assertEquals(size, result.width to result.height)
        }
        // The picture rotated counterclockwise, to be rotated back.
        val turned = ByteArray(rgb.size)
        for (y in 0 until height) for (x in 0 until width) for (c in 0 until 3) {
            turned[3 * ((width - 1 - x) * height + y) + c] = rgb[3 * (y * width + x) + c]
        }
        val frame = Frame.copyOf(PixelFormat.RGB_8, height, width, turned).apply { rotationDegrees = 90 }
        assertEquals(expected.faces.size, engine.processBlocking(frame).faces.size)
        val mirrored = Frame.copyOf(PixelFormat.RGB_8, width, height, rgb).apply { mirror = true }
        val (before, after) = expected.faces[0] to engine.processBlocking(mirrored).faces[0]
        assertEquals(width - before.landmarks.nose.x, after.landmarks.nose.x)
        assertEquals(width - before.landmarks.rightEye.x, after.landmarks.leftEye.x)
        assertEquals(-before.quality.yaw, after.quality.yaw)
        // Recognition sees the same pixels.
        assertEquals(before.emotion to before.identity, after.emotion to after.identity)
    }

    @Test
    fun `a mirrored buffer is flipped back`() {
        val reversed = ByteArray(rgb.size)
        for (y in 0 until height) for (x in 0 until width) for (c in 0 until 3) {
            reversed[3 * (y * width + width - 1 - x) + c] = rgb[3 * (y * width + x) + c]
        }
        val frame = Frame.copyOf(PixelFormat.RGB_8, width, height, reversed).apply { flip = true }
        val (before, after) = expected.faces[0] to engine.processBlocking(frame).faces[0]
        assertEquals(before.bounds to before.landmarks, after.bounds to after.landmarks)
        // Sampling from the other side rounds differently.
        for ((one, other) in before.emotion!!.probabilities zip after.emotion!!.probabilities) {
            assertEquals(one.label, other.label)
            assertEquals(one.probability, other.probability, 1e-5f)
        }
        // For a preview that shows the buffer as it is, positions are mirrored again.
        frame.mirror = true
        val mirrored = engine.processBlocking(frame).faces[0]
        assertEquals(width - after.landmarks.nose.x, mirrored.landmarks.nose.x)
        assertEquals(after.emotion to after.identity, mirrored.emotion to mirrored.identity)
    }

    @Test
    fun `the range of video differs from that of cameras`() {
        val (y, u, v) = Material.i420(picture)
        val frame = Frame.yuv420(width, height, Material.direct(y), Material.direct(u), Material.direct(v))
        val full = engine.processBlocking(frame)
        frame.videoRange = true
        assertTrue(engine.processBlocking(frame) != full)
    }

    @Test
    fun `odd sizes need whole chroma planes`() {
        fun plane(bytes: Int) = ByteBuffer.allocateDirect(bytes)
        engine.processBlocking(Frame.yuv420(5, 3, plane(15), plane(6), plane(6)))
        for ((y, u, v) in listOf(Triple(14, 6, 6), Triple(15, 5, 6), Triple(15, 6, 5))) {
            val error =
                fails(ErrorCode.INVALID_FRAME) {
                    engine.processBlocking(Frame.yuv420(5, 3, plane(y), plane(u), plane(v)))
                }
            assertTrue(error.message!!.contains("needs"), error.message)
        }
    }

    @Test
    fun `a chroma plane that is two bytes short is refused`() {
        fun plane(bytes: Int) = ByteBuffer.allocateDirect(bytes)
        engine.processBlocking(Frame.yuv420(6, 4, plane(24), plane(11), plane(11), 6, 6, 2))
        fails(ErrorCode.INVALID_FRAME) {
            engine.processBlocking(Frame.yuv420(6, 4, plane(24), plane(10), plane(11), 6, 6, 2))
        }
    }

    @Test
    fun `buffers on the heap are refused`() {
        val error = fails(ErrorCode.INVALID_FRAME) {
            engine.processBlocking(Frame.packed(PixelFormat.GRAY_8, 8, 8, ByteBuffer.allocate(64)))
        }
        assertEquals("a plane's buffer is not direct", error.message)
    }

    @Test
    fun `a frame that was never set is refused`() {
        fails(ErrorCode.INVALID_FRAME) { engine.processBlocking(Frame()) }
    }

    @Test
    fun `formats are set by the function that suits them`() {
        val buffer = ByteBuffer.allocateDirect(64)
        fails(ErrorCode.INVALID_FRAME) { Frame().setPacked(PixelFormat.NV12, 8, 8, buffer) }
        fails(ErrorCode.INVALID_FRAME) { Frame().setSemiPlanar(PixelFormat.RGB_8, 8, 8, buffer, buffer) }
        val frame = Frame().setYuv420(4, 4, buffer, buffer, buffer)
        assertEquals(Triple(PixelFormat.YUV_420, 4, 4), Triple(frame.format, frame.width, frame.height))
    }

    @Test
    fun `sizes strides and rotations out of range are refused`() {
        val buffer = ByteBuffer.allocateDirect(64)
        val wrong = listOf(
            Triple(0, 8, 0),
            Triple(8, 0, 0),
            Triple(-8, 8, 0),
            Triple(8, 8, 7),
            Triple(8, 8, -1),
            Triple(Int.MAX_VALUE, Int.MAX_VALUE, 0),
            Triple(8, 8, Int.MAX_VALUE),
            Triple(20_000, 1, 0),
        )
        for ((w, h, stride) in wrong) {
            fails(ErrorCode.INVALID_FRAME) {
                engine.processBlocking(Frame.packed(PixelFormat.GRAY_8, w, h, buffer, stride))
            }
        }
        val turned = Frame.packed(PixelFormat.GRAY_8, 8, 8, buffer).apply { rotationDegrees = 45 }
        assertTrue(fails(ErrorCode.INVALID_FRAME) { engine.processBlocking(turned) }.message!!.contains("45"))
    }

    private fun planes(handle: Long, first: ByteBuffer?, offset: Int, length: Int, out: ByteBuffer?): Int =
        FrameBridge.planes(
            handle, PixelFormat.GRAY_8.ordinal, 8, 8, first, offset, length, 8, 1, null, 0, 0, 0, 0, null, 0, 0, 0, 0,
            false, 0, false, false, 0, out,
        )

    private fun code(out: ByteBuffer): Int {
        out.order(ByteOrder.LITTLE_ENDIAN)
        return if (out.getShort(2).toInt() == 0) out.getInt(8) else 0
    }

    @Test
    fun `offsets and lengths beyond the buffer are refused`() {
        val buffer = ByteBuffer.allocateDirect(64)
        val out = ByteBuffer.allocateDirect(1024)
        assertEquals(0, planes(engine.handle, buffer, 0, 64, out))
        assertEquals(0, code(out))
        for ((offset, length) in listOf(1 to 64, -1 to 64, 0 to 65, 0 to -1, Int.MAX_VALUE to Int.MAX_VALUE, 64 to 1)) {
            assertEquals(0, planes(engine.handle, buffer, offset, length, out))
            assertEquals(2, code(out), "$offset, $length")
        }
        assertEquals(0, planes(engine.handle, null, 0, 0, out))
        assertEquals(2, code(out))
    }

    @Test
    fun `stale and invented handles are Closed`() {
        val other = Material.engine()
        val handle = other.handle
        other.close()
        val buffer = ByteBuffer.allocateDirect(64)
        val out = ByteBuffer.allocateDirect(1024)
        for (wrong in listOf(handle, 0L, -1L, Long.MAX_VALUE, Long.MIN_VALUE)) {
            assertEquals(0, planes(wrong, buffer, 0, 64, out))
            assertEquals(13, code(out), "$wrong")
        }
        assertEquals(0, FrameBridge.receive(engine.handle, 0, out))
        assertEquals(3, code(out), "an engine has no results to wait for")
    }

    @Test
    fun `a result buffer that is null or on the heap or has no room for a header is told by the status`() {
        val buffer = ByteBuffer.allocateDirect(64)
        val short = listOf(7, 0).map { ByteBuffer.allocateDirect(it) }
        for (out in listOf(null, ByteBuffer.allocate(1024)) + short) {
            assertEquals(-1, planes(engine.handle, buffer, 0, 64, out))
            assertEquals(-1, FrameBridge.receive(engine.handle, 0, out))
            assertEquals(-1, FrameBridge.again(out))
        }
    }

    @Test
    fun `a result that does not fit says how much it needs and is not lost`() {
        val small = ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN)
        assertEquals(FrameBridge.TOO_SHORT, planes(-5, null, 0, 0, small))
        val needed = small.getInt(4)
        val whole = ByteBuffer.allocateDirect(needed)
        assertEquals(0, FrameBridge.again(whole))
        assertEquals(13, code(whole))
        assertEquals(FrameBridge.TOO_SHORT, FrameBridge.again(ByteBuffer.allocateDirect(needed - 1)))
    }

    @Test
    fun `a result of many faces outgrows the first buffer`() {
        val many = engine.processBlocking(Material.bytes("pictures/multi_face.jpg"))
        val picture = Material.picture("pictures/multi_face.jpg")
        val frame = Frame.copyOf(PixelFormat.RGB_8, picture.width, picture.height, Material.rgb(picture))
        assertEquals(many.faces.size, engine.processBlocking(frame).faces.size)
    }

    @Test
    fun `random calls never end the process`() {
        val random = Random(7)
        val count = Integer.getInteger("mien.fuzz", 100_000)
        val live = engine.live()
        val video = engine.video()
        val clips = engine.users.clips()
        val handles = listOf(engine.handle, live.handle, video.handle, clips.handle, 0L, -1L)
        val buffers = listOf(
            null,
            ByteBuffer.allocate(32),
            ByteBuffer.allocateDirect(0),
            ByteBuffer.allocateDirect(63),
            ByteBuffer.allocateDirect(64).asReadOnlyBuffer(),
        )
        val outs = listOf(null, ByteBuffer.allocate(64)) + listOf(4, 16, 4096).map { ByteBuffer.allocateDirect(it) }
        val numbers = intArrayOf(0, 1, -1, 2, 7, 8, 63, 64, 65, 90, 16_384, 16_385, Int.MAX_VALUE, Int.MIN_VALUE)
        fun number() = if (random.nextInt(4) == 0) random.nextInt() else numbers[random.nextInt(numbers.size)]
        val statuses = IntArray(4)
        repeat(count) {
            val status = when (random.nextInt(16)) {
                0 -> {
                    val handle = if (random.nextBoolean()) random.nextLong() else live.handle
                    FrameBridge.receive(handle, -number().coerceIn(0, 1), outs.random(random))
                }
                1 -> FrameBridge.again(outs.random(random))
                else -> FrameBridge.planes(
                    if (random.nextInt(8) == 0) random.nextLong() else handles.random(random),
                    random.nextInt(-1, 9), number(), number(),
                    buffers.random(random), number(), number(), number(), number(),
                    buffers.random(random), number(), number(), number(), number(),
                    buffers.random(random), number(), number(), number(), number(),
                    random.nextBoolean(), number(), random.nextBoolean(), random.nextBoolean(), random.nextLong(),
                    outs.random(random),
                )
            }
            assertTrue(status in -1..1, "$status")
            statuses[status + 1]++
        }
        val (none, answered, short) = statuses.take(3)
        println("fuzz: $count calls of the frame path: $answered answered, $short too short, $none without a buffer")
        live.close()
        video.close()
        clips.close()
    }
}
