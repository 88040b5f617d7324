package io.mien.sample

import io.mien.EmotionEngine
import io.mien.EmotionLabel
import io.mien.ErrorCode
import io.mien.Identity
import io.mien.LeftOutReason
import io.mien.Material
import io.mien.MienError
import io.mien.PowerBudget
import io.mien.SpeechRefusal
import io.mien.StoreLocation
import io.mien.TrackedFace
import io.mien.sample.models.Advice
import io.mien.sample.models.AppModel
import io.mien.sample.models.BenchmarkModel
import io.mien.sample.models.Consent
import io.mien.sample.models.EnrollmentModel
import io.mien.sample.models.Failure
import io.mien.sample.models.FailureKind
import io.mien.sample.models.LiveModel
import io.mien.sample.models.PictureSize
import io.mien.sample.models.SettingsModel
import io.mien.sample.models.SoundOutput
import io.mien.sample.models.TeachModel
import io.mien.sample.models.TimelineModel
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.milliseconds

/** Tests of the sample's models with the real engine and bundled pictures instead of the camera. */
@Timeout(600)
class ModelsTest {
    @TempDir
    lateinit var folder: File
    private val app = AppModel()
    private val camera by lazy { PictureCamera() }

    @AfterEach
    fun close() {
        camera.close()
        app.close()
    }

    private fun make() = Material.engine(StoreLocation.unencrypted(File(folder, "users")))

    private suspend fun started(): EmotionEngine {
        app.start(::make)
        assertNull(app.state.value.failure)
        return app.state.value.engine!!
    }

    private suspend fun enrollWanda(engine: EmotionEngine): EnrollmentModel =
        EnrollmentModel().also { it.enroll("Wanda", camera.output.frames(), engine) }

    @Test
    fun `consent is asked once`() = runBlocking<Unit> {
        assertNull(app.state.value.consent)
        val engine = started()
        assertEquals(Consent.OPEN, app.state.value.consent)
        app.agree()
        assertEquals(Consent.GIVEN, app.state.value.consent)
        assertEquals(listOf<Byte>(1), engine.setting("consent")!!.toList())
        engine.close()
        started()
        assertEquals(Consent.GIVEN, app.state.value.consent)
    }

    @Test
    fun `a no is kept, and counts until the person says yes`() = runBlocking<Unit> {
        val engine = started()
        app.agree()
        app.decline()
        engine.close()
        val again = started()
        assertEquals(Consent.DECLINED, app.state.value.consent)
        app.reconsider()
        assertEquals(Consent.OPEN, app.state.value.consent)
        again.close()
        started()
        assertEquals(Consent.DECLINED, app.state.value.consent, "the question was left open")
    }

    @Test
    fun `what cannot start is tried again`() = runBlocking<Unit> {
        var attempts = 0
        app.start { if (attempts++ == 0) throw IOException("busy") else make() }
        assertNull(app.state.value.engine)
        assertEquals(Failure(FailureKind.FILE, "busy"), app.state.value.startFailure)
        app.retry()
        assertNull(app.state.value.startFailure)
        assertNotNull(app.state.value.engine)
    }

    @Test
    fun `what goes wrong is shown in words, but for cancelling`() = runBlocking<Unit> {
        val engine = started()
        app.attempt { engine.users.get("Nobody") }
        assertEquals(FailureKind.USER_NOT_FOUND, app.state.value.failure!!.kind)
        assertTrue(app.state.value.failure!!.details.contains("Nobody"))
        app.dismiss()
        assertNull(app.state.value.failure)
        assertThrows(CancellationException::class.java) {
            runBlocking { app.attempt { throw CancellationException() } }
        }
        assertNull(app.state.value.failure)
    }

    @Test
    fun `a lost key is told apart from other failures, and the user may start over`() = runBlocking<Unit> {
        val locked = File(folder, "locked")
        Material.engine(StoreLocation(locked, ByteArray(32) { 1 })).close()
        app.start { Material.engine(StoreLocation(locked, ByteArray(32) { 2 })) }
        assertTrue(app.state.value.isKeyLost)
        assertEquals(FailureKind.WRONG_KEY, app.state.value.startFailure!!.kind)
        assertNull(app.state.value.engine)
        started()
        assertEquals(false, app.state.value.isKeyLost)
    }

