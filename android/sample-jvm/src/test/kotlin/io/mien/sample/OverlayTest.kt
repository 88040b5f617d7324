package io.mien.sample

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.toAwtImage
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.runDesktopComposeUiTest
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import io.mien.FaceBounds
import io.mien.FrameTransform
import io.mien.compose.FaceBox
import io.mien.compose.FaceOverlay
import io.mien.compose.FaceOverlayStyle
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.awt.image.BufferedImage

/** Tests of what `mien-compose` draws. */
@OptIn(ExperimentalTestApi::class)
class OverlayTest {
    private val width = 200
    private val height = 400
    private val red = red(FaceBounds(20f, 40f, 30f, 60f))

    private fun red(bounds: FaceBounds) = FaceBox(bounds, "Anna: happy", Color.Red)

    /** Draws the boxes over white in a view of 200 x 400 pixels; the frame has 100 x 100. */
    private fun drawn(
        boxes: List<FaceBox>,
        scale: FrameTransform.Scale = FrameTransform.Scale.FILL_CENTER,
        mirror: Boolean = false,
    ): BufferedImage {
        var picture: BufferedImage? = null
        runDesktopComposeUiTest(width, height) {
            setContent {
                CompositionLocalProvider(LocalDensity provides Density(1f)) {
                    Box(Modifier.fillMaxSize().background(Color.White)) {
                        FaceOverlay(
                            boxes,
                            100,
                            100,
                            Modifier.fillMaxSize(),
                            scale,
                            mirror = mirror,
                            style = FaceOverlayStyle(stroke = 2.dp, corner = 0.dp),
                        )
                    }
                }
            }
            val described = boxes.joinToString("; ") { it.caption }
            onNode(hasContentDescription(described)).assertExists()
            picture = captureToImage().toAwtImage()
        }
        return picture!!
    }

    private fun BufferedImage.isRed(x: Int, y: Int) = getRGB(x, y) and 0xFFFFFF == 0xFF0000

    private fun BufferedImage.isWhite(x: Int, y: Int) = getRGB(x, y) and 0xFFFFFF == 0xFFFFFF

    /** Checks that the lines of a box, 2 pixels wide, are drawn and its middle is not. */
    private fun BufferedImage.assertBox(left: Int, top: Int, right: Int, bottom: Int) {
        val (middle, center) = (left + right) / 2 to (top + bottom) / 2
        assertTrue(isRed(left, center) && isRed(right - 1, center), "the sides")
        assertTrue(isRed(middle, top) && isRed(middle, bottom - 1), "above and below")
        assertTrue(isWhite(middle, center), "the middle")
        assertTrue(isWhite(left - 4, center) && isWhite(right + 4, center), "beside")
    }

    @Test
    fun `boxes stand where the preview shows the face`() {
        // Filled: 4 pixels of the view per pixel, 100 cut on either side.
        drawn(listOf(red(FaceBounds(40f, 40f, 20f, 30f)))).assertBox(60, 160, 140, 280)
    }

    @Test
    fun `boxes follow the scale and the mirror`() {
        // Fitted: 2 pixels of the view per pixel, 100 rows free above.
        drawn(listOf(red), FrameTransform.Scale.FIT_CENTER).assertBox(40, 180, 100, 300)
        drawn(listOf(red), FrameTransform.Scale.FIT_CENTER, mirror = true).assertBox(100, 180, 160, 300)
        drawn(listOf(red), FrameTransform.Scale.FIT_START).assertBox(40, 80, 100, 200)
    }

    @Test
    fun `captions are drawn within the view and no box draws nothing`() {
        val low = red(FaceBounds(0f, 90f, 10f, 10f))
        val picture = drawn(listOf(low), FrameTransform.Scale.FIT_END)
        // The place of the caption would be below the view.
        val dark = (0 until width).count { x ->
            (height - 12 until height).any { y ->
                !picture.isWhite(x, y) &&
                    !picture.isRed(x, y)
            }
        }
        assertTrue(dark > 40, "$dark columns of the caption")
        val empty = drawn(emptyList())
        assertEquals(0, (0 until width).sumOf { x -> (0 until height).count { y -> !empty.isWhite(x, y) } })
    }

    @Test
    fun `boxes and styles are values`() {
        val bounds = FaceBounds(1f, 2f, 3f, 4f)
        val box = FaceBox(bounds, "Anna")
        assertEquals(listOf(bounds, "Anna", Color(0xFF69F0AE)), box.run { listOf(this.bounds, caption, color) })
        assertEquals(box.hashCode(), FaceBox(bounds, "Anna").hashCode())
        assertEquals(3, setOf(box, FaceBox(bounds, "Anna"), FaceBox(bounds), FaceBox(bounds, "Anna", Color.Red)).size)
        assertTrue(box.toString().startsWith("FaceBox(bounds=FaceBounds("), "$box")
        val style = FaceOverlayStyle(stroke = 2.dp)
        assertEquals(listOf(2.dp, 8.dp), listOf(style.stroke, style.corner))
        assertEquals(FaceOverlayStyle(2.dp, 8.dp, style.text, style.behindText).hashCode(), style.hashCode())
        val others = listOf(FaceOverlayStyle(corner = 1.dp), FaceOverlayStyle(behindText = Color.Red))
        assertEquals(3, (others + style + FaceOverlayStyle(2.dp)).toSet().size)
        assertTrue(style.toString().startsWith("FaceOverlayStyle(stroke=2.0.dp"), "$style")
    }
}
