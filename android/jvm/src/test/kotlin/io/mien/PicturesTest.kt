package io.mien

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Color
import android.net.Uri
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.InputStream
import java.nio.ByteBuffer
import javax.imageio.ImageIO

/** Tests of bitmaps and of pictures behind addresses, with the graphics of Android as they are on devices. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], manifest = Config.NONE)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class PicturesTest {
    private val context: Context = RuntimeEnvironment.getApplication()

    /**
     * The pixels as a bitmap hands them out here: a device stores red first, but the graphics of Android on a computer may
     * store blue first.
     */
    private fun shown(picture: BufferedImage): Frame {
        val red = ByteBuffer.allocate(4)
        Bitmap.createBitmap(intArrayOf(Color.RED), 1, 1, Bitmap.Config.ARGB_8888).copyPixelsToBuffer(red)
        val rgb = Material.rgb(picture)
        val pixels = if (red[0] == (-1).toByte()) rgb else ByteArray(rgb.size) { rgb[it - it % 3 + 2 - it % 3] }
        return Frame.copyOf(PixelFormat.RGB_8, picture.width, picture.height, pixels)
    }

    private fun bitmap(name: String, config: Bitmap.Config = Bitmap.Config.ARGB_8888): Bitmap {
        val picture = Material.picture(name)
        val pixels = IntArray(picture.width * picture.height) {
            picture.getRGB(it % picture.width, it / picture.width)
        }
        return Bitmap.createBitmap(pixels, picture.width, picture.height, config).copy(config, true)
    }

    @Test
    fun `a frame of a bitmap is the picture`() {
        val name = "golden/face.png"
        Material.engine().use { engine ->
            val expected = engine.processBlocking(shown(Material.picture(name)))
            assertEquals(1, expected.faces.size)
            val frame = Frame()
            val bitmap = bitmap(name)
            assertEquals(expected, engine.processBlocking(frame.setBitmap(bitmap)))
            bitmap.eraseColor(0)
            assertEquals(expected, engine.processBlocking(frame))
            frame.setBitmap(bitmap, 90, mirror = true)
            assertEquals(listOf(90, true), listOf(frame.rotationDegrees, frame.mirror))
            bitmap.recycle()
            fails(ErrorCode.INVALID_FRAME) { frame.setBitmap(bitmap) }
        }
    }

    /** Returns an address that the system's provider of content answers with these bytes. */
    private fun uri(bytes: ByteArray): Uri = Uri.parse("content://pictures/${bytes.size}").also { uri ->
        shadowOf(context.contentResolver).registerInputStream(uri, bytes.inputStream())
    }

    @Test
    fun `the picture behind an address is read by the library`() = runBlocking<Unit> {
        val bytes = Material.bytes("golden/face.png")
        Material.engine(StoreLocation.unencrypted(File(context.filesDir, "users"))).use { engine ->
            val expected = engine.processBlocking(bytes)
            assertEquals(expected, engine.process(context, uri(bytes)))
            engine.users.enroll("Anna").use { enrollment ->
                assertTrue(enrollment.add(context, uri(bytes)) is EnrollmentStep)
            }
            engine.users.clips().use { clips ->
                clips.begin(EmotionLabel.HAPPY)
                clips.add(context, uri(bytes))
                assertEquals(1, clips.end())
            }
        }
    }

    @Test
    fun `an address without a readable picture is InvalidFrame`() = runBlocking<Unit> {
        Material.engine().use { engine ->
            for (address in listOf(uri(byteArrayOf(1, 2, 3)), uri(Material.bytes("golden/face.png").copyOf(99)))) {
                fails(ErrorCode.INVALID_FRAME) { engine.process(context, address) }
            }
            val missing = fails(ErrorCode.INVALID_FRAME) {
                engine.process(context, Uri.fromFile(File("/no/such/picture.jpg")))
            }
            assertTrue(missing.message, missing.message!!.contains("cannot be opened"))
            assertTrue("$missing", missing.cause is java.io.IOException)
        }
    }

    @Test
    fun `a file that is too large for a picture is not read to its end`() = runBlocking<Unit> {
        var read = 0L
        val film = object : InputStream() {
            override fun read(): Int = 0.also { read++ }
            override fun read(into: ByteArray, offset: Int, length: Int): Int = length.also { read += it }
        }
        val address = Uri.parse("content://films/1")
        shadowOf(context.contentResolver).registerInputStream(address, film)
        Material.engine().use { engine ->
            val error = fails(ErrorCode.INVALID_FRAME) { engine.process(context, address) }
            assertEquals("the picture has more than 67108864 bytes", error.message)
        }
        assertTrue("$read bytes", read in (64L shl 20)..(65L shl 20))
    }

    @Test
    fun `a format that the library does not read is decoded by Android`() = runBlocking<Unit> {
        val picture = Material.picture("golden/face.png")
        val gif = ByteArrayOutputStream().also { assertTrue(ImageIO.write(picture, "gif", it)) }.toByteArray()
        Material.engine().use { engine ->
            // A GIF has 256 colors.
            val expected = engine.processBlocking(shown(ImageIO.read(gif.inputStream())))
            assertEquals(1, expected.faces.size)
            assertEquals(expected, engine.process(context, uri(gif)))
        }
    }
}
