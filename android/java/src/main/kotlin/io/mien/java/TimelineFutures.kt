package io.mien.java

import io.mien.Bucket
import io.mien.BucketWidth
import io.mien.EmotionEngine
import io.mien.EmotionTimeline
import io.mien.ExportFormat
import io.mien.Recorded
import io.mien.Tally
import io.mien.TimelineEvent
import java.util.concurrent.CompletableFuture

/**
 * An [EmotionTimeline] for Java: of [java.time.Instant], or of [java.time.Duration] for a medium. Make events with
 * [Times.event]; see [EngineFutures] for errors and cancellation.
 */
public class TimelineFutures<Time : Any> private constructor(private val timeline: Converted<*, Time>) {
    /** Records events in one durable transaction: record in batches. */
    public fun record(events: List<TimelineEvent<Time>>): CompletableFuture<Recorded> = call { timeline.record(events) }

    /** Returns the whole buckets that overlap the range, without empty ones. */
    @JvmOverloads
    public fun buckets(
        from: Time,
        to: Time,
        width: BucketWidth = BucketWidth.MINUTE,
    ): CompletableFuture<List<Bucket<Time>>> = call { timeline.buckets(from, to, width) }

    /** Returns the sums over the whole buckets that overlap the range. */
    @JvmOverloads
    public fun total(from: Time, to: Time, width: BucketWidth = BucketWidth.MINUTE): CompletableFuture<Tally> =
        call { timeline.ranged(from, to) { start, end -> total(start, end, width) } }

    /** Returns the first [limit] events of the range. */
    @JvmOverloads
    public fun events(from: Time, to: Time, limit: Int = 1000): CompletableFuture<List<TimelineEvent<Time>>> =
        call { timeline.events(from, to, limit) }

    /** Exports the events of the range as text. */
    public fun exportEvents(from: Time, to: Time, format: ExportFormat): CompletableFuture<String> =
        call { timeline.ranged(from, to) { start, end -> exportEvents(start, end, format) } }

    /** Exports the buckets that overlap the range as text. */
    public fun exportBuckets(
        from: Time,
        to: Time,
        width: BucketWidth,
        format: ExportFormat,
    ): CompletableFuture<String> =
        call { timeline.ranged(from, to) { start, end -> exportBuckets(start, end, width, format) } }

    /** Deletes the data of the range; returns the number of deleted events. */
    public fun forget(from: Time, to: Time): CompletableFuture<Long> =
        call { timeline.ranged(from, to) { start, end -> forget(start, end) } }

    /** Makes the futures of timelines. */
    public companion object {
        /** Returns the timeline of the user [name] by the clock on the wall. */
        @JvmStatic
        public fun from(engine: EmotionEngine, name: String): TimelineFutures<java.time.Instant> =
            TimelineFutures(Converted(engine.timeline(name), { it.java() }, { it.kotlin() }))

        /** Returns the timeline of the user [name] in the named [medium]. */
        @JvmStatic
        public fun from(engine: EmotionEngine, name: String, medium: String): TimelineFutures<java.time.Duration> =
            TimelineFutures(Converted(engine.timeline(name, medium), { it.java() }, { it.kotlin() }))
    }
}

/** A timeline with times of Java. */
private class Converted<Inner : Any, Outer : Any>(
    private val timeline: EmotionTimeline<Inner>,
    private val outer: (Inner) -> Outer,
    private val inner: (Outer) -> Inner,
) {
    suspend fun record(events: List<TimelineEvent<Outer>>): Recorded = timeline.record(
        events.map { TimelineEvent(inner(it.at), it.duration, it.label, it.probabilities, it.isAdapted) },
    )

    suspend fun buckets(from: Outer, to: Outer, width: BucketWidth): List<Bucket<Outer>> =
        timeline.buckets(inner(from), inner(to), width).map { Bucket(outer(it.start), it.length, it.tally) }

    suspend fun events(from: Outer, to: Outer, limit: Int): List<TimelineEvent<Outer>> =
        timeline.events(inner(from), inner(to), limit)
            .map { TimelineEvent(outer(it.at), it.duration, it.label, it.probabilities, it.isAdapted) }

    suspend fun <T> ranged(from: Outer, to: Outer, ask: suspend EmotionTimeline<Inner>.(Inner, Inner) -> T): T =
        timeline.ask(inner(from), inner(to))
}
