package io.mien.sample.models

import io.mien.Affect
import io.mien.BucketWidth
import io.mien.EmotionEngine
import io.mien.EmotionLabel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Instant

/** A user's emotions over the last day, for a chart. */
class TimelineModel {
    /** The share of each label, 0 to 1, in the hour that starts at [start]. */
    data class Hour(val start: Instant, val shares: List<Pair<EmotionLabel, Double>>)

    /**
     * The state of the view: the day up to [until], with its mean valence and arousal.
     *
     * @property shares The share of each label in the whole day, 0 to 1.
     */
    data class State(
        val until: Instant? = null,
        val hours: List<Hour> = emptyList(),
        val shares: List<Pair<EmotionLabel, Double>> = emptyList(),
        val observedMinutes: Double = 0.0,
        val affect: Affect? = null,
    )

    private val shown = MutableStateFlow(State())
    val state: StateFlow<State> = shown.asStateFlow()

    suspend fun load(user: String, until: Instant, engine: EmotionEngine) {
        val timeline = engine.timeline(user)
        val from = until - DAY
        val hours = timeline.buckets(from, until, BucketWidth.HOUR).map { bucket ->
            Hour(bucket.start, bucket.tally.classes.map { it.label to it.share })
        }
        val total = timeline.total(from, until, BucketWidth.MINUTE)
        val shares = total.classes.map { it.label to it.share }
        shown.value = State(until, hours, shares, total.observed / 1.minutes, total.affect)
    }

    companion object {
        /** What the view shows. */
        val DAY: Duration = 1.days
    }
}
