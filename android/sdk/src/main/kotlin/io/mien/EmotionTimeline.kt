package io.mien

import io.mien.internal.TimeScale
import io.mien.internal.core
import io.mien.internal.millis
import io.mien.internal.public
import io.mien.internal.unsigned
import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Instant

/**
 * What a user showed over time: by the clock on the wall ([Instant]), or since the start of a medium ([Duration]). Times
 * are kept to the millisecond. Ranges include `from` and exclude `to`.
 *
 * All functions throw [ErrorCode.USER_NOT_FOUND], [ErrorCode.STORAGE], [ErrorCode.PROFILE_CORRUPT] and
 * [ErrorCode.CLOSED], and [ErrorCode.INVALID_OPTION] for times before the origin; those that query or delete throw
 * [ErrorCode.INVALID_OPTION] for a medium without records.
 */
public class EmotionTimeline<Time : Any> internal constructor(
    private val engine: EmotionEngine,
    private val user: String,
    private val medium: String?,
    private val scale: TimeScale<Time>,
) {
    /**
     * Records events in one durable transaction: record in batches. [now] is the time by which expired data goes.
     *
     * Throws [ErrorCode.INVALID_OPTION] for an event out of range or an invalid name of a medium;
     * [ErrorCode.TIMESTAMP_ORDER] for an event before the time from which events are kept. Nothing is recorded
     * then.
     */
    public suspend fun record(events: List<TimelineEvent<Time>>, now: Instant = Clock.System.now()): Recorded =
        engine.native.useOffThread { core ->
            core.record(user, medium, events.map { it.core(scale) }, now.millis("now")).public()
        }

    /**
     * Returns the whole buckets that overlap the range, in order, without empty ones.
     *
     * Throws [ErrorCode.INVALID_OPTION] if there are more than a million.
     */
    public suspend fun buckets(from: Time, to: Time, width: BucketWidth = BucketWidth.MINUTE): List<Bucket<Time>> =
        engine.native.useOffThread { core ->
            core.buckets(user, medium, from(from), to(to), width.core()).map { it.public(scale) }
        }

    /**
     * Returns the sums over the whole buckets that overlap the range.
     *
     * Throws as in [buckets].
     */
    public suspend fun total(from: Time, to: Time, width: BucketWidth = BucketWidth.MINUTE): Tally =
        engine.native.useOffThread { it.total(user, medium, from(from), to(to), width.core()).public() }

    /**
     * Returns the first `limit` events of the range, in order. The next ones begin 1 ms after the last of these,
     * because no two events have the same time.
     */
    public suspend fun events(from: Time, to: Time, limit: Int = 1000): List<TimelineEvent<Time>> =
        engine.native.useOffThread { core ->
            core.events(user, medium, from(from), to(to), limit.unsigned("limit")).map { it.public(scale) }
        }

    /** Exports the events of the range as text. */
    public suspend fun exportEvents(from: Time, to: Time, format: ExportFormat): String =
        engine.native.useOffThread { it.exportEvents(user, medium, from(from), to(to), format.core()) }

    /**
     * Exports the buckets that overlap the range as text.
     *
     * Throws as in [buckets].
     */
    public suspend fun exportBuckets(from: Time, to: Time, width: BucketWidth, format: ExportFormat): String =
        engine.native.useOffThread {
            it.exportBuckets(user, medium, from(from), to(to), width.core(), format.core())
        }

    /**
     * Deletes the data of the range, erases it from the file of the store, and returns the number of deleted events.
     */
    public suspend fun forget(from: Time, to: Time): Long =
        engine.native.useOffThread { it.forget(user, medium, from(from), to(to)).toLong() }

    private fun from(time: Time): ULong = scale.write(time, "from")

    private fun to(time: Time): ULong = scale.write(time, "to")
}

/**
 * The timelines that a user has.
 *
 * @property wall That by the clock on the wall; null if nothing is recorded in it.
 * @property media Those of media, oldest first.
 */
public class UserTimelines(
    public val wall: TimelineSummary<Instant>? = null,
    public val media: List<TimelineSummary<Duration>> = emptyList(),
) {
    override fun equals(other: Any?): Boolean = other is UserTimelines && wall == other.wall && media == other.media

    override fun hashCode(): Int = 31 * wall.hashCode() + media.hashCode()

    override fun toString(): String = "UserTimelines(wall=$wall, media=$media)"
}
