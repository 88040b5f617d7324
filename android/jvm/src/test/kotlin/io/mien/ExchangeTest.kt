package io.mien

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayOutputStream
import java.io.File

/** Exchanges exported users with Swift's tests (ios/Tests), in the folder `exchange` of the build folder. */
class ExchangeTest {
    @TempDir
    lateinit var folder: File
    private val engine by lazy { Material.engine(StoreLocation.unencrypted(folder)) }
    private val exchange =
        File(System.getProperty("mien.command")).absoluteFile.parentFile.parentFile.resolve("exchange")

    @AfterEach
    fun close() = engine.close()

    private fun emotion() = engine.processBlocking(Material.wanda("test", "fear", "0204")).faces[0].emotion!!

    @Test
    fun `a user is left for Swift`() = runBlocking<Unit> {
        engine.users.enroll("Wanda").use { enrollment ->
            for ((label, frame) in listOf("sad" to "0018", "happy" to "0300", "happy" to "0332")) {
                enrollment.addBlocking(Material.wanda("learn", label, frame))
            }
            assertEquals(3, enrollment.finish())
        }
        engine.users.clips().use { clips ->
            for (label in listOf("fear", "happy", "sad")) for (picture in Material.wandas(label)) {
                clips.begin(EmotionLabel(label))
                clips.addBlocking(picture)
                clips.end()
            }
            assertTrue(engine.users.adapt("Wanda", clips).face.isAccepted)
        }
        for (short in listOf("", "p", "1234567", "e\u0301e\u0301e\u0301e\u0301")) {
            fails(ErrorCode.INVALID_OPTION) { engine.users.export("Wanda", ByteArrayOutputStream(), short) }
        }
        val file = ByteArrayOutputStream().also { engine.users.export("Wanda", it, PASSPHRASE) }
        assertTrue(exchange.isDirectory || exchange.mkdirs())
        exchange.resolve("kotlin.user").writeBytes(file.toByteArray())
    }

    @Test
    fun `a user of Swift answers here as there`() = runBlocking<Unit> {
        val file = exchange.resolve("swift.user")
        assumeTrue(file.exists(), "Swift's tests left no $file")
        assertEquals("Wanda", file.inputStream().use { engine.users.import(it, PASSPHRASE) })
        assertEquals(EmotionLabel.FEAR to true, emotion().label to emotion().isAdapted)
    }

    private companion object {
        const val PASSPHRASE = "open sesame"
    }
}
