package io.mien

import io.mien.internal.ResultReader
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.concurrent.thread
import kotlin.system.measureNanoTime
import kotlin.time.Duration
import kotlin.time.Duration.Companion.microseconds
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** How live sessions hand out their results and how long calls wait; `LiveResultTests.swift` says the same of Swift. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LiveResultsTest {
    private val engine = Material.engine()
    private val picture = Material.picture("golden/face.png")
    private val face = Frame.copyOf(PixelFormat.RGB_8, picture.width, picture.height, Material.rgb(picture))
    private val blank = Frame.copyOf(PixelFormat.GRAY_8, 64, 48, ByteArray(64 * 48))
    private val many = Material.picture("pictures/multi_face.jpg")
        .run { Frame.copyOf(PixelFormat.RGB_8, width, height, Material.rgb(this)) }

    @AfterAll
    fun close() = engine.close()

    /** Returns how often each thread of this process with such a name went to sleep so far. */
    private fun sleeps(vararg names: String): Map<String, Long> =
        File("/proc/self/task").listFiles()!!.mapNotNull { task ->
            val status = runCatching { File(task, "status").readLines() }.getOrDefault(emptyList())
            fun value(key: String) = status.firstOrNull { it.startsWith("$key:") }?.substringAfter(':')?.trim()
            val count = value("voluntary_ctxt_switches")?.toLong()
            if (count != null && names.any { value("Name")!!.startsWith(it) }) task.name to count else null
        }.toMap()

    private fun since(before: Map<String, Long>, vararg names: String): Long =
        sleeps(*names).entries.sumOf { (thread, count) -> count - (before[thread] ?: 0) }

    @Test
    fun `idle sessions whose results are awaited wake no thread`() = runBlocking<Unit> {
        assumeTrue(File("/proc/self/task").exists())
        val sessions = List(4) { engine.live() }
        val readers = sessions.map { launch(Dispatchers.IO) { it.results.collect {} } }
        delay(500)
        val own = sleeps("mien-live", "mien-results")
        val all = sleeps("mien-", "DefaultDispatch")
        Thread.sleep(IDLE_MS)
        val ofAll = since(all, "mien-", "DefaultDispatch")
        assertTrue(own.size >= 5, "$own")
        assertEquals(0, since(own, "mien-live", "mien-results"))
        println("cost: four idle live sessions with readers: $ofAll wakeups in ${IDLE_MS / 1000} s")
        // Idle threads of the dispatcher end by themselves after a while.
        assertTrue(ofAll < 12, "$ofAll")
        sessions.forEach { it.close() }
        withTimeout(60_000) { readers.forEach { it.join() } }
    }

    @Test
    fun `results come on the collector's own thread`() = runBlocking<Unit> {
        val here = Thread.currentThread()
        engine.live().use { live ->
            live.submit(face, Duration.ZERO)
            live.results.first {
                assertEquals(here, Thread.currentThread())
                true
            }
        }
    }

    @Test
    fun `closing ends the results at once and drops what was not read`() = runBlocking<Unit> {
        for (closesEngine in listOf(false, true)) {
            val own = if (closesEngine) Material.engine() else engine
            val live = own.live(LiveOptions { minChange = 0f })
            val readers = List(2) { async(Dispatchers.Default) { live.results.toList() } }
            delay(100)
            val ended = measureNanoTime {
                if (closesEngine) own.close() else live.close()
                withTimeout(60_000) { readers.forEach { assertEquals(emptyList<StreamResult>(), it.await()) } }
            }
            println(
                "cost: closing ${if (closesEngine) "an engine" else "a session"} wakes readers in ${ended / 1000} us",
            )
            val unread = if (closesEngine) Material.engine() else engine
            val other = unread.live(LiveOptions { minChange = 0f })
            other.submit(face, Duration.ZERO)
            while (other.statistics.processed < 1) delay(2)
            if (closesEngine) unread.close() else other.close()
            assertEquals(null, withTimeout(60_000) { other.receive() })
            fails(ErrorCode.CLOSED) { other.receiveBlocking(60.seconds) }
            assertEquals(emptyList<StreamResult>(), other.results.toList())
            live.close()
            other.close()
        }
    }

    @Test
    fun `a cancelled collector takes no result with it`() = runBlocking<Unit> {
        engine.live(LiveOptions { minChange = 0f }).use { live ->
            val reader = launch(Dispatchers.Default) { live.results.collect {} }
            delay(100)
            withTimeout(10_000) { reader.cancelAndJoin() }
            live.submit(face, 7.microseconds)
            assertEquals(7.microseconds, withTimeout(60_000) { live.results.first() }.timestamp)
            live.submit(face, 1.seconds)
            assertEquals(1.seconds, withTimeout(60_000) { live.receive()!! }.timestamp)
        }
    }

    @Test
    fun `every result reaches one of several collectors, the last ones after finish`() = runBlocking<Unit> {
        val live = engine.live(
            LiveOptions {
                targetFps = 240f
                minChange = 0f
            },
        )
        val readers = List(3) { async(Dispatchers.Default) { live.results.toList().map { it.timestamp } } }
        for (index in 1..20) {
            live.submit(blank, (index * 10_000L).microseconds)
            while (live.statistics.pending > 0) delay(1)
        }
        live.finish()
        fails(ErrorCode.CLOSED) { live.submit(blank, 1_000_000.microseconds) }
        val seen = withTimeout(60_000) { readers.flatMap { it.await() } }
        live.close()
        assertEquals((1..20).map { (it * 10).milliseconds }, seen.sorted())
    }

    @Test
    fun `a frame that failed is a result with an error`() {
        val message = "a network failed".toByteArray()
        val bytes = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN)
        bytes.putShort(6).putShort(2).putInt(8 + 8 + 4 + 4 + 1 + 4 + 4 + 1 + 1 + 4 + 4 + message.size + 1)
        bytes.putLong(9).putInt(640).putInt(480).put(0).putInt(0).putInt(0).put(0)
        bytes.put(1).putInt(14).putInt(message.size).put(message).put(0)
        val result = ResultReader().also { it.begin(bytes) }.stream()
        val error = result.error!!
        assertTrue(error.errorCode == ErrorCode.INTERNAL && error.message == "a network failed", "$error")
        assertEquals(StreamResult(9.microseconds, 640, 480, emptyList(), emptyList(), false, null, error), result)
    }

    @Test
    fun `a result has the size of the upright frame`() = runBlocking<Unit> {
        val turned = Frame.copyOf(PixelFormat.GRAY_8, 64, 48, ByteArray(64 * 48)).also { it.rotationDegrees = 90 }
        for ((frame, size) in listOf(blank to (64 to 48), turned to (48 to 64))) {
            engine.video().use { video ->
                assertEquals(size, video.process(frame, Duration.ZERO).run { width to height })
            }
            engine.live().use { live ->
                live.submit(frame, Duration.ZERO)
                assertEquals(size to null, live.receive()!!.run { (width to height) to error })
            }
            assertEquals(size, engine.process(frame).run { width to height })
        }
    }

    @Test
    fun `the pace changes while a session runs`() {
        engine.live(
            LiveOptions {
                targetFps = 0.1f
                minChange = 0f
            },
        ).use { live ->
            assertEquals(
                LivePace {
                    targetFps = 0.1f
                    minChange = 0f
                    power = PowerBudget.FULL
                },
                live.pace,
            )
            fun taken(fromUs: Long) =
                (0 until 30).count { live.submit(blank, (fromUs + it * 33_333L).microseconds) == Submission.TAKEN }
            assertEquals(1, taken(0))
            live.setPace(live.pace.copy { targetFps = 30f })
            assertTrue(taken(1_000_000) in 28..30)
            live.setPace(live.pace.copy { power = PowerBudget.SAVER })
            assertTrue(taken(2_000_000) in 4..6)
            fails(ErrorCode.INVALID_OPTION) { live.setPace(LivePace { targetFps = 0f }) }
            assertEquals(
                LivePace {
                    targetFps = 30f
                    minChange = 0f
                    power = PowerBudget.SAVER
                },
                live.pace,
            )
        }
        assertEquals(LivePace(), engine.live().use { it.pace })
    }

    @Test
    fun `a suspended call leaves the caller's thread`() = runBlocking<Unit> {
        val look = measureNanoTime { engine.processBlocking(many) }
        var longest = 0L
        val ticking = launch {
            var last = System.nanoTime()
            while (true) {
                delay(1)
                longest = maxOf(longest, System.nanoTime() - last)
                last = System.nanoTime()
            }
        }
        delay(20)
        longest = 0
        repeat(5) { engine.process(many) }
        val waited = longest
        ticking.cancel()
        println(
            "cost: the thread of a suspended look waited ${waited / 1000} us at most; a look takes ${look / 1000} us",
        )
        assertTrue(waited < look, "$waited ns, a look $look ns")
    }

    @Test
    fun `questions of an enrollment do not wait for a frame`(@TempDir folder: File) = runBlocking<Unit> {
        val own = Material.engine(StoreLocation.unencrypted(folder))
        own.users.enroll("Anna").use { enrollment ->
            val look = measureNanoTime { enrollment.addBlocking(many) }
            val waits = List(8) {
                val adding = thread { enrollment.addBlocking(many) }
                Thread.sleep(look / 4_000_000)
                val asked = measureNanoTime {
                    assertEquals(0 to false, enrollment.count to enrollment.isComplete)
                    assertEquals(emptyList<List<Int>>() to false, enrollment.people() to enrollment.isMixture)
                }
                adding.join()
                asked
            }
            println("cost: four questions of an enrollment take ${waits.min() / 1000} us beside a frame")
            assertTrue(waits.min() < look / 4, "$waits, a look $look ns")
        }
        own.close()
        own.awaitClosed()
    }

    @Test
    fun `what was recorded goes with the engine`(@TempDir folder: File) = runBlocking<Unit> {
        val own = Material.engine(StoreLocation.unencrypted(folder))
        val clips = own.users.clips()
        val enrollment = own.users.enroll("Anna")
        clips.begin(EmotionLabel.HAPPY)
        clips.add(Material.bytes("pictures/obama.jpg"))
        clips.end()
        enrollment.add(Material.bytes("pictures/obama.jpg"))
        assertEquals(1 to 1, clips.list().size to enrollment.count)
        own.close()
        assertTrue(own.isClosed)
        assertEquals(0 to 0, clips.list().size to enrollment.count)
        fails(ErrorCode.CLOSED) { runBlocking { enrollment.finish() } }
        fails(ErrorCode.CLOSED) { clips.begin(EmotionLabel.SAD) }
        withTimeout(60_000) { own.awaitClosed() }
        Material.engine(StoreLocation.unencrypted(folder)).close()
        clips.close()
        enrollment.close()
    }

    @Test
    fun `progress comes conflated on the caller's thread and its exception ends the work`(@TempDir folder: File) =
        runBlocking<Unit> {
            val here = Thread.currentThread()
            Material.engine(StoreLocation.unencrypted(folder)).use { own ->
                own.users.enroll("Wanda").use {
                    it.add(Material.wanda("learn", "sad", "0018"))
                    it.finish()
                }
                val clips = own.users.clips()
                for (label in listOf("happy", "sad")) repeat(2) { take ->
                    clips.begin(EmotionLabel(label))
                    clips.add(
                        Material.wanda(
                            "learn",
                            label,
                            if (label ==
                                "sad"
                            ) "0018" else listOf("0300", "0332")[take],
                        ),
                    )
                    clips.end()
                }
                val options = AdaptOptions {
                    fit = FitOptions.of(HeadKind.LOGISTIC).copy { epochs = 200 }
                    folds = 2
                    isGated = false
                }
                val told = mutableListOf<AdaptProgress>()
                own.users.adapt("Wanda", clips, options) {
                    assertEquals(here, Thread.currentThread())
                    told += it
                    Thread.sleep(20)
                }
                assertTrue(told.size in 1..199, "${told.size} of more than 200")
                assertEquals(told.last().run { epochs to epochs }, told.last().run { epoch to epochs })
                val begun = CompletableDeferred<Unit>()
                val failed = runCatching {
                    coroutineScope {
                        own.users.adapt("Wanda", clips, options) {
                            begun.complete(Unit)
                            throw IllegalStateException("the screen is gone")
                        }
                    }
                }
                assertTrue(begun.isCompleted)
                assertEquals("the screen is gone", (failed.exceptionOrNull() as IllegalStateException).message)
                clips.close()
            }
        }

    private companion object {
        const val IDLE_MS = 4000L
    }
}