    @Test
    fun `a user is guided through enrollment and seen live, and a timeline shows it`() = runBlocking<Unit> {
        val engine = started()
        val enrollment = enrollWanda(engine)
        val enrolled = enrollment.state.value
        assertTrue(enrolled.isDone)
        assertEquals(enrolled.targetFrames, enrolled.count)
        app.reload()
        assertEquals(listOf("Wanda"), app.state.value.users.map { it.name })

        camera.scene = PictureCamera.showing("happy")
        val live = LiveModel()
        val watching = launch { live.watch(camera.output, engine, budgets = flowOf(PowerBudget.BALANCED)) }
        val seen = withTimeout(240_000) {
            live.state.first { state -> state.faces.any { it.unsure.isEmpty() && it.label != null && it.isWanda } }
        }
        assertTrue(seen.statistics!!.processed > 0)
        val correction = live.correct(EmotionLabel.SURPRISE)!!
        assertEquals(listOf("Wanda", EmotionLabel.SURPRISE, null), correction.run { listOf(user, label, refusal) })
        assertEquals(correction, live.state.value.said)
        assertEquals(correction, live.undo())
        assertEquals(null, live.state.value.said)
        // Leaving the view writes the events.
        delay(500)
        watching.cancelAndJoin()
        assertEquals(emptyList<Any>(), live.state.value.faces)

        val timeline = TimelineModel()
        timeline.load("Wanda", Clock.System.now() + 1.milliseconds, engine)
        val day = timeline.state.value
        assertTrue(day.hours.isNotEmpty())
        assertEquals(engine.labels.toSet(), day.hours.last().shares.map { it.first }.toSet())
        assertEquals(1.0, day.shares.sumOf { it.second }, 0.05)
        assertEquals(1.0, day.hours.last().shares.sumOf { it.second }, 0.05)
        assertTrue(day.affect!!.run { valence in -1f..1f && arousal in -1f..1f })
        assertTrue(day.observedMinutes > 0)
    }

    @Test
    fun `an enrollment says what is wrong, and one that is left keeps nothing`() = runBlocking<Unit> {
        val engine = started()
        camera.scene = listOf(Material.picture("pictures/multi_face.jpg"))
        val enrollment = EnrollmentModel()
        val work = launch { enrollment.enroll("Crowd", camera.output.frames(), engine) }
        withTimeout(240_000) { enrollment.state.first { it.advice == Advice.SEVERAL_FACES } }
        work.cancelAndJoin()
        assertEquals(emptyList<Any>(), engine.users.list())
        assertEquals(false, enrollment.state.value.isDone)
    }

    @Test
    fun `a head is taught from recorded clips and taken back`() = runBlocking<Unit> {
        val engine = started()
        enrollWanda(engine)
        val teach = TeachModel.open(engine, "Wanda")
        assertEquals(engine.labels, teach.labels)
        for (label in listOf("sad", "happy", "fear", "happy")) {
            camera.scene = PictureCamera.showing(label)
            camera.output.frames().take(2).toList()
            teach.record(EmotionLabel(label), camera.output.frames())
            assertEquals(TeachModel.CLIP_FRAMES, teach.state.value.frames)
        }
        assertEquals(listOf("sad", "happy", "fear", "happy"), teach.state.value.clips.map { it.label?.name })
        teach.remove(3)
        assertEquals(listOf("sad", "happy", "fear"), teach.state.value.clips.map { it.label?.name })
        app.attempt { TeachModel.open(engine, "Nobody") }
        assertTrue(app.state.value.failure!!.details.contains("Nobody"))
        assertNull(teach.state.value.progress)

        teach.learn()
        assertFalse(teach.state.value.isDue)
        val report = teach.state.value.adapted!!.face
        // Each clip is learned, or it is named with the emotion that it resembles more.
        assertTrue(report.leftOut.all { it.reason is LeftOutReason.LooksLike }, "${report.leftOut}")
        val named = report.clips.map { it.label } + report.leftOut.map { it.label }
        assertEquals(setOf(EmotionLabel.SAD, EmotionLabel.HAPPY, EmotionLabel.FEAR), named.toSet())
        assertEquals(3, named.size)
        assertNull(teach.state.value.progress)
        app.reload()
        val wanda = app.state.value.users.single()
        assertEquals(report.isAccepted, wanda.activeGeneration != null)
        if (report.isAccepted) {
            SettingsModel(engine).rollback("Wanda")
            assertNull(engine.users.get("Wanda").activeGeneration)
        }
        teach.close()
    }

