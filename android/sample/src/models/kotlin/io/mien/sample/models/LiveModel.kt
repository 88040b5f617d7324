package io.mien.sample.models

import io.mien.Correction
import io.mien.CorrectionRefusal
import io.mien.EmotionEngine
import io.mien.Identity
import io.mien.LiveSession
import io.mien.LiveStatistics
import io.mien.MienException
import io.mien.SampleFormat
import io.mien.StreamResult
import io.mien.TimelineEvent
import io.mien.TrackedFace
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

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
    private val unwritten = mutableMapOf<String, MutableList<TimelineEvent>>()
    private var lastUs: Long? = null

    @Volatile
    private var session: LiveSession? = null

    /** The users whose heads have learned from corrections, but not in full. */
    private val taught = mutableSetOf<String>()

    /** Processes the camera's frames, and what the microphone hears, until the caller is cancelled. */
    suspend fun watch(camera: FrameOutput, engine: EmotionEngine, sound: SoundOutput = SoundOutput()): Unit =
        withContext(Dispatchers.Default) {
            try {
                engine.live().use { live ->
                    session = live
                    coroutineScope {
                        launch { camera.feed(live) }
                        launch {
                            sound.feed { samples, timeUs -> live.submitAudio(samples, SampleFormat.I16, timeUs) }
                        }
                        live.results.collect { result ->
                            shown.update { it.copy(faces = result.faces, statistics = live.statistics) }
                            note(result)
                            if (unwritten.values.any { it.size >= BATCH }) write(engine)
                        }
                    }
                }
            } finally {
                session = null
                shown.value = State()
                lastUs = null
                withContext(NonCancellable) {
                    write(engine)
                    relearn(engine)
                }
            }
        }

    /** Says that the user's face in sight really shows [label]; null if there is none. */
    suspend fun correct(label: String): Correction? =
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
            } catch (_: MienException.NotEnoughSamples) {
                // All of it was taken back.
            } catch (_: MienException.UserNotFound) {
                // Deleted meanwhile.
            }
        }
    }

    private fun note(result: StreamResult) {
        val now = System.currentTimeMillis()
        // The time since the last result, except after pauses.
        val durationMs = lastUs?.let { (result.timestampUs - it) / US_PER_MS }?.coerceIn(0, LONGEST_MS) ?: 0
        lastUs = result.timestampUs
        for (face in result.faces) {
            val user = face.identity as? Identity.User ?: continue
            if (face.unsure.isNotEmpty()) continue
            val event = TimelineEvent.of(face, now, durationMs.toInt()) ?: continue
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
        const val US_PER_MS = 1000
        const val LONGEST_MS = 1000L
    }
}

/** A caption: the person and the emotion, with a question mark if it is unsure. */
val TrackedFace.caption: String
    get() = listOfNotNull(
        (identity as? Identity.User)?.name,
        label?.let { if (unsure.isEmpty()) it else "$it?" },
    ).joinToString(", ")

/** What became of it, for the person who said it. */
val Correction.caption: String
    get() = when (refusal) {
        null -> if (taken) "Learned: $label" else "Noted: $label. It counts when you say so again."
        CorrectionRefusal.NO_TRACK, CorrectionRefusal.ANSWER_CHANGED -> "Not learned: the picture has changed."
        CorrectionRefusal.NOTHING_SHOWN -> "Not learned: no answer is shown yet."
        CorrectionRefusal.NOTHING_TO_UNDO -> "There is nothing to undo."
        CorrectionRefusal.IDENTITY_OPEN, CorrectionRefusal.UNKNOWN_FACE, CorrectionRefusal.SOMEBODY_ELSE ->
            "Not learned: it is not certain who this is."
    }
