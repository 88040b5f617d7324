package io.mien

import io.mien.internal.core
import io.mien.internal.public
import io.mien.internal.unsigned

/** The origin of the times of events. */
public sealed interface Clock {
    /** Milliseconds since 1970, when the user was seen. */
    public data object Wall : Clock

    /**
     * Milliseconds since the start of the named medium.
     *
     * @property name The name of the medium, 1 to 255 bytes without control characters.
     */
    public data class Media(val name: String) : Clock
}

/**
 * An emotion of a user at a time.
 *
 * @property atMs Milliseconds by the clock of the timeline. A later event at the same time replaces this one.
 * @property durationMs Duration in milliseconds, up to an hour; 0 if unknown.
 * @property label The emotion; one of `probabilities`.
 * @property probabilities The probability of each emotion; the probabilities sum to 1 and are stored in steps of
 *   1/255.
 * @property adapted Whether the user's own head answered.
 */
public data class TimelineEvent(
    val atMs: Long,
    val durationMs: Int,
    val label: String,
    val probabilities: List<LabelProbability>,
    val adapted: Boolean,
) {
    /** Valence and arousal, projected from the probabilities: see [Emotion.affect]. */
    val affect: Affect?
        get() = Affect.of(probabilities)

    /** Creates events. */
    public companion object {
        /**
         * Returns the event of a face that was seen at [atMs] for [durationMs]; null if its emotion is not known
         * yet.
         */
        public fun of(face: TrackedFace, atMs: Long, durationMs: Int): TimelineEvent? {
            val emotion = face.emotion ?: return null
            return TimelineEvent(atMs, durationMs, face.label ?: emotion.label, emotion.probabilities, emotion.adapted)
        }
    }
}

/**
 * The outcome of recording events.
 *
 * @property added Number of events at times that had none.
 * @property replaced Number of events that replaced another one at their time.
 */
public data class Recorded(val added: Long, val replaced: Long)

/**
 * The content of a timeline.
 *
 * @property clock The origin of its times.
 * @property labels The emotions, in order of first use.
 * @property events Number of stored events.
 * @property firstMs The time of the first stored event or tally; null if nothing is stored.
 * @property lastMs The time of the last stored event or tally; null if nothing is stored.
 * @property eventsKeptFromMs Time before which events were deleted and no more can be recorded; 0 if none were
 *   deleted.
 */
public data class TimelineSummary(
    val clock: Clock,
    val labels: List<String>,
    val events: Long,
    val firstMs: Long?,
    val lastMs: Long?,
    val eventsKeptFromMs: Long,
)

/**
 * The length of buckets. Minutes, hours and days are tallied when events are recorded, seconds when they are queried.
 */
public enum class BucketWidth {
    /** A second. */
    SECOND,

    /** A minute. */
    MINUTE,

    /** An hour of local time. */
    HOUR,

    /** A day, from midnight of local time. */
    DAY,
}

/**
 * Sums over events for one emotion.
 *
 * @property label The emotion.
 * @property events Number of events with this label.
 * @property share The mean probability, 0 to 1; 0 without events.
 */
public data class ClassTally(val label: String, val events: Long, val share: Double)

/**
 * Sums over events.
 *
 * @property events Number of events.
 * @property adapted Number of events that the user's own head answered.
 * @property observedMs Sum of the durations of the events, milliseconds.
 * @property classes The sums for each emotion of the timeline.
 * @property affect Mean valence and arousal over the events, projected from the probabilities; null without events, or
 *   if more than a tenth of the probability is on labels without a position.
 */
public data class Tally(
    val events: Long,
    val adapted: Long,
    val observedMs: Long,
    val classes: List<ClassTally>,
    val affect: Affect? = null,
)

/**
 * The events of one interval.
 *
 * @property startMs Its start, in the time of the events.
 * @property lengthMs Its length, milliseconds.
 * @property tally The sums over its events.
 */
public data class Bucket(val startMs: Long, val lengthMs: Long, val tally: Tally)

