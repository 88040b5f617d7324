package io.mien.sample.models

import io.mien.Affect
import io.mien.BucketWidth
import io.mien.EmotionEngine
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow

/** A user's emotions over the last day, for a chart. */
class TimelineModel {
    /** The share of each label, 0 to 1, in the hour that starts at [startMs]. */
    data class Hour(val startMs: Long, val shares: List<Pair<String, Double>>)

    /** The state of the view: the day up to [untilMs], with its mean valence and arousal. */
    data class State(
        val untilMs: Long = 0,
        val hours: List<Hour> = emptyList(),
        val observedMinutes: Double = 0.0,
        val affect: Affect? = null,
    )

    private val shown = MutableStateFlow(State())
    val state: StateFlow<State> = shown.asStateFlow()

    suspend fun load(user: String, untilMs: Long, engine: EmotionEngine) {
        val timeline = engine.timeline(user)
        val fromMs = untilMs - DAY_MS
        val hours = timeline.buckets(fromMs, untilMs, BucketWidth.HOUR).map { bucket ->
            Hour(bucket.startMs, bucket.tally.classes.map { it.label to it.share })
        }
        val total = timeline.total(fromMs, untilMs, BucketWidth.MINUTE)
        shown.value = State(untilMs, hours, total.observedMs / MINUTE_MS, total.affect)
    }

    companion object {
        const val DAY_MS = 86_400_000L
        const val HOUR_MS = 3_600_000L
        private const val MINUTE_MS = 60_000.0
    }
}
