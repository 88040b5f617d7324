package io.mien.sample

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.size
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.toAwtImage
import androidx.compose.ui.graphics.vector.rememberVectorPainter
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.res.loadXmlImageVector
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.runDesktopComposeUiTest
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import io.mien.Material
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.xml.sax.InputSource
import java.awt.image.BufferedImage
import java.io.File
import javax.imageio.ImageIO
import kotlin.math.hypot

/** Draws the application's icon. */
@OptIn(ExperimentalTestApi::class)
@Suppress("DEPRECATION") // The only reader of Android's vector pictures on a Java VM.
class IconTest {
    private val res = File(Material.repository, "android/sample/src/main/res")

    /** Draws vector pictures over each other, 4 pixels for each of [size] units. */
    private fun drawn(size: Int, vararg files: String): BufferedImage {
        var picture: BufferedImage? = null
        runDesktopComposeUiTest(size * SCALE, size * SCALE) {
            setContent {
                CompositionLocalProvider(LocalDensity provides Density(SCALE.toFloat())) {
                    for (file in files) {
                        val source = InputSource(File(res, file).inputStream())
                        val painter = rememberVectorPainter(loadXmlImageVector(source, LocalDensity.current))
                        Canvas(Modifier.size(size.dp)) { with(painter) { draw(this@Canvas.size) } }
                    }
                }
            }
            picture = captureToImage().toAwtImage()
        }
        File("target/views").mkdirs()
        ImageIO.write(picture, "png", File("target/views/${files.last().replace('/', '-')}.png"))
        return picture!!
    }

    @Test
    fun `the face of the icon is within what every launcher shows`() {
        val both = drawn(108, "drawable/launcher_back.xml", "drawable/launcher_front.xml")
        val back = drawn(108, "drawable/launcher_back.xml")
        val far = (0 until back.width).maxOf { x ->
            (0 until back.height).filter { y -> both.getRGB(x, y) != back.getRGB(x, y) }.maxOfOrNull { y ->
                hypot(x / SCALE.toDouble() - 54, y / SCALE.toDouble() - 54)
            } ?: 0.0
        }
        assertTrue(far in 20.0..33.0, "the face reaches $far units from the middle")
        assertTrue(back.getRGB(0, 0) ushr 24 == 255 && back.getRGB(back.width - 1, back.height - 1) ushr 24 == 255)
    }

    @Test
    fun `Android 7 sees the same face on a round ground`() {
        val icon = drawn(48, "mipmap-anydpi/launcher.xml")
        val colors = (0 until icon.height).flatMap { y -> (0 until icon.width).map { icon.getRGB(it, y) } }.toSet()
        assertTrue(listOf(0xFF1F6357.toInt(), 0xFFFFFFFF.toInt()).all { it in colors })
        val (front, round) = listOf("drawable/launcher_front.xml", "mipmap-anydpi/launcher.xml").map { file ->
            Regex("pathData=\"([^\"]*)\"").findAll(File(res, file).readText()).map { it.groupValues[1] }.toList()
        }
        assertEquals(3, front.size)
        assertEquals(front, round.drop(1), "behind the face is the ground")
    }

    private companion object {
        const val SCALE = 4

        @JvmStatic
        @BeforeAll
        fun prepare() = assumeDrawing()
    }
}