/** The format of an exported timeline. */
public enum class ExportFormat {
    /** A table with a header line. */
    CSV,

    /** One object with `clock`, `labels` and `events` or `buckets`. */
    JSON,
}

/**
 * What a user showed over time, by one clock. Ranges include `fromMs` and exclude `toMs`.
 *
 * All functions throw [MienException.UserNotFound], [MienException.Storage], [MienException.ProfileCorrupt] and
 * [MienException.Closed]; those that query or delete throw [MienException.InvalidOption] for a medium without
 * records.
 */
public class Timeline internal constructor(
    private val engine: EmotionEngine,
    private val user: String,
    private val clock: Clock,
) {
    /**
     * Records events in one durable transaction: record in batches.
     *
     * Throws [MienException.InvalidOption] for an event out of range or an invalid name of a medium;
     * [MienException.TimestampOrder] for an event before the time from which events are kept. Nothing is recorded
     * then.
     */
    public suspend fun record(events: List<TimelineEvent>, nowMs: Long = System.currentTimeMillis()): Recorded =
        engine.native.useOffThread { core ->
            val recorded = core.record(user, clock.core(), events.map { it.core() }, nowMs.unsigned("nowMs"))
            Recorded(recorded.added.toLong(), recorded.replaced.toLong())
        }

    /**
     * Returns the whole buckets that overlap the range, in order, without empty ones.
     *
     * Throws [MienException.InvalidOption] if there are more than a million.
     */
    public suspend fun buckets(fromMs: Long, toMs: Long, width: BucketWidth): List<Bucket> =
        engine.native.useOffThread { core ->
            core.buckets(user, clock.core(), fromMs.unsigned("fromMs"), toMs.unsigned("toMs"), width.core()).map {
                it.public()
            }
        }

    /**
     * Returns the sums over the whole buckets that overlap the range.
     *
     * Throws as in [buckets].
     */
    public suspend fun total(fromMs: Long, toMs: Long, width: BucketWidth): Tally = engine.native.useOffThread {
        it.total(user, clock.core(), fromMs.unsigned("fromMs"), toMs.unsigned("toMs"), width.core()).public()
    }

    /**
     * Returns the first `limit` events of the range, in order. The next ones begin 1 ms after the last of these,
     * because no two events have the same time.
     */
    public suspend fun events(fromMs: Long, toMs: Long, limit: Int): List<TimelineEvent> =
        engine.native.useOffThread { core ->
            core.events(user, clock.core(), fromMs.unsigned("fromMs"), toMs.unsigned("toMs"), limit.unsigned("limit"))
                .map { it.public() }
        }

    /** Exports the events of the range as text. */
    public suspend fun exportEvents(fromMs: Long, toMs: Long, format: ExportFormat): String =
        engine.native.useOffThread {
            it.exportEvents(user, clock.core(), fromMs.unsigned("fromMs"), toMs.unsigned("toMs"), format.core())
        }

    /**
     * Exports the buckets that overlap the range as text.
     *
     * Throws as in [buckets].
     */
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

    /**
     * Deletes the data of the range, erases it from the file of the store, and returns the number of deleted events.
     */
    public suspend fun forget(fromMs: Long, toMs: Long): Long = engine.native.useOffThread {
        it.forget(user, clock.core(), fromMs.unsigned("fromMs"), toMs.unsigned("toMs")).toLong()
    }

    /** Returns the summaries of all timelines of the user: by wall time first, then media, oldest first. */
    public suspend fun summaries(): List<TimelineSummary> =
        engine.native.useOffThread { core -> core.timelines(user).map { it.public() } }

    /** The options of all timelines of the user. */
    public suspend fun options(): TimelineOptions = engine.native.useOffThread { it.timelineOptions(user).public() }

    /**
     * Sets the options of all timelines of the user.
     *
     * Throws [MienException.InvalidOption] if they are out of range, or if the offset changes while data by wall
     * time is stored.
     */
    public suspend fun setOptions(options: TimelineOptions): Unit =
        engine.native.useOffThread { it.setTimelineOptions(user, options.core()) }
}
