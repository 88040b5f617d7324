package io.mien.sample.models

import io.mien.Correction
import io.mien.EmotionEngine
import io.mien.EmotionLabel
import io.mien.ErrorCode
import io.mien.Identity
import io.mien.LiveSession
import io.mien.LiveStatistics
import io.mien.MienError
import io.mien.PowerBudget
import io.mien.SampleFormat
import io.mien.StreamResult
import io.mien.TimelineEvent
import io.mien.TrackedFace
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.emptyFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant

/** The live results and their recording. */
class LiveModel {
    /**
     * @property faces The faces of the last frame.
     * @property statistics What became of the frames.
     * @property said What became of the last correction.
     */
    data class State(
        val faces: List<TrackedFace> = emptyList(),
        val statistics: LiveStatistics? = null,
        val said: Correction? = null,
    ) {
        /** The face that corrections are about: the first one of a user. */
        val corrected: TrackedFace? get() = faces.firstOrNull { it.identity is Identity.User }
    }

    private val shown = MutableStateFlow(State())
    val state: StateFlow<State> = shown.asStateFlow()

    /** Events of users, written in batches. */
    private val unwritten = mutableMapOf<String, MutableList<TimelineEvent<Instant>>>()
    private var last: Duration? = null

    @Volatile
    private var session: LiveSession? = null

    /** The users whose heads have learned from corrections, but not in full. */
    private val taught = mutableSetOf<String>()

    /**
     * Processes the camera's frames, and what the microphone hears, until the caller is cancelled; [budgets] say how much
     * energy that may use.
     */
    suspend fun watch(
        camera: FrameOutput,
        engine: EmotionEngine,
        sound: SoundOutput = SoundOutput(),
        budgets: Flow<PowerBudget> = emptyFlow(),
    ): Unit = withContext(Dispatchers.Default) {
        try {
            engine.live().use { live ->
                session = live
                coroutineScope {
                    launch { camera.feed(live) }
                    val pacing = launch {
                        budgets.collect { live.setPace(live.pace.copy { power = it }) }
                    }
                    launch {
                        sound.feed { samples, time -> live.submitAudio(samples, SampleFormat.I16, time) }
                    }
                    live.results.collect { result ->
                        shown.update { it.copy(faces = result.faces, statistics = live.statistics) }
                        note(result)
                        if (unwritten.values.any { it.size >= BATCH }) write(engine)
                    }
                    pacing.cancel()
                }
            }
        } finally {
            session = null
            shown.value = State()
            last = null
            withContext(NonCancellable) {
                write(engine)
                relearn(engine)
            }
        }
    }

    /** Says that the user's face in sight really shows [label]; null if there is none. */
    suspend fun correct(label: EmotionLabel): Correction? =
        heard(state.value.corrected?.let { session?.correct(it.track, label, it.label) })

    /** Says that what is shown of the user's face in sight is right. */
    suspend fun confirm(): Correction? = heard(state.value.corrected?.let { session?.confirm(it.track, it.label) })

    /** Takes back the last correction. */
    suspend fun undo(): Correction? = session?.undo().also { shown.update { state -> state.copy(said = null) } }

    private fun heard(correction: Correction?): Correction? {
        correction?.user?.let { synchronized(taught) { taught += it } }
        shown.update { it.copy(said = correction) }
        return correction
    }

    /** Learns in full what was corrected. */
    private suspend fun relearn(engine: EmotionEngine) {
        val users = synchronized(taught) { taught.toList().also { taught.clear() } }
        for (user in users) {
            try {
                engine.users.relearn(user)
            } catch (error: MienError) {
                // All of it was taken back, or the user was deleted meanwhile.
                if (error.code !in setOf(ErrorCode.NOT_ENOUGH_SAMPLES, ErrorCode.USER_NOT_FOUND)) throw error
            }
        }
    }

    private fun note(result: StreamResult) {
        val now = Clock.System.now()
        // The time since the last result, except after pauses.
        val duration = last?.let { result.timestamp - it }?.coerceIn(Duration.ZERO, LONGEST) ?: Duration.ZERO
        last = result.timestamp
        for (face in result.faces) {
            val user = face.identity as? Identity.User ?: continue
            if (face.unsure.isNotEmpty()) continue
            val event = TimelineEvent.of(face, now, duration) ?: continue
            unwritten.getOrPut(user.name, ::mutableListOf) += event
        }
    }

    private suspend fun write(engine: EmotionEngine) {
        val events = unwritten.toMap()
        unwritten.clear()
        for ((user, seen) in events) engine.timeline(user).record(seen)
    }

    private companion object {
        const val BATCH = 50
        val LONGEST = 1.seconds
    }
}
