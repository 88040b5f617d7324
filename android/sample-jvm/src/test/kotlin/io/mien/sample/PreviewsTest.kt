package io.mien.sample

import androidx.compose.runtime.Composable
import androidx.compose.runtime.Composer
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.currentComposer
import androidx.compose.ui.InternalComposeUiApi
import androidx.compose.ui.LocalSystemTheme
import androidx.compose.ui.SystemTheme
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.graphics.toAwtImage
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.DesktopComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.runDesktopComposeUiTest
import androidx.compose.ui.tooling.preview.Preview
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.toSize
import androidx.lifecycle.compose.LocalLifecycleOwner
import io.mien.Material
import io.mien.sample.previews.NIGHT
import io.mien.sample.previews.ScreenPreviews
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import java.awt.image.BufferedImage
import java.io.File
import java.lang.reflect.Method
import java.util.Locale
import javax.imageio.ImageIO
import kotlin.math.max
import kotlin.math.min

/**
 * Draws the previews of all screens as their annotations say (light, dark, German, large letters, wide) into
 * target/previews, and checks what holds for every screen.
 */
@OptIn(ExperimentalTestApi::class, InternalComposeUiApi::class)
class PreviewsTest {
    private val previews: List<Method> = Class.forName("io.mien.sample.previews.PreviewsKt").declaredMethods
        .filter { it.isAnnotationPresent(ScreenPreviews::class.java) }.sortedBy { it.name }
    private val looks: List<Preview> = ScreenPreviews::class.java.getAnnotationsByType(Preview::class.java).toList()

    @Composable
    private fun Call(preview: Method) {
        val composer: Composer = currentComposer
        preview.invoke(null, composer, 0)
    }

    private fun show(preview: Method, look: Preview, use: DesktopComposeUiTest.() -> Unit) {
        val before = Locale.getDefault()
        Locale.setDefault(if (look.locale == "de") Locale.GERMANY else Locale.US)
        try {
            runDesktopComposeUiTest(look.widthDp, look.heightDp) {
                setContent {
                    CompositionLocalProvider(
                        LocalDensity provides Density(1f, look.fontScale),
                        LocalSystemTheme provides if (look.uiMode == NIGHT) SystemTheme.Dark else SystemTheme.Light,
                        LocalLifecycleOwner provides Foreground(),
                    ) { Call(preview) }
                }
                // An indeterminate progress never rests.
                mainClock.autoAdvance = false
                mainClock.advanceTimeBy(2_000)
                use()
            }
        } finally {
            Locale.setDefault(before)
        }
    }

    private fun DesktopComposeUiTest.picture(name: String): BufferedImage {
        val picture = captureToImage().toAwtImage()
        val file = File("target/previews/$name.png")
        file.parentFile.mkdirs()
        ImageIO.write(picture, "png", file)
        return picture
    }

    /** What screen readers find, for the screen and for the dialogs before it. */
    private fun DesktopComposeUiTest.layers(): List<List<SemanticsNode>> =
        onAllNodes(isRoot()).fetchSemanticsNodes().map { root -> root.withAll() }

    private fun SemanticsNode.withAll(): List<SemanticsNode> = listOf(this) + children.flatMap { it.withAll() }

    @TestFactory
    fun `each screen holds together in each look`(): List<DynamicTest> = previews.flatMap { preview ->
        looks.map { look ->
            DynamicTest.dynamicTest("${preview.name} ${look.name}") {
                show(preview, look) {
                    val picture = picture("${preview.name}-${look.name}")
                    val layers = layers()
                    val nodes = layers.flatten()
                    assertTrue(nodes.any { SemanticsProperties.Heading in it.config || isLive(preview) }, "no heading")
                    assertNamed(nodes)
                    layers.forEach(::assertTouchable)
                    val isDark = brightness(picture) < 60
                    assertEquals(look.uiMode == NIGHT, isDark, "${brightness(picture)}")
                }
            }
        }
    }

    /** Screens that show hardly anything but the camera's picture. */
    private fun isLive(preview: Method) = preview.name.startsWith("Live") || preview.name.startsWith("Camera")

    /** All that can be acted on has words: a text, a description or an editable text with a label. */
    private fun assertNamed(nodes: List<SemanticsNode>) {
        for (node in nodes.filter { it.isActive() }) {
            assertTrue(words(node).any { it.isNotBlank() }, "nameless: ${node.config}")
        }
    }

    private fun words(node: SemanticsNode): List<String> =
        node.config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text } +
            node.config.getOrNull(SemanticsProperties.ContentDescription).orEmpty()

    private fun SemanticsNode.isActive() = SemanticsActions.OnClick in config && SemanticsProperties.IsDialog !in config

    /** Everything that can be touched has 48 dp of its own: where it is drawn smaller, nothing else is near. */
    private fun assertTouchable(nodes: List<SemanticsNode>) {
        // What is partly scrolled away is touched where it is seen.
        val whole = nodes.filter { it.isActive() && it.boundsInRoot.size == it.size.toSize() }
        val areas = whole.map { node ->
            val bounds = node.boundsInRoot
            val x = (48 - bounds.width).coerceAtLeast(0f) / 2
            val y = (48 - bounds.height).coerceAtLeast(0f) / 2
            node to Rect(
                bounds.left - x,
                bounds.top - y,
                bounds.right + x,
                bounds.bottom + y,
            )
        }
        for ((at, one) in areas.withIndex()) {
            for (other in areas.drop(at + 1)) {
                val across = min(one.second.right, other.second.right) - max(one.second.left, other.second.left)
                val down = min(one.second.bottom, other.second.bottom) - max(one.second.top, other.second.top)
                assertFalse(across > 1 && down > 1, "too near: ${words(one.first)} and ${words(other.first)}")
            }
        }
    }

    /** The brightness of the bar or the rail with the screens, 0 to 255; dialogs darken it. */
    private fun brightness(picture: BufferedImage): Int =
        picture.getRGB(4, picture.height - 4).let { ((it shr 16 and 255) + (it shr 8 and 255) + (it and 255)) / 3 }

    @Test
    fun `each view has a preview`() {
        val folder = File(Material.repository, "android/sample/src")
        val shown = File(folder, "previews/kotlin/io/mien/sample/previews/Previews.kt").readText()
        val views = File(folder, "views/kotlin/io/mien/sample/views").listFiles()!!.map { it.readText() }
            .flatMap { Regex("""^fun (\w+(?:Screen|View))\(""", RegexOption.MULTILINE).findAll(it) }
            .map { it.groupValues[1] }
        // A view that needs an engine shows the screen of the same name.
        val missing = views.map { it.removeSuffix("View").removeSuffix("Screen") }.distinct()
            .filter { it != "Root" && !Regex("\\b$it(View|Screen)[ (]").containsMatchIn(shown) }
        assertTrue(views.size > 10, "$views")
        assertEquals(emptyList<String>(), missing)
    }

    private companion object {
        @JvmStatic
        @BeforeAll
        fun prepare() {
            assumeDrawing()
            mainThread()
        }
    }
}
