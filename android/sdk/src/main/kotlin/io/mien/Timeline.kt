package io.mien

import io.mien.internal.core
import io.mien.internal.public
import io.mien.internal.unsigned

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
