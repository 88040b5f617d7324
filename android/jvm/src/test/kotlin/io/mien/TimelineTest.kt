package io.mien

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

class TimelineTest {
    @TempDir
    lateinit var folder: File
    private lateinit var engine: EmotionEngine
    private lateinit var timeline: Timeline
    private val day = 86_400_000L

    @BeforeEach
    fun enroll() = runBlocking {
        engine = Material.engine(StoreLocation.unencrypted(folder))
        engine.users.enroll("Anna").use {
            it.addBlocking(Material.wanda("learn", "sad", "0018"))
            it.finish()
        }
        timeline = engine.timeline("Anna")
    }

    @AfterEach
    fun close() = engine.close()

    private fun event(atMs: Long, label: String, durationMs: Int = 100): TimelineEvent {
        val probabilities = listOf(LabelProbability("happy", 0.6f), LabelProbability("sad", 0.4f))
        return TimelineEvent(atMs, durationMs, label, probabilities, false)
    }

    @Test
    fun `events are recorded once and read back`() = runBlocking<Unit> {
        val events = listOf(event(day, "happy"), event(day + 500, "sad"))
        assertEquals(Recorded(2, 0), timeline.record(events, day))
        assertEquals(Recorded(0, 2), timeline.record(events, day))
        val read = timeline.events(0, 2 * day, 10)
        val bare = { some: List<TimelineEvent> -> some.map { listOf(it.atMs, it.durationMs, it.label, it.adapted) } }
        assertEquals(bare(events), bare(read))
        assertEquals(0.6f, read[0].probabilities[0].probability, 1 / 255f)
        assertEquals(1, timeline.events(day + 1, 2 * day, 10).size)
        assertEquals(1, timeline.events(0, 2 * day, 1).size)
    }

    @Test
    fun `buckets tally what was recorded`() = runBlocking<Unit> {
        timeline.record(listOf(event(day, "happy"), event(day + 500, "sad"), event(day + 60_000, "sad")), day)
        val minutes = timeline.buckets(0, 2 * day, BucketWidth.MINUTE)
        assertEquals(listOf(2L, 1L), minutes.map { it.tally.events })
        assertEquals(Triple(day, 60_000L, 200L), minutes[0].run { Triple(startMs, lengthMs, tally.observedMs) })
        assertEquals(listOf("happy" to 1L, "sad" to 1L), minutes[0].tally.classes.map { it.label to it.events })
        for ((width, count) in listOf(BucketWidth.SECOND to 2, BucketWidth.HOUR to 1, BucketWidth.DAY to 1)) {
            assertEquals(count, timeline.buckets(0, 2 * day, width).size, "$width")
        }
        val total = timeline.total(0, 2 * day, BucketWidth.DAY)
        assertEquals(3, total.events)
        assertEquals(0.6f * 0.81f - 0.4f * 0.63f, total.affect!!.valence, 0.01f)
        assertEquals(0.6f * 0.51f - 0.4f * 0.27f, event(day, "sad").affect!!.arousal, 1e-5f)
        assertEquals(0.4, timeline.total(0, 2 * day, BucketWidth.DAY).classes[1].share, 0.01)
    }

    @Test
    fun `timelines are written as tables and objects`() = runBlocking<Unit> {
        timeline.record(listOf(event(day, "happy")), day)
        val header = timeline.exportEvents(0, 2 * day, ExportFormat.CSV).lines()[0]
        assertEquals("at_ms,duration_ms,label,adapted,p_happy,p_sad,valence,arousal", header)
        assertTrue(timeline.exportEvents(0, 2 * day, ExportFormat.JSON).startsWith("{\"clock\":\"wall\""))
        assertEquals(2, timeline.exportBuckets(0, 2 * day, BucketWidth.DAY, ExportFormat.CSV).trim().lines().size)
        assertTrue(timeline.exportBuckets(0, 2 * day, BucketWidth.DAY, ExportFormat.JSON).contains("\"buckets\""))
    }

    @Test
    fun `a medium has a timeline of its own`() = runBlocking<Unit> {
        val film = engine.timeline("Anna", Clock.Media("film"))
        fails<MienException.InvalidOption> { film.events(0, 10, 1) }
        film.record(listOf(event(5, "sad")), day)
        val summaries = timeline.summaries()
        assertEquals(listOf(Clock.Wall to 0L, Clock.Media("film") to 1L), summaries.map { it.clock to it.events })
        assertEquals(Triple(5L, 5L, 0L), summaries[1].run { Triple(firstMs, lastMs, eventsKeptFromMs) })
        assertEquals(null, summaries[0].firstMs)
    }

    @Test
    fun `what is forgotten is gone`() = runBlocking<Unit> {
        timeline.record(listOf(event(day, "happy"), event(day + 1000, "sad")), day)
        assertEquals(1, timeline.forget(0, day + 1))
        assertEquals(listOf(day + 1000), timeline.events(0, 2 * day, 9).map { it.atMs })
        engine.pruneTimelines(400 * day)
        assertEquals(1, timeline.events(0, 2 * day, 9).size, "one step of the clock is not believed")
        for (past in 14 downTo 0) engine.pruneTimelines((400 - past) * day)
        assertEquals(0, timeline.events(0, 2 * day, 9).size)
        val error = fails<MienException.TimestampOrder> { timeline.record(listOf(event(day, "happy")), 400 * day) }
        assertTrue(error.message!!.isNotEmpty())
    }

    @Test
    fun `options of timelines are kept and checked`() = runBlocking<Unit> {
        assertEquals(TimelineOptions(), timeline.options())
        val options = TimelineOptions {
            offsetMinutes = 60
            retention = Retention {
                events = 7
                days = 4000
            }
        }
        timeline.setOptions(options)
        assertEquals(options, timeline.options())
        fails<MienException.InvalidOption> { timeline.setOptions(TimelineOptions { offsetMinutes = 2000 }) }
        fails<MienException.InvalidOption> {
            timeline.setOptions(
                TimelineOptions {
                    offsetMinutes = 0
                    retention = Retention { events = -1 }
                },
            )
        }
        fails<MienException.InvalidOption> {
            timeline.setOptions(
                TimelineOptions {
                    offsetMinutes = 0
                    retention = Retention {
                        events = 10
                        minutes = 5
                    }
                },
            )
        }
    }

    @Test
    fun `events and times out of range and unknown users are refused`() = runBlocking<Unit> {
        val wrong = listOf(
            event(-1, "happy"),
            event(1, "fear"),
            event(1, "happy", durationMs = -1),
            event(1, "happy", durationMs = 4_000_000),
            TimelineEvent(1, 0, "happy", emptyList(), false),
        )
        for (event in wrong) fails<MienException.InvalidOption> { timeline.record(listOf(event), day) }
        fails<MienException.InvalidOption> { timeline.events(-1, 5, 1) }
        fails<MienException.InvalidOption> { timeline.record(emptyList(), -1) }
        fails<MienException.UserNotFound> { engine.timeline("Otto").events(0, 1, 1) }
        assertEquals(0, timeline.events(0, Long.MAX_VALUE, 10).size)
    }
}
