package io.mien.sample

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.graphics.toAwtImage
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.test.DesktopComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertIsEnabled
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isSelectable
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runDesktopComposeUiTest
import androidx.compose.ui.unit.Density
import io.mien.EmotionEngine
import io.mien.LabelProbability
import io.mien.Material
import io.mien.StoreLocation
import io.mien.TimelineEvent
import io.mien.sample.models.AppModel
import io.mien.sample.models.EnrollmentModel
import io.mien.sample.models.SoundOutput
import io.mien.sample.views.Microphone
import io.mien.sample.views.RootView
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import java.awt.image.BufferedImage
import java.io.File
import javax.imageio.ImageIO

/** Tests of the sample's views, drawn and used with the real engine; writes pictures of them to target/views. */
@OptIn(ExperimentalTestApi::class)
@Timeout(600)
class ViewsTest {
    @TempDir
    lateinit var folder: File
    private val app = AppModel()
    private val phone by lazy { Phone(File(folder, "files").also { it.mkdirs() }) }

    @AfterEach
    fun close() {
        phone.close()
        app.close()
    }

    private val ear = object : Microphone {
        override val output = SoundOutput()
        override val isOn = MutableStateFlow(false)

        override fun use(on: Boolean) {
            isOn.value = on
        }
    }

    private fun make() = Material.engine(StoreLocation.unencrypted(File(folder, "users")))

    private fun engine(): EmotionEngine = app.state.value.engine!!

    /** An application whose user has agreed and, with [enrolled], is enrolled. */
    private fun started(enrolled: Boolean = true) = runBlocking {
        app.start(::make)
        app.agree()
        if (enrolled) EnrollmentModel().enroll("Wanda", phone.output.frames(), engine())
        app.reload()
    }

    /** Shows the application on a phone of 390 x 780 points. */
    private fun show(use: DesktopComposeUiTest.() -> Unit) = runDesktopComposeUiTest(780, 1560) {
        setContent {
            CompositionLocalProvider(LocalDensity provides Density(2f)) { RootView(app, phone, ear, phone, ::make) }
        }
        use()
    }

    private fun DesktopComposeUiTest.wait(what: SemanticsMatcher) =
        waitUntil(timeoutMillis = 240_000) { onAllNodes(what).fetchSemanticsNodes().isNotEmpty() }

    private fun DesktopComposeUiTest.wait(text: String) = wait(hasText(text, substring = true))

    private fun DesktopComposeUiTest.click(text: String) = onNodeWithText(text).performClick()

    /** Saves the screen as a picture, which must not be blank. */
    private fun DesktopComposeUiTest.picture(name: String): BufferedImage {
        val picture = captureToImage().toAwtImage()
        val file = File("target/views/$name.png")
        file.parentFile.mkdirs()
        ImageIO.write(picture, "png", file)
        assertTrue(colors(picture).size > 20, "$name is blank")
        return picture
    }

    private fun colors(picture: BufferedImage): Set<Int> = buildSet {
        for (y in 0 until picture.height step 3) for (x in 0 until picture.width step 3) add(picture.getRGB(x, y))
    }

    @Test
    fun `nothing is looked at before the user agrees`() {
        runBlocking { app.start(::make) }
        show {
            wait("Your face stays on this phone")
            picture("consent")
            assertEquals(false, phone.isStarted)
            click("I agree")
            wait("Teach me")
            assertTrue(phone.isStarted)
            assertEquals(true, app.state.value.consented)
        }
    }

    @Test
    fun `a live face is boxed and named`() {
        started()
        phone.lens.scene = PictureCamera.showing("happy").map(PictureCamera::upright)
        show {
            wait(hasContentDescription("Wanda, ", substring = true))
            wait("frames analyzed")
            val colors = colors(picture("live"))
            assertTrue(colors.any { it == SURE || it == UNSURE }, "there is no box")
        }
    }

    @Test
    fun `where the camera is not allowed the user is told so`() {
        started(enrolled = false)
        phone.isAllowed.value = false
        show {
            wait("Allow the camera in the phone's settings.")
            picture("not-allowed")
        }
    }

    @Test
    fun `a user is enrolled by name`() {
        started(enrolled = false)
        show {
            click("Enroll")
            wait("Name")
            picture("enroll")
            onNodeWithText("Name").performTextInput("Wanda")
            onNode(hasText("Enroll") and isSelectable().not()).performClick()
            wait("of 5 pictures")
            picture("enrolling")
            wait("Wanda is enrolled.")
            picture("enrolled")
            click("Done")
            wait("Name")
        }
        assertEquals(listOf("Wanda"), app.state.value.users.map { it.name })
    }

