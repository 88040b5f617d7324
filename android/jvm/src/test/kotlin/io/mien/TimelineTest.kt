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
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant

class TimelineTest {
    @TempDir
    lateinit var folder: File
    private lateinit var engine: EmotionEngine
    private lateinit var timeline: EmotionTimeline<Instant>
    private val start = Instant.fromEpochMilliseconds(0)
    private val day = start + 1.days
    private val next = start + 2.days

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

    private fun <Time : Any> event(
        at: Time,
        label: EmotionLabel,
        duration: Duration = 100.milliseconds,
    ): TimelineEvent<Time> {
        val probabilities = listOf(LabelProbability(EmotionLabel.HAPPY, 0.6f), LabelProbability(EmotionLabel.SAD, 0.4f))
        return TimelineEvent(at, duration, label, probabilities, false)
    }

    @Test
    fun `events are recorded once and read back`() = runBlocking<Unit> {
        val events = listOf(event(day, EmotionLabel.HAPPY), event(day + 500.milliseconds, EmotionLabel.SAD))
        assertEquals(Recorded(2, 0), timeline.record(events, day))
        assertEquals(Recorded(0, 2), timeline.record(events, day))
        val read = timeline.events(start, next, 10)
        val bare = { some: List<TimelineEvent<Instant>> ->
            some.map { listOf(it.at, it.duration, it.label, it.isAdapted) }
        }
        assertEquals(bare(events), bare(read))
        assertEquals(0.6f, read[0].probabilities[0].probability, 1 / 255f)
        assertEquals(1, timeline.events(day + 1.milliseconds, next, 10).size)
        assertEquals(1, timeline.events(start, next, 1).size)
    }

    @Test
    fun `buckets tally what was recorded`() = runBlocking<Unit> {
        timeline.record(
            listOf(
                event(day, EmotionLabel.HAPPY),
                event(day + 500.milliseconds, EmotionLabel.SAD),
                event(day + 1.minutes, EmotionLabel.SAD),
            ),
            day,
        )
        val minutes = timeline.buckets(start, next, BucketWidth.MINUTE)
        assertEquals(listOf(2L, 1L), minutes.map { it.tally.events })
        assertEquals(Triple(day, 1.minutes, 200.milliseconds), minutes[0].run { Triple(start, length, tally.observed) })
        assertEquals(
            listOf(EmotionLabel.HAPPY to 1L, EmotionLabel.SAD to 1L),
            minutes[0].tally.classes.map {
                it.label to
                    it.events
            },
        )
        for ((width, count) in listOf(BucketWidth.SECOND to 2, BucketWidth.HOUR to 1, BucketWidth.DAY to 1)) {
            assertEquals(count, timeline.buckets(start, next, width).size, "$width")
        }
        val total = timeline.total(start, next, BucketWidth.DAY)
        assertEquals(3, total.events)
        assertEquals(0.6f * 0.81f - 0.4f * 0.63f, total.affect!!.valence, 0.01f)
        assertEquals(0.6f * 0.51f - 0.4f * 0.27f, event(day, EmotionLabel.SAD).affect!!.arousal, 1e-5f)
        assertEquals(0.4, timeline.total(start, next, BucketWidth.DAY).classes[1].share, 0.01)
    }

    @Test
    fun `timelines are written as tables and objects`() = runBlocking<Unit> {
        timeline.record(listOf(event(day, EmotionLabel.HAPPY)), day)
        val header = timeline.exportEvents(start, next, ExportFormat.CSV).lines()[0]
        assertEquals("at_ms,duration_ms,label,adapted,p_happy,p_sad,valence,arousal", header)
        assertTrue(timeline.exportEvents(start, next, ExportFormat.JSON).startsWith("{\"clock\":\"wall\""))
        assertEquals(2, timeline.exportBuckets(start, next, BucketWidth.DAY, ExportFormat.CSV).trim().lines().size)
        assertTrue(timeline.exportBuckets(start, next, BucketWidth.DAY, ExportFormat.JSON).contains("\"buckets\""))
    }

