package io.mien

import android.graphics.ImageFormat
import android.graphics.Rect
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import io.mien.camerax.CameraFeed
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import java.awt.image.BufferedImage
import java.nio.ByteBuffer
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executor
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.microseconds
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CameraFeedTest {
    private val engine = Material.engine()
    private val picture = Material.picture("golden/face.png")

    @AfterAll
    fun close() = engine.close()

    /** The result for the planes of the picture, without padding. */
    private fun tight(picture: BufferedImage, rotation: Int = 0, mirror: Boolean = false): Frame {
        val (y, u, v) = Material.i420(picture)
        val frame = Frame.yuv420(
            picture.width,
            picture.height,
            Material.direct(y),
            Material.direct(u),
            Material.direct(v),
        )
        frame.rotationDegrees = rotation
        frame.mirror = mirror
        return frame
    }

    /** Returns the result for an image that a feed delivers; the feed must close it. */
    private fun seen(image: CameraImage, mirror: Boolean = false): FrameResult {
        val results = mutableListOf<FrameResult>()
        CameraFeed(mirror, {
            throw AssertionError(it)
        }) { frame, _ -> results += engine.processBlocking(frame) }.analyze(image)
        assertEquals(1, image.closed)
        return results.single()
    }

    /** Returns the error for an image that a feed refuses; the feed must close it. */
    private fun refused(feed: (failed: (Exception) -> Unit) -> CameraFeed, image: CameraImage): Exception {
        val failures = mutableListOf<Exception>()
        feed { failures += it }.analyze(image)
        assertEquals(1, image.closed)
        return failures.single()
    }

    private fun turned(picture: BufferedImage, degrees: Int): BufferedImage {
        val across = degrees % 180 != 0
        val (w, h) = picture.width to picture.height
        val out = BufferedImage(if (across) h else w, if (across) w else h, BufferedImage.TYPE_INT_RGB)
        for (y in 0 until h) for (x in 0 until w) {
            val (tx, ty) = when (degrees) {
                90 -> y to w - 1 - x
                180 -> w - 1 - x to h - 1 - y
                else -> h - 1 - y to x
            }
            out.setRGB(tx, ty, picture.getRGB(x, y))
        }
        return out
    }

    @Test
    fun `an image with padded rows and interleaved chroma is the picture`() {
        val expected = engine.processBlocking(tight(picture))
        assertEquals(1, expected.faces.size)
        for (pad in listOf(0, 1, 13, 64)) {
            assertEquals(expected, seen(CameraImage(picture, pad = pad)), "padding of $pad")
        }
    }

    @Test
    fun `a sensor that lies across is turned upright`() {
        val upright = engine.processBlocking(tight(picture)).faces.single()
        for (degrees in listOf(90, 180, 270)) {
            // The rotation makes the buffer upright.
            val lying = turned(picture, degrees)
            val result = seen(CameraImage(lying, rotation = degrees))
            assertEquals(engine.processBlocking(tight(lying, degrees)), result)
            val face = result.faces.single()
            assertEquals(upright.landmarks.nose.x, face.landmarks.nose.x, 2f, "$degrees degrees")
            assertEquals(upright.landmarks.nose.y, face.landmarks.nose.y, 2f, "$degrees degrees")
            assertEquals(upright.emotion!!.label, face.emotion!!.label)
        }
    }

    @Test
    fun `positions in a front camera's picture are mirrored`() {
        // The face is to the right of the middle here.
        val side = picture.getSubimage(0, 0, 240, picture.height)
        val plain = seen(CameraImage(side)).faces.single().landmarks
        val result = seen(CameraImage(side), mirror = true)
        assertEquals(engine.processBlocking(tight(side, mirror = true)), result)
        assertEquals(side.width - plain.nose.x, result.faces.single().landmarks.nose.x)
        assertTrue(plain.nose.x > side.width / 2 + 20, "$plain")
        val feed =
            CameraFeed(false, {
                throw AssertionError(it)
            }) { frame, _ -> assertEquals(result, engine.processBlocking(frame)) }
        feed.mirror = true
        feed.analyze(CameraImage(side))
    }

    @Test
    fun `a crop rectangle is the part of the picture that is looked at`() {
        for (corner in listOf(0 to 0, 30 to 0, 0 to 20, 31 to 21)) {
            val (left, top) = corner
            val (evenLeft, evenTop) = left / 2 * 2 to top / 2 * 2
            val expected = engine.processBlocking(
                tight(
                    picture.getSubimage(
                        evenLeft,
                        evenTop,
                        300 - evenLeft,
                        301 - evenTop,
                    ),
                ),
            )
            val result = seen(CameraImage(picture, crop = Rect(left, top, 300, 301)))
            assertEquals(300 - evenLeft to 301 - evenTop, result.width to result.height)
            assertEquals(expected, result, "from $corner")
            assertEquals(1, result.faces.size)
        }
    }

    @Test
    fun `a live session says the same of images as of frames`() {
        fun results(submit: (LiveSession, Int) -> Unit): List<StreamResult> =
            engine.live(LiveOptions { minChange = 0f }).use { live ->
                (0 until 6).map {
                    submit(live, it)
                    live.receiveBlocking(60.seconds)!!
                }
            }
        val direct = results { live, at -> live.submit(tight(picture, 0, true), (at * 100_000L).microseconds) }
        val fed = results { live, at ->
            val image = CameraImage(picture, timestampNs = at * 100_000_000L + 999)
            CameraFeed(live, mirror = true) { throw AssertionError(it) }.analyze(image)
            assertEquals(1, image.closed)
        }
        assertEquals((0 until 6).map { (it * 100).milliseconds }, fed.map { it.timestamp })
        assertEquals(direct, fed)
        assertEquals(1, fed.last().faces.size)
    }

    @Test
    fun `what a session refuses is reported and the image closed`() {
        val live = engine.live()
        val feed = { failed: (Exception) -> Unit -> CameraFeed(live, true, failed) }
        CameraFeed(live, true) { throw AssertionError(it) }.analyze(CameraImage(picture, timestampNs = 5_000_000))
        assertEquals(ErrorCode.TIMESTAMP_ORDER, refused(feed, CameraImage(picture, timestampNs = 5_000_000)).errorCode)
        assertEquals(ErrorCode.INVALID_FRAME, refused(feed, CameraImage(picture, 6_000_000, rotation = 45)).errorCode)
        live.close()
        assertEquals(ErrorCode.CLOSED, refused(feed, CameraImage(picture, timestampNs = 9_000_000)).errorCode)
        CameraFeed(live, mirror = true).also { assertTrue(it.mirror) }.analyze(CameraImage(picture))
    }

    @Test
    fun `an image in RGBA is the picture`() {
        val stride = 4 * picture.width + 64
        val rgb = Material.rgb(picture)
        val pixels = ByteBuffer.allocateDirect((picture.height - 1) * stride + 4 * picture.width)
        for (at in rgb.indices) {
            pixels.put(at / 3 / picture.width * stride + at / 3 % picture.width * 4 + at % 3, rgb[at])
        }
        val plane = object : ImageProxy.PlaneProxy {
            override fun getRowStride() = stride
            override fun getPixelStride() = 4
            override fun getBuffer() = pixels
        }
        val expected = engine.processBlocking(Frame.copyOf(PixelFormat.RGB_8, picture.width, picture.height, rgb))
        val image = CameraImage(
            picture,
            imageFormat = android.graphics.PixelFormat.RGBA_8888,
            pixels = arrayOf(plane),
        )
        assertEquals(expected, seen(image))
        assertEquals(1, expected.faces.size)
    }

    @Test
    fun `another format and a closed image are reported`() {
        fun feed(failed: (Exception) -> Unit) = CameraFeed(false, failed) { _, _ -> throw AssertionError("was taken") }
        val jpeg = refused(::feed, CameraImage(picture, imageFormat = ImageFormat.JPEG))
        assertTrue(jpeg is IllegalArgumentException && jpeg.message!!.contains("${ImageFormat.JPEG}"), "$jpeg")
        val failures = mutableListOf<Exception>()
        feed { failures += it }.analyze(CameraImage(picture).also { it.close() })
        assertInstanceOf(IllegalStateException::class.java, failures.single())
    }

    @Test
    fun `an image is closed even where the application's own callback throws`() {
        val image = CameraImage(picture)
        val feed = CameraFeed(false, { error("in the callback") }) { _, _ -> error("in the taker") }
        assertEquals("in the callback", assertThrows(IllegalStateException::class.java) { feed.analyze(image) }.message)
        assertEquals(1, image.closed)
    }

    @Test
    fun `the use case keeps the newest image and hands it over off the caller's thread`() {
        val threads = ConcurrentLinkedQueue<Thread>()
        val done = CountDownLatch(8)
        val feed = CameraFeed(false, { throw AssertionError(it) }) { _, _ ->
            threads += Thread.currentThread()
            done.countDown()
        }
        val analysis = feed.useCase {
            setTargetRotation(3).setBackpressureStrategy(ImageAnalysis.STRATEGY_BLOCK_PRODUCER)
        }
        assertEquals(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST, analysis.backpressureStrategy)
        assertEquals(ImageAnalysis.OUTPUT_IMAGE_FORMAT_YUV_420_888, analysis.outputImageFormat)
        assertEquals(3, analysis.targetRotation)
        val images = List(8) { CameraImage(picture, timestampNs = it * 1000L) }
        images.forEach(analysis::hand)
        assertTrue(done.await(60, TimeUnit.SECONDS))
        assertTrue(Thread.currentThread() !in threads)
        // An executor of the application is used unchanged.
        val image = CameraImage(picture)
        feed.useCase(Executor { it.run() }).hand(image)
        assertTrue(Thread.currentThread() in threads)
        assertEquals(1, image.closed)
    }
}