    @Test
    fun `a head is taught`() {
        started()
        show {
            click("Teach me")
            wait("Show an emotion for two seconds")
            onNodeWithText("Learn").assertIsNotEnabled()
            for (label in listOf("happy", "sad")) {
                phone.lens.scene = PictureCamera.showing(label)
                onNodeWithText(label).performClick()
                wait("$label, 20 frames")
            }
            picture("teach")
            onNodeWithText("Learn").performScrollTo().assertIsEnabled().performClick()
            val outcome = hasText("The new head for the face", substring = true) or
                hasText("The old head for the face stays.")
            wait(outcome)
            onNode(outcome).performScrollTo()
            picture("taught")
        }
        val wanda = runBlocking { engine().users.get("Wanda") }
        assertTrue(wanda.generations.size <= 1)
    }

    @Test
    fun `a day is drawn as bars`() {
        started()
        val labels = engine().labels
        val now = System.currentTimeMillis()
        val events = (1..20).filter { it != 7 }.map { hour ->
            val rest = 0.1f + 0.05f * (hour % 8)
            val shares = labels.mapIndexed { at, label ->
                LabelProbability(label, if (at == hour / 3) 1 - rest else rest / (labels.size - 1))
            }
            TimelineEvent(now - hour * 3_600_000L, 60_000, labels[hour / 3], shares, adapted = false)
        }
        runBlocking { engine().timeline("Wanda").record(events) }
        show {
            click("Timeline")
            wait("minutes recorded")
            // The live view may have recorded in this hour before.
            wait(
                hasContentDescription("19 hours", substring = true) or
                    hasContentDescription("20 hours", substring = true),
            )
            wait("19.")
            val colors = colors(picture("timeline"))
            assertTrue(BARS.all { it in colors }, "a bar is missing")
        }
    }

    @Test
    fun `a user is exported, deleted and imported`() {
        started()
        show {
            click("Settings")
            wait("5 pictures, generic head")
            onNodeWithText("Export").assertIsNotEnabled()
            onNodeWithText("Undo the last learning").assertIsNotEnabled()
            onNodeWithText("Passphrase of files").performTextInput("a passphrase")
            click("Export")
            waitUntil(timeoutMillis = 240_000) { File(folder, "files/Wanda.mien").run { exists() && length() > 0 } }
            picture("settings")
            click("Forget the timeline")
            click("Delete")
            waitUntil(timeoutMillis = 240_000) { app.state.value.users.isEmpty() }
            click("Import a user")
            waitUntil(timeoutMillis = 240_000) { app.state.value.users.map { it.name } == listOf("Wanda") }
            click("Import a user")
            wait("Something went wrong")
            picture("failure")
            click("OK")
        }
    }

    @Test
    fun `a benchmark prints latency, drops and memory`() {
        started(enrolled = false)
        show {
            click("Settings")
            click("Benchmark")
            wait("median of 50 frames")
            wait("Live: ")
            wait("MiB of memory")
            picture("benchmark")
            click("Back")
            wait("Import a user")
        }
    }

    @Test
    fun `where the key is lost the user may start over`() {
        val key = { number: Byte -> StoreLocation(File(folder, "locked"), ByteArray(32) { number }) }
        Material.engine(key(1)).close()
        runBlocking { app.start { Material.engine(key(2)) } }
        show {
            click("OK")
            wait("this phone lost its key")
            picture("key-lost")
            click("Start over")
            wait("I agree")
        }
    }

    private companion object {
        const val SURE = 0xFF69F0AE.toInt()
        const val UNSURE = 0xFFFFD740.toInt()
        val BARS = listOf(0xFF999999, 0xFFF0E442, 0xFF0072B2, 0xFFD55E00, 0xFFCC79A7, 0xFF009E73, 0xFFE69F00).map {
            it.toInt()
        }

        @JvmStatic
        @BeforeAll
        fun skia() {
            val missing = runCatching { org.jetbrains.skia.Surface.makeRasterN32Premul(1, 1).close() }.exceptionOrNull()
            assumeTrue(missing == null) { "skipped: Compose does not draw on this computer ($missing)" }
        }
    }
}