    @Test
    fun `a clip that is left early is kept as far as it went`() = runBlocking<Unit> {
        val engine = started()
        enrollWanda(engine)
        camera.scene = PictureCamera.showing("happy")
        val teach = TeachModel.open(engine, "Wanda")
        val sound = SoundOutput()
        val work = launch { teach.record(EmotionLabel.HAPPY, camera.output.frames(), sound, TeachModel.SPOKEN_FRAMES) }
        withTimeout(240_000) { teach.state.first { it.frames >= 3 } }
        sound.take(ByteBuffer.allocateDirect(3200), Duration.ZERO)
        work.cancelAndJoin()
        val clip = teach.state.value.clips.single()
        assertTrue(clip.label == EmotionLabel.HAPPY && clip.frames in 3 until TeachModel.SPOKEN_FRAMES, "$clip")
        assertEquals(SpeechRefusal.DOUBTFUL, clip.speech!!.refusal, "silence is no speech")
        sound.take(ByteBuffer.allocateDirect(3200), 100.milliseconds)
        teach.close()
    }

    @Test
    fun `what was recorded and is due to be learned survives the process`() = runBlocking<Unit> {
        val engine = started()
        enrollWanda(engine)
        val teach = TeachModel.open(engine, "Wanda")
        for (label in listOf("sad", "happy")) {
            camera.scene = PictureCamera.showing(label)
            camera.output.frames().take(2).toList()
            teach.record(EmotionLabel(label), camera.output.frames(), count = 3)
        }
        val work = launch { teach.learn() }
        // At once: so few clips are learned in a moment.
        teach.state.first { it.isDue }
        work.cancelAndJoin()
        engine.close()

        val again = TeachModel.open(started(), "Wanda")
        assertEquals(listOf("sad", "happy"), again.state.value.clips.map { it.label?.name })
        assertTrue(again.state.value.isDue)
        again.stop()
        assertFalse(again.state.value.isDue)
        assertEquals(emptyList<String>(), app.state.value.engine!!.users.due())
        again.clear()
        assertEquals(emptyList<Any>(), again.state.value.clips)
        again.close()
    }

    @Test
    fun `a user is exported, forgotten and imported`() = runBlocking<Unit> {
        val engine = started()
        enrollWanda(engine)
        val settings = SettingsModel(engine)
        val file = File(folder, "wanda.mien")
        settings.export("Wanda", "a passphrase", file.outputStream())
        settings.forgetTimeline("Wanda")
        settings.delete("Wanda")
        app.reload()
        assertEquals(emptyList<Any>(), app.state.value.users)
        val refused = assertThrows(MienError::class.java) { runBlocking { settings.import(file.inputStream(), "q") } }
        assertEquals(ErrorCode.WRONG_KEY, refused.code)
        assertEquals("Wanda", settings.import(file.inputStream(), "a passphrase"))
        app.attempt { settings.rollback("Wanda") }
        assertNotNull(app.state.value.failure)
    }

    @Test
    fun `a benchmark measures frames, drops and memory`() = runBlocking<Unit> {
        val engine = started()
        val benchmark = BenchmarkModel()
        assertNull(benchmark.state.value.median)
        benchmark.run(camera.output, engine, rounds = 10, lasting = 1500.milliseconds)
        val state = benchmark.state.value
        assertTrue(state.isDone)
        assertEquals(10, state.milliseconds.size)
        assertTrue(state.median!! <= state.worst!!)
        val live = state.live!!
        assertTrue(live.processed > 0, "$live")
        assertEquals(live.submitted, live.run { paced + unchanged + dropped + processed + failed + pending })
        if (File("/proc/self/status").exists()) assertTrue(state.residentMiB!! > 50)
    }

    @Test
    fun `the camera's frames go to all who read, and errors end the one who caused them`() = runBlocking<Unit> {
        val engine = started()
        val reading = async { camera.output.frames().take(3).toList() }
        val others = camera.output.frames().take(3).toList()
        assertEquals(3, reading.await().size)
        assertTrue(others.zipWithNext().all { (a, b) -> a.timestamp < b.timestamp })
        assertEquals(PictureSize(480, 270), camera.output.size.value)
        val live = engine.live()
        live.close()
        val closed = assertThrows(MienError::class.java) { runBlocking { camera.output.feed(live) } }
        assertEquals(ErrorCode.CLOSED, closed.code)
    }

    private val TrackedFace.isWanda get() = (identity as? Identity.User)?.name == "Wanda"
}
