package io.mien.sample

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.mutableStateOf
import androidx.compose.ui.graphics.toAwtImage
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.DesktopComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertCountEquals
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isDialog
import androidx.compose.ui.test.isSelectable
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runDesktopComposeUiTest
import androidx.compose.ui.unit.Density
import androidx.lifecycle.compose.LocalLifecycleOwner
import io.mien.EmotionEngine
import io.mien.LabelProbability
import io.mien.Material
import io.mien.StoreLocation
import io.mien.TimelineEvent
import io.mien.sample.models.AppModel
import io.mien.sample.models.Consent
import io.mien.sample.models.EnrollmentModel
import io.mien.sample.models.Screen
import io.mien.sample.models.Screens
import io.mien.sample.models.SensorState
import io.mien.sample.previews.StillMicrophone
import io.mien.sample.views.Announced
import io.mien.sample.views.HOLD_MS
import io.mien.sample.views.RootView
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import java.awt.image.BufferedImage
import java.io.File
import java.io.IOException
import java.util.Locale
import javax.imageio.ImageIO
import kotlin.time.Clock
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.minutes

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
        screens.close()
        scope.cancel()
        phone.close()
        app.close()
    }

    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private var laters = 0
    private val screens by lazy { Screens(app, scope, phone.output, learnLater = { laters++ }) }
    private val ear = StillMicrophone(SensorState.OFF)
    private val front = Foreground()

    private fun make() = Material.engine(StoreLocation.unencrypted(File(folder, "users")))

    private fun engine(): EmotionEngine = app.state.value.engine!!

    /** An application whose user has agreed and, with [enrolled], is enrolled. */
    private fun started(enrolled: Boolean = true) = runBlocking {
        app.start(::make)
        app.agree()
        if (enrolled) EnrollmentModel().enroll("Wanda", phone.output.frames(), engine())
        app.reload()
    }

    /** Shows the application on a phone of 390 x 780 points; on a [tall] one nothing needs to be scrolled. */
    private fun show(tall: Boolean = false, use: DesktopComposeUiTest.() -> Unit) =
        runDesktopComposeUiTest(780, if (tall) 3200 else 1560) { shown(use) }

    private fun DesktopComposeUiTest.shown(use: DesktopComposeUiTest.() -> Unit) {
        mainClock.autoAdvance = false
        build()
        mainClock.advanceTimeBy(SETTLING_MS)
        use()
    }

    private fun DesktopComposeUiTest.build() = setContent {
        CompositionLocalProvider(LocalDensity provides Density(2f), LocalLifecycleOwner provides front) {
            if (isTurned.value) return@CompositionLocalProvider
            RootView(screens, phone, ear, phone, ::make)
        }
    }

    /** Builds all views anew, as Android does when the phone is turned. */
    private fun DesktopComposeUiTest.turn() {
        isTurned.value = true
        mainClock.advanceTimeBy(SETTLING_MS)
        isTurned.value = false
        mainClock.advanceTimeBy(SETTLING_MS)
    }

    private val isTurned = mutableStateOf(false)

    private fun DesktopComposeUiTest.tab(title: String) = click(hasText(title) and isSelectable())

    /**
     * Draws frames until [what] is shown. The clock is the test's own: with live results the views never rest, which
     * is what the framework would wait for.
     */
    private fun DesktopComposeUiTest.wait(what: SemanticsMatcher) {
        val end = System.nanoTime() + 240_000_000_000
        while (onAllNodes(what).fetchSemanticsNodes().isEmpty()) {
            check(System.nanoTime() < end) { "not shown: ${what.description}" }
            mainClock.advanceTimeByFrame()
            Thread.sleep(2)
        }
    }

    private fun DesktopComposeUiTest.wait(text: String) = wait(hasText(text, substring = true))

    private fun DesktopComposeUiTest.await(isTrue: () -> Boolean) {
        val end = System.nanoTime() + 240_000_000_000
        while (!isTrue()) {
            check(System.nanoTime() < end) { "it does not happen" }
            mainClock.advanceTimeByFrame()
            Thread.sleep(2)
        }
    }

    /** Waits for the node and clicks it. */
    private fun DesktopComposeUiTest.click(what: SemanticsMatcher) {
        wait(what)
        onNode(what).performClick()
        mainClock.advanceTimeBy(SETTLING_MS)
    }

    private fun DesktopComposeUiTest.click(text: String) = click(hasText(text))

    private fun DesktopComposeUiTest.type(field: String, text: String) {
        wait(hasText(field))
        onNodeWithText(field).performTextInput(text)
        mainClock.advanceTimeBy(SETTLING_MS)
    }

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
            assertEquals(SensorState.OFF, phone.state.value)
            click("I agree")
            wait("Teach me")
            assertEquals(SensorState.ON, phone.state.value)
            assertEquals(Consent.GIVEN, app.state.value.consent)
        }
    }

    @Test
    fun `who says no can still look at what is stored, and say yes later`() {
        runBlocking { app.start(::make) }
        show(tall = true) {
            wait("Your face stays on this phone")
            click("No, do not analyze faces")
            wait("Faces are not analyzed")
            picture("declined")
            for (screen in listOf("Enroll", "Teach me")) {
                tab(screen)
                wait("Faces are not analyzed")
            }
            assertEquals(listOf(SensorState.OFF, 0), listOf(phone.state.value, phone.questions))
            tab("Timeline")
            wait("Nobody is enrolled yet.")
            tab("Settings")
            wait("Import a person")
            onAllNodesWithText("Benchmark").assertCountEquals(0)
            tab("Live")
            click("Read the question again")
            wait("I agree")
            click("I agree")
            wait("No clear expression in sight")
            assertEquals(SensorState.ON, phone.state.value)
            tab("Settings")
            click("Withdraw my consent")
            await { app.state.value.consent == Consent.DECLINED }
        }
    }

    @Test
    fun `a live face is boxed, named, and announced when it holds`() {
        started()
        phone.lens.scene = PictureCamera.showing("happy").map(PictureCamera::upright)
        show {
            wait(hasContentDescription("Wanda: ", substring = true))
            wait("analyzed, ")
            wait(hasText("Wanda: ", substring = true) and isPolite)
            val colors = colors(picture("live"))
            assertTrue(colors.any { it == SURE || it == UNSURE }, "there is no box")
        }
    }

    @Test
    fun `flickering answers are not announced, those that hold are`() = runDesktopComposeUiTest(200, 100) {
        mainThread()
        mainClock.autoAdvance = false
        val words = mutableStateOf("sad")
        setContent { Announced(words.value) }
        val say = { text: String, holdMs: Long ->
            words.value = text
            repeat((holdMs / FRAME_MS).toInt()) {
                mainClock.advanceTimeByFrame()
                waitForIdle()
            }
        }
        for (at in 0 until 20) {
            say(if (at % 2 == 0) "happy" else "sad again", HOLD_MS / 4)
            onNode(isPolite).assertTextEquals("sad")
        }
        say("happy", HOLD_MS * 2)
        onNode(isPolite).assertTextEquals("happy")
    }

    @Test
    fun `the camera is on only where it is used, and nothing runs in the background`() {
        started(enrolled = false)
        show {
            wait("analyzed, ")
            for ((screen, state) in listOf(
                "Timeline" to SensorState.OFF,
                "Enroll" to SensorState.ON,
                "Settings" to SensorState.OFF,
                "Live" to SensorState.ON,
            )) {
                tab(screen)
                assertEquals(state, phone.state.value, screen)
            }
            wait("analyzed, ")
            front.show(false)
            await { screens.live.state.value.statistics == null }
            Thread.sleep(500)
            assertEquals(null, screens.live.state.value.statistics, "frames are analyzed in the background")
            front.show(true)
            await { screens.live.state.value.statistics != null }
        }
    }

    @Test
    fun `where the camera is not allowed the user is told so, and may allow it later`() {
        phone.isAllowed = false
        started(enrolled = false)
        show {
            wait("Without the camera no face can be seen.")
            picture("denied")
            phone.asksAgain = false
            click("Allow the camera")
            wait("You can allow it in the settings of this phone")
            picture("not-allowed")
            click("Open settings")
            assertEquals(listOf(2, 1), listOf(phone.questions, phone.settings))
            phone.isAllowed = true
            phone.access.resumed()
            wait("analyzed, ")
        }
    }

    @Test
    fun `a camera that fails is tried again`() {
        phone.isBroken = true
        started(enrolled = false)
        show {
            wait("The camera does not answer.")
            phone.isBroken = false
            click("Try again")
            wait("analyzed, ")
        }
    }

    @Test
    fun `an engine that cannot be created is tried again`() {
        var attempts = 0
        runBlocking { app.start { if (attempts++ == 0) throw IOException("it ends early") else make() } }
        show {
            wait("Mien could not start")
            wait("Details: it ends early")
            picture("start-failed")
            click("Try again")
            wait("I agree")
        }
    }

    @Test
    fun `a user is enrolled by name, also while the phone is turned`() {
        started(enrolled = false)
        show {
            tab("Enroll")
            wait("Name")
            picture("enroll")
            type("Name", "Wanda")
            click("Start")
            wait("of 5 pictures")
            turn()
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
    fun `an enrollment ends when its screen is left`() {
        started(enrolled = false)
        phone.lens.scene = listOf(Material.picture("pictures/multi_face.jpg"))
        show {
            tab("Enroll")
            type("Name", "Crowd")
            click("Start")
            wait("Only one face may be visible.")
            tab("Settings")
            tab("Enroll")
            wait("Name")
            assertEquals(null, screens.enrolling.state.value.enrollment)
        }
    }

    @Test
    fun `a head is taught`() {
        started()
        show(tall = true) {
            tab("Teach me")
            wait("Show an emotion for two seconds")
            onNodeWithText("Learn").assertIsNotEnabled()
            for ((label, word) in listOf("happy" to "Happy", "sad" to "Sad")) {
                phone.lens.scene = PictureCamera.showing(label)
                click(word)
                wait("$word, 20 frames")
            }
            picture("teach")
            click("Learn")
            turn()
            val outcome = hasText("The new head for the face", substring = true) or
                hasText("The old head for the face stays.")
            wait(outcome)
            picture("taught")
            click(hasContentDescription("Remove the clip Sad, 20 frames"))
            wait("Remove this clip?")
            picture("remove")
            click("Cancel")
            assertEquals(2, screens.teaching.state.value.lesson!!.state.value.clips.size)
            click("Remove all clips")
            wait("2 recorded clips of Wanda will be deleted.")
            click(hasText("Remove") and hasAnyAncestor(isDialog()))
            wait("None yet.")
        }
        val wanda = runBlocking { engine().users.get("Wanda") }
        assertTrue(wanda.generations.size <= 1)
    }

    @Test
    fun `a day is drawn as bars`() {
        started()
        val labels = engine().labels
        val now = Clock.System.now()
        val events = (1..20).filter { it != 7 }.map { hour ->
            val rest = 0.1f + 0.05f * (hour % 8)
            val shares = labels.mapIndexed { at, label ->
                LabelProbability(label, if (at == hour / 3) 1 - rest else rest / (labels.size - 1))
            }
            TimelineEvent(now - hour.hours, 1.minutes, labels[hour / 3], shares, isAdapted = false)
        }
        runBlocking { engine().timeline("Wanda").record(events) }
        show {
            tab("Timeline")
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
    fun `a user is exported, deleted after a question, and imported`() {
        started()
        show(tall = true) {
            tab("Settings")
            wait("5 pictures, generic head")
            onNodeWithText("Export").assertIsNotEnabled()
            onNodeWithText("Undo the last learning").assertIsNotEnabled()
            type("Passphrase of files", "a passphrase")
            click("Export")
            await { File(folder, "files/Wanda.mien").run { exists() && length() > 0 } }
            await { !screens.isManaging.value }
            picture("settings")
            turn()
            assertEquals("a passphrase", screens.passphrase.value)
            click("Forget the timeline")
            click("Forget")
            await { !screens.isManaging.value }
            for (question in listOf("Delete", "Delete all people")) {
                click(question)
                wait("This cannot be undone.")
                picture("delete")
                click("Cancel")
                assertEquals(listOf("Wanda"), app.state.value.users.map { it.name })
                click(question)
                click(hasText("Delete") and hasAnyAncestor(isDialog()))
                await { app.state.value.users.isEmpty() && !screens.isManaging.value }
                click("Import a person")
                await { app.state.value.users.map { it.name } == listOf("Wanda") }
                await { !screens.isManaging.value }
            }
            click("Import a person")
            wait("Something went wrong")
            picture("failure")
            click("OK")
        }
    }

    @Test
    fun `a benchmark prints latency, drops and memory, and back leads to the settings`() {
        started(enrolled = false)
        show(tall = true) {
            tab("Settings")
            click("Benchmark")
            wait("median of 50 frames")
            wait("Live: ")
            wait("MiB of memory")
            picture("benchmark")
            click("Back")
            wait("Import a person")
            assertEquals(Screen.LIVE, screens.behind(Screen.SETTINGS))
            assertEquals(Screen.SETTINGS, screens.behind(Screen.BENCHMARK))
            assertEquals(null, screens.behind(Screen.LIVE))
        }
    }

    @Test
    fun `where the key is lost the user may start over`() {
        val key = { number: Byte -> StoreLocation(File(folder, "locked"), ByteArray(32) { number }) }
        Material.engine(key(1)).close()
        runBlocking { app.start { Material.engine(key(2)) } }
        show {
            wait("This phone lost its key")
            picture("key-lost")
            click("Start over")
            wait("I agree")
        }
    }

    private companion object {
        const val SETTLING_MS = 300L
        const val FRAME_MS = 16L
        const val SURE = 0xFF69F0AE.toInt()
        const val UNSURE = 0xFFFFD740.toInt()
        val BARS = listOf(0xFF999999, 0xFFF0E442, 0xFF0072B2, 0xFFD55E00, 0xFFCC79A7, 0xFF009E73, 0xFFE69F00).map {
            it.toInt()
        }

        val isPolite = SemanticsMatcher.expectValue(SemanticsProperties.LiveRegion, LiveRegionMode.Polite)

        @JvmStatic
        @BeforeAll
        fun prepare() {
            assumeDrawing()
            mainThread()
            Locale.setDefault(Locale.US)
        }
    }
}
