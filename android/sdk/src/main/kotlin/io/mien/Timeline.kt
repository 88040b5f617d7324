package io.mien

import io.mien.internal.core
import io.mien.internal.public
import io.mien.internal.unsigned

/** What the times of events count from. */
public sealed interface Clock {
    /** Milliseconds since 1970, when the user was seen. */
    public data object Wall : Clock

    /** Milliseconds since the start of the medium of this name, 1 to 255 bytes without control characters. */
    public data class Media(val name: String) : Clock
}

/**
 * An emotion of a user at a time.
 *
 * @property atMs milliseconds by the timeline's clock; a later event at the same time takes its place
 * @property durationMs for how long it was seen, milliseconds, an hour at most; 0 where that is not known
 * @property label the emotion; one of [probabilities]
 * @property probabilities the probability of each emotion, which sum to 1; kept in steps of 1/255
 * @property adapted whether the user's own head answered
 */
public data class TimelineEvent(
    val atMs: Long,
    val durationMs: Int,
    val label: String,
    val probabilities: List<LabelProbability>,
    val adapted: Boolean,
) {
    /** Making events. */
    public companion object {
        /** The event of a face that was seen at [atMs] for [durationMs]; null where nothing is known of it yet. */
        public fun of(face: TrackedFace, atMs: Long, durationMs: Int): TimelineEvent? {
            val emotion = face.emotion ?: return null
            return TimelineEvent(atMs, durationMs, face.label ?: emotion.label, emotion.probabilities, emotion.adapted)
        }
    }
}

/** What became of recorded events: how many were new, and how many took the place of another one at their time. */
public data class Recorded(val added: Long, val replaced: Long)

/**
 * What a timeline holds.
 *
 * @property clock what its times count from
 * @property labels the emotions, in the order in which they came
 * @property events the number of events that are kept
 * @property firstMs the time of the first thing that is kept; null where that is nothing
 * @property lastMs the time of the last
 * @property eventsKeptFromMs before this time events are gone and no more can be recorded; 0 where none are gone
 */
public data class TimelineSummary(
    val clock: Clock,
    val labels: List<String>,
    val events: Long,
    val firstMs: Long?,
    val lastMs: Long?,
    val eventsKeptFromMs: Long,
)

/** The length of buckets; minutes, hours and days are tallied as events come in, seconds when they are asked for. */
public enum class BucketWidth {
    /** A second. */
    SECOND,

    /** A minute. */
    MINUTE,

    /** An hour. */
    HOUR,

    /** A day, from midnight of [TimelineOptions.offsetMinutes]. */
    DAY,
}

/** Sums over events for one emotion: how many had it as their label, and its mean probability, 0 to 1. */
public data class ClassTally(val label: String, val events: Long, val share: Double)

/**
 * Sums over events.
 *
 * @property events how many
 * @property adapted how many the user's own head answered
 * @property observedMs the sum of their durations, milliseconds
 * @property classes for each of the timeline's emotions
 */
public data class Tally(val events: Long, val adapted: Long, val observedMs: Long, val classes: List<ClassTally>)

/** The events of one stretch of time, from [startMs] on, [lengthMs] long. */
public data class Bucket(val startMs: Long, val lengthMs: Long, val tally: Tally)

/** How a timeline is written. */
public enum class ExportFormat {
    /** A table with a line of names. */
    CSV,

    /** One object. */
    JSON,
}

/**
 * What a user showed over time, by one clock. Ranges go from `fromMs` on to before `toMs`. Functions throw
 * [MienException.UserNotFound], and [MienException.InvalidOption] for a medium of which nothing was recorded.
 */
public class Timeline internal constructor(
    private val engine: EmotionEngine,
    private val user: String,
    private val clock: Clock,
) {
    /**
     * Records events in one durable transaction: record in batches. Throws [MienException.TimestampOrder] for an event
     * from before what is kept; nothing is recorded then.
     */
    public suspend fun record(events: List<TimelineEvent>, nowMs: Long = System.currentTimeMillis()): Recorded =
        engine.native.useOffThread { core ->
            val recorded = core.record(user, clock.core(), events.map { it.core() }, nowMs.unsigned("nowMs"))
            Recorded(recorded.added.toLong(), recorded.replaced.toLong())
        }

    /** The buckets that overlap the range, whole ones, in order; those without events are left out. */
    public suspend fun buckets(fromMs: Long, toMs: Long, width: BucketWidth): List<Bucket> =
        engine.native.useOffThread { core ->
            core.buckets(user, clock.core(), fromMs.unsigned("fromMs"), toMs.unsigned("toMs"), width.core()).map {
                it.public()
            }
        }

    /** All of the range in one tally, of whole buckets of [width]. */
    public suspend fun total(fromMs: Long, toMs: Long, width: BucketWidth): Tally = engine.native.useOffThread {
        it.total(user, clock.core(), fromMs.unsigned("fromMs"), toMs.unsigned("toMs"), width.core()).public()
    }

    /** The first [limit] events in the range, in order; the next ones begin 1 ms after the last of these. */
    public suspend fun events(fromMs: Long, toMs: Long, limit: Int): List<TimelineEvent> =
        engine.native.useOffThread { core ->
            core.events(user, clock.core(), fromMs.unsigned("fromMs"), toMs.unsigned("toMs"), limit.unsigned("limit"))
                .map { it.public() }
        }

    /** The events in the range as text. */
    public suspend fun exportEvents(fromMs: Long, toMs: Long, format: ExportFormat): String =
        engine.native.useOffThread {
            it.exportEvents(user, clock.core(), fromMs.unsigned("fromMs"), toMs.unsigned("toMs"), format.core())
        }

    /** The buckets that overlap the range as text. */
    public suspend fun exportBuckets(fromMs: Long, toMs: Long, width: BucketWidth, format: ExportFormat): String =
        engine.native.useOffThread {
            it.exportBuckets(
                user,
                clock.core(),
                fromMs.unsigned("fromMs"),
                toMs.unsigned("toMs"),
                width.core(),
                format.core(),
            )
        }

    /** Forgets what is known of the range, for good, and gives the number of events. */
    public suspend fun forget(fromMs: Long, toMs: Long): Long = engine.native.useOffThread {
        it.forget(user, clock.core(), fromMs.unsigned("fromMs"), toMs.unsigned("toMs")).toLong()
    }

    /** What each of the user's timelines holds: by wall time first, then media. */
    public suspend fun summaries(): List<TimelineSummary> =
        engine.native.useOffThread { core -> core.timelines(user).map { it.public() } }

    /** The options of all of the user's timelines. */
    public suspend fun options(): TimelineOptions = engine.native.useOffThread { it.timelineOptions(user).public() }

    /** Sets the options of all of the user's timelines. */
    public suspend fun setOptions(options: TimelineOptions): Unit =
        engine.native.useOffThread { it.setTimelineOptions(user, options.core()) }
}
