package io.mien.sample

import io.mien.EmotionEngine
import io.mien.LeftOutReason
import io.mien.Material
import io.mien.MienException
import io.mien.SpeechRefusal
import io.mien.StoreLocation
import io.mien.sample.models.AppModel
import io.mien.sample.models.BenchmarkModel
import io.mien.sample.models.EnrollmentModel
import io.mien.sample.models.LiveModel
import io.mien.sample.models.PictureSize
import io.mien.sample.models.SettingsModel
import io.mien.sample.models.SoundOutput
import io.mien.sample.models.TeachModel
import io.mien.sample.models.TimelineModel
import io.mien.sample.models.caption
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
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
import java.nio.ByteBuffer

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
        assertNull(app.state.value.consented)
        val engine = started()
        assertEquals(false, app.state.value.consented)
        app.agree()
        assertEquals(true, app.state.value.consented)
        assertEquals(listOf<Byte>(1), engine.setting("consent")!!.toList())
        engine.close()
        started()
        assertEquals(true, app.state.value.consented)
    }

    @Test
    fun `what goes wrong is shown in words, but for cancelling`() = runBlocking<Unit> {
        val engine = started()
        app.attempt { engine.users.get("Nobody") }
        assertTrue(app.state.value.failure!!.contains("Nobody"))
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
        assertNotNull(app.state.value.failure)
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
        val watching = launch { live.watch(camera.output, engine) }
        val seen = withTimeout(240_000) {
            live.state.first { state -> state.faces.any { it.unsure.isEmpty() && it.caption.startsWith("Wanda, ") } }
        }
        assertTrue(seen.statistics!!.processed > 0)
        val correction = live.correct("surprise")!!
        assertEquals(listOf("Wanda", "surprise", null), correction.run { listOf(user, label, refusal) })
        val noted = if (correction.taken) "Learned: surprise" else "Noted: surprise. It counts when you say so again."
        assertEquals(noted, live.state.value.said!!.caption)
        assertEquals(correction, live.undo())
        assertEquals(null, live.state.value.said)
        // Leaving the view writes the events.
        delay(500)
        watching.cancelAndJoin()
        assertEquals(emptyList<Any>(), live.state.value.faces)

        val timeline = TimelineModel()
        timeline.load("Wanda", System.currentTimeMillis() + 1, engine)
        val day = timeline.state.value
        assertTrue(day.hours.isNotEmpty())
        assertEquals(engine.labels.toSet(), day.hours.last().shares.map { it.first }.toSet())
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
        withTimeout(240_000) { enrollment.state.first { it.hint == "Only one face may be visible." } }
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
            teach.record(label, camera.output.frames())
            assertEquals(TeachModel.CLIP_FRAMES, teach.state.value.frames)
        }
        assertEquals(listOf("sad", "happy", "fear", "happy"), teach.state.value.clips.map { it.label })
        teach.remove(3)
        assertEquals(listOf("sad", "happy", "fear"), teach.state.value.clips.map { it.label })
        app.attempt { TeachModel.open(engine, "Nobody") }
        assertTrue(app.state.value.failure!!.contains("Nobody"))
        assertNull(teach.state.value.progress)

        teach.learn()
        assertFalse(teach.state.value.isDue)
        val report = teach.state.value.adapted!!.face
        // Each clip is learned, or it is named with the emotion that it resembles more.
        assertTrue(report.leftOut.all { it.reason is LeftOutReason.LooksLike }, "${report.leftOut}")
        val named = report.clips.map { it.label } + report.leftOut.map { it.label }
        assertEquals(setOf("sad", "happy", "fear"), named.toSet())
        assertEquals(3, named.size)
        assertNull(teach.state.value.progress)
        app.reload()
        val wanda = app.state.value.users.single()
        assertEquals(report.accepted, wanda.activeGeneration != null)
        if (report.accepted) {
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
        val work = launch { teach.record("happy", camera.output.frames(), sound, TeachModel.SPOKEN_FRAMES) }
        withTimeout(240_000) { teach.state.first { it.frames >= 3 } }
        sound.take(ByteBuffer.allocateDirect(3200), 0)
        work.cancelAndJoin()
        val clip = teach.state.value.clips.single()
        assertTrue(clip.label == "happy" && clip.frames in 3 until TeachModel.SPOKEN_FRAMES, "$clip")
        assertEquals(SpeechRefusal.DOUBTFUL, clip.speech!!.refusal, "silence is no speech")
        sound.take(ByteBuffer.allocateDirect(3200), 100_000)
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
            teach.record(label, camera.output.frames(), count = 3)
        }
        val work = launch { teach.learn() }
        teach.state.first { it.isDue && (it.progress ?: 0f) > 0f }
        work.cancelAndJoin()
        engine.close()

        val again = TeachModel.open(started(), "Wanda")
        assertEquals(listOf("sad", "happy"), again.state.value.clips.map { it.label })
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
        assertThrows(MienException.WrongKey::class.java) { runBlocking { settings.import(file.inputStream(), "q") } }
        assertEquals("Wanda", settings.import(file.inputStream(), "a passphrase"))
        app.attempt { settings.rollback("Wanda") }
        assertNotNull(app.state.value.failure)
    }

    @Test
    fun `a benchmark measures frames, drops and memory`() = runBlocking<Unit> {
        val engine = started()
        val benchmark = BenchmarkModel()
        assertNull(benchmark.state.value.median)
        benchmark.run(camera.output, engine, rounds = 10, liveMs = 1500)
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
        assertTrue(others.zipWithNext().all { (a, b) -> a.timestampUs < b.timestampUs })
        assertEquals(PictureSize(480, 270), camera.output.size.value)
        val live = engine.live()
        live.close()
        assertThrows(MienException.Closed::class.java) { runBlocking { camera.output.feed(live) } }
    }
}