    @Test
    fun `a medium has a timeline of its own`() = runBlocking<Unit> {
        val film = engine.timeline("Anna", "film")
        val tenth = 10.milliseconds
        fails(ErrorCode.INVALID_OPTION) { film.events(Duration.ZERO, tenth, 1) }
        film.record(listOf(event(5.milliseconds, EmotionLabel.SAD)), day)
        assertEquals(listOf(5.milliseconds), film.events(Duration.ZERO, tenth).map { it.at })
        assertEquals(1, film.buckets(Duration.ZERO, tenth).size)
        val timelines = engine.users.timelines("Anna")
        val summary = TimelineSummary("film", timelines.media[0].labels, 1, 5.milliseconds, 5.milliseconds)
        assertEquals(listOf(summary), timelines.media)
        assertEquals(null, timelines.wall!!.first)
        timeline.record(listOf(event(day, EmotionLabel.HAPPY)), day)
        val after = engine.users.timelines("Anna")
        assertEquals(day, after.wall!!.first)
        assertEquals(timelines.media, after.media)
        assertEquals(after.hashCode(), engine.users.timelines("Anna").hashCode())
        assertEquals(after, engine.users.timelines("Anna"))
        assertTrue(after != timelines && "film" in after.toString())
    }

    @Test
    fun `what is forgotten is gone`() = runBlocking<Unit> {
        timeline.record(listOf(event(day, EmotionLabel.HAPPY), event(day + 1.seconds, EmotionLabel.SAD)), day)
        assertEquals(1, timeline.forget(start, day + 1.milliseconds))
        assertEquals(listOf(day + 1.seconds), timeline.events(start, next, 9).map { it.at })
        engine.pruneTimelines(start + 400.days)
        assertEquals(1, timeline.events(start, next, 9).size, "one step of the clock is not believed")
        for (past in 14 downTo 0) engine.pruneTimelines(start + (400 - past).days)
        assertEquals(0, timeline.events(start, next, 9).size)
        val error = fails(ErrorCode.TIMESTAMP_ORDER) {
            timeline.record(
                listOf(event(day, EmotionLabel.HAPPY)),
                start + 400.days,
            )
        }
        assertTrue(error.message!!.isNotEmpty())
    }

    @Test
    fun `options of timelines are kept and checked`() = runBlocking<Unit> {
        assertEquals(TimelineOptions(), engine.users.timelineOptions("Anna"))
        val options = TimelineOptions {
            offsetMinutes = 60
            retention = Retention {
                events = 7
                days = 4000
            }
        }
        engine.users.setTimelineOptions("Anna", options)
        assertEquals(options, engine.users.timelineOptions("Anna"))
        fails(ErrorCode.INVALID_OPTION) {
            engine.users.setTimelineOptions("Anna", TimelineOptions { offsetMinutes = 2000 })
        }
        fails(ErrorCode.INVALID_OPTION) {
            engine.users.setTimelineOptions(
                "Anna",
                TimelineOptions {
                    offsetMinutes = 0
                    retention = Retention { events = -1 }
                },
            )
        }
        fails(ErrorCode.INVALID_OPTION) {
            engine.users.setTimelineOptions(
                "Anna",
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
            event(start - 1.milliseconds, EmotionLabel.HAPPY),
            event(start + 1.milliseconds, EmotionLabel.FEAR),
            event(start + 1.milliseconds, EmotionLabel.HAPPY, duration = (-1).milliseconds),
            event(start + 1.milliseconds, EmotionLabel.HAPPY, duration = 4000.seconds),
            TimelineEvent(start, label = EmotionLabel.HAPPY, isAdapted = false),
        )
        for (event in wrong) fails(ErrorCode.INVALID_OPTION) { timeline.record(listOf(event), day) }
        fails(ErrorCode.INVALID_OPTION) { timeline.events(start - 1.milliseconds, day, 1) }
        fails(ErrorCode.INVALID_OPTION) { timeline.record(emptyList(), start - 1.milliseconds) }
        fails(ErrorCode.USER_NOT_FOUND) { engine.timeline("Otto").events(start, day, 1) }
        assertEquals(0, timeline.events(start, Instant.DISTANT_FUTURE, 10).size)
    }
}
