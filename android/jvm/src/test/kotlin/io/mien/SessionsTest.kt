package io.mien

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.lang.ref.WeakReference
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.concurrent.thread
import kotlin.system.measureNanoTime
import kotlin.time.Duration
import kotlin.time.Duration.Companion.microseconds
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SessionsTest {
    private val engine = Material.engine()
    private val picture = Material.picture("golden/face.png")
    private val face = Frame.copyOf(PixelFormat.RGB_8, picture.width, picture.height, Material.rgb(picture))
    private val blank = Frame.copyOf(PixelFormat.GRAY_8, 64, 48, ByteArray(64 * 48))

    @AfterAll
    fun close() = engine.close()

    @Test
    fun `a video session follows a face`() {
        engine.video().use { video ->
            val results = (0..8).map { video.processBlocking(face, (it * 100_000L).microseconds) }
            assertEquals((0..8).map { (it * 100).milliseconds }, results.map { it.timestamp })
            val track = results[0].faces.single().track
            assertTrue(results.all { it.faces.single().track == track })
            assertTrue(results[0].ranDetector)
            assertTrue(StreamEvent.Began(track) in results[0].events)
            val events = results.flatMap { it.events }
            assertTrue(events.any { it is StreamEvent.IdentitySettled && it.track == track })
            val last = results.last().faces.single()
            assertEquals(last.label, last.emotion!!.label)
            assertTrue(last.analyzedAt!! <= 800.milliseconds && last.quality!!.eyeDistance > 10)
            val changed = results.flatMap { it.events }.filterIsInstance<StreamEvent.EmotionChanged>().first()
            assertEquals(null to last.label, changed.from to changed.to)
            val event = TimelineEvent.of(last, 1.seconds, 50.milliseconds)!!
            assertEquals(Triple(1.seconds, last.label, false), Triple(event.at, event.label, event.isAdapted))
            assertEquals(last.emotion!!.affect!!, event.affect)
            assertTrue(results[0].faces.single().unsure.contains(Unsure.ShortWindow))
            assertEquals(
                null,
                TimelineEvent.of(TrackedFace(last.track, last.bounds, last.landmarks, last.score), 1.seconds),
            )
        }
    }

    @Test
    fun `a session learns from corrections and takes them back`(@TempDir folder: File) = runBlocking<Unit> {
        val frames = (0..15).map { Material.picture("clip/%04d.jpg".format(it)) }
            .map { Frame.copyOf(PixelFormat.RGB_8, it.width, it.height, Material.rgb(it)) }
        Material.engine(StoreLocation.unencrypted(folder)).use { engine ->
            engine.users.enroll("Wanda").use {
                it.addBlocking(Material.wanda("learn", "sad", "0018"))
                it.finish()
            }
            fun VideoSession.show(range: IntRange) =
                range.map { processBlocking(frames[it], (it * 166_000L).microseconds) }.last().faces.single()
            engine.video().use { video ->
                val first = video.show(0..7)
                val ranked = first.emotion!!.probabilities.sortedByDescending { it.probability }.map { it.label }
                val other = ranked.first { it != first.label }
                val correction = video.correct(first.track, other, first.label)
                assertTrue(correction.isTaken, "the second most probable emotion is believed")
                val said = correction.run { listOf(user, label, contradicted, refusal) }
                assertEquals(listOf("Wanda", other, first.label, null), said)
                assertTrue(correction.frames > 2)
                val corrected = video.show(8..11)
                assertEquals(other to true, corrected.label to corrected.emotion!!.isAdapted)
                val report = engine.users.relearn("Wanda")
                val learned = report.run { listOf(isAccepted, generation, corrections, lossEstimated) }
                assertEquals(listOf(false, null, 1, null), learned)
                assertEquals(Refusal.TOO_FEW_CLIPS to true, report.refusal to report.isPending)
                assertEquals(correction, video.undo())
                assertEquals(CorrectionRefusal.NOTHING_TO_UNDO, video.undo().refusal)
                assertEquals(null, engine.users.undoCorrection("Wanda"))
                val shown = video.show(12..15).label
                assertEquals(null, video.confirm(first.track, shown).contradicted)
                assertEquals(shown, engine.users.undoCorrection("Wanda"))
                assertEquals(CorrectionRefusal.NO_TRACK, video.confirm(99).refusal)
                fails(ErrorCode.INVALID_OPTION) { runBlocking { video.correct(first.track, EmotionLabel("hungry")) } }
            }
            engine.live(LiveOptions { minChange = 0f }).use { live ->
                live.submit(frames[0], Duration.ZERO)
                val track = live.receiveBlocking(60.seconds)!!.faces.single().track
                assertEquals(CorrectionRefusal.IDENTITY_OPEN, live.correct(track, EmotionLabel.SAD).refusal)
                live.close()
                fails(ErrorCode.CLOSED) { runBlocking { live.confirm(track) } }
            }
        }
    }

    @Test
    fun `timestamps must rise`() {
        engine.video().use { video ->
            video.processBlocking(blank, 5.microseconds)
            fails(ErrorCode.TIMESTAMP_ORDER) { video.processBlocking(blank, 5.microseconds) }
            fails(ErrorCode.INVALID_OPTION) { video.processBlocking(blank, (-1).microseconds) }
            video.processBlocking(blank, 6.microseconds)
        }
    }

    @Test
    fun `a live session hands out results as a flow and counts what it drops`() = runBlocking<Unit> {
        val live = engine.live(LiveOptions { targetFps = 15f })
        val collected = async(Dispatchers.Default) { live.results.first { it.faces.isNotEmpty() } }
        assertEquals(Submission.TAKEN, live.submit(face, Duration.ZERO))
        assertEquals(Submission.PACED, live.submit(face, 1.microseconds))
        assertEquals(Submission.UNCHANGED, live.submit(face, 100_000.microseconds))
        assertEquals(1, withTimeout(240_000) { collected.await() }.faces.size)
        live.close()
        val statistics = live.statistics
        val counts = statistics.run { listOf(submitted, paced, unchanged, processed, pending) }
        assertEquals(listOf(3L, 1L, 1L, 1L, 0L), counts)
    }

    @Test
    fun `the flow ends when the session is closed`() = runBlocking<Unit> {
        val live = engine.live()
        val collected = async(Dispatchers.Default) { live.results.toList() }
        live.submit(blank, Duration.ZERO)
        launch {
            while (live.statistics.processed < 1) kotlinx.coroutines.delay(5)
            live.close()
        }
        assertTrue(withTimeout(240_000) { collected.await() }.size <= 1)
        assertEquals(emptyList<StreamResult>(), withTimeout(240_000) { live.results.toList() })
    }

    @Test
    fun `a result can be waited for without coroutines`() {
        engine.live().use { live ->
            assertEquals(null, live.receiveBlocking())
            assertEquals(null, live.receiveBlocking(20.milliseconds))
            live.submit(face, Duration.ZERO)
            assertEquals(1, live.receiveBlocking(60.seconds)!!.faces.size)
        }
    }

    @Test
    fun `newer frames take the place of waiting ones`() {
        engine.live(
            LiveOptions {
                targetFps = 240f
                minChange = 0f
            },
        ).use { live ->
            repeat(30) { live.submit(face, (it * 10_000L).microseconds) }
            while (live.statistics.pending > 0) Thread.sleep(5)
            val statistics = live.statistics
            assertEquals(30, statistics.submitted)
            assertEquals(30, statistics.processed + statistics.dropped)
            assertTrue(statistics.dropped > 0, "$statistics")
        }
    }

    @Test
    fun `a session closes with its scope`() {
        val job = Job()
        val live = engine.live().closeWith(CoroutineScope(job))
        live.submit(blank, Duration.ZERO)
        job.complete()
        fails(ErrorCode.CLOSED) { live.submit(blank, 1_000_000.microseconds) }
        repeat(2) { live.close() }
    }

    @Test
    fun `what is closed is not kept by its scope`() {
        val scope = CoroutineScope(Job())
        val engine = Material.engine().closeWith(scope)
        val things: List<() -> AutoCloseable> = listOf(
            { engine.live().closeWith(scope) },
            { engine.video().closeWith(scope) },
            { engine.users.clips().closeWith(scope) },
            { Material.pack().closeWith(scope) },
        )
        for (make in things) {
            // In a separate stack frame, which keeps no reference.
            val closed = run { (0 until 20).map { WeakReference(make().also { it.close() }) } }
            val until = System.nanoTime() + 60_000_000_000
            while (closed.any { it.get() != null } && System.nanoTime() < until) {
                System.gc()
                Thread.sleep(20)
            }
            assertEquals(0, closed.count { it.get() != null }, "of ${closed.size} closed objects the scope keeps")
        }
        scope.cancel()
        assertTrue(engine.isClosed)
    }

    @Test
    fun `a scope's end closes without waiting for native code`() {
        val many = Material.picture("pictures/multi_face.jpg")
            .run { Frame.copyOf(PixelFormat.RGB_8, width, height, Material.rgb(this)) }
        engine.processBlocking(many)
        val look = measureNanoTime { engine.processBlocking(many) }
        val endings = List(8) {
            val scope = CoroutineScope(Job())
            val own = Material.engine().closeWith(scope)
            val live = own.live(LiveOptions { minChange = 0f }).closeWith(scope)
            val video = own.video().closeWith(scope)
            live.submit(many, Duration.ZERO)
            val busy = thread { runCatching { video.processBlocking(many, Duration.ZERO) } }
            Thread.sleep(look / 8_000_000)
            val ended = measureNanoTime { scope.cancel() }
            assertTrue(own.isClosed)
            fails(ErrorCode.CLOSED) { live.submit(face, 1_000_000.microseconds) }
            fails(ErrorCode.CLOSED) { own.processBlocking(face) }
            busy.join(240_000)
            ended
        }
        val (ending, looking) = endings.min() / 1000 to look / 1000
        println("cost: ending a scope with a busy engine, live and video session takes $ending us; a look $looking us")
        // The fastest, because other processes may delay any of them.
        assertTrue(endings.min() < look / 4, "$endings ns, a look $look ns")
    }

    @Test
    fun `a store is free once an engine is made again after a scope has ended`(@TempDir folder: File) =
        runBlocking<Unit> {
            repeat(5) { round ->
                val scope = CoroutineScope(Job())
                val engine = Material.engine(StoreLocation.unencrypted(folder)).closeWith(scope)
                engine.setSetting("round", byteArrayOf(round.toByte()))
                scope.cancel()
                Material.engine(StoreLocation.unencrypted(folder)).use {
                    assertEquals(round.toByte(), it.setting("round")!![0])
                }
            }
        }

    @Test
    fun `closing the engine ends its live sessions at once`() = runBlocking<Unit> {
        val engine = Material.engine()
        val live = engine.live()
        val collected = async(Dispatchers.Default) { live.results.toList() }
        val waited =
            async(Dispatchers.Default) { runCatching { engine.live().receiveBlocking(600.seconds) }.exceptionOrNull() }
        Thread.sleep(200)
        val closed = measureNanoTime { engine.close() }
        assertEquals(emptyList<StreamResult>(), withTimeout(30_000) { collected.await() })
        assertEquals(ErrorCode.CLOSED, withTimeout(30_000) { waited.await() }.errorCode)
        println("cost: closing an engine with two live sessions takes ${closed / 1000} us")
        fails(ErrorCode.CLOSED) { live.submit(face, 1.microseconds) }
        fails(ErrorCode.CLOSED) { live.receiveBlocking(60.seconds) }
        fails(ErrorCode.CLOSED) { engine.live() }
        assertEquals(0L, live.statistics.submitted)
        live.close()
    }

    @Test
    fun `eight threads look at once and see the same`() {
        val expected = engine.processBlocking(face)
        val seen = ConcurrentLinkedQueue<FrameResult>()
        (0 until 8).map { thread { repeat(5) { seen.add(engine.processBlocking(face)) } } }.forEach { it.join() }
        assertEquals(40, seen.size)
        assertTrue(seen.all { it == expected })
    }

    @Test
    fun `closing in the middle of eight threads gives Closed and nothing worse`() {
        val engine = Material.engine()
        val video = engine.video()
        val live = engine.live()
        val failures = ConcurrentLinkedQueue<Throwable>()
        val threads = (0 until 8).map { index ->
            thread {
                try {
                    for (step in 0 until 10_000) when (index % 4) {
                        0 -> engine.processBlocking(face)
                        1 -> video.processBlocking(blank, System.nanoTime().microseconds)
                        2 -> live.submit(face, System.nanoTime().microseconds)
                        else -> live.receiveBlocking(1.milliseconds)
                    }
                } catch (error: Throwable) {
                    // The expected end; and two threads share a session.
                    val expected = setOf(ErrorCode.CLOSED, ErrorCode.TIMESTAMP_ORDER)
                    if (error.errorCode !in expected) failures.add(error)
                }
            }
        }
        Thread.sleep(300)
        live.close()
        video.close()
        engine.close()
        threads.forEach { it.join(240_000) }
        assertTrue(threads.none { it.isAlive })
        assertEquals(emptyList<Throwable>(), failures.toList())
    }
}
