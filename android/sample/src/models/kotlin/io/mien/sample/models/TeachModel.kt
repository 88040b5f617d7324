package io.mien.sample.models

import io.mien.Adapted
import io.mien.ClipStep
import io.mien.ClipSummary
import io.mien.Clips
import io.mien.EmotionEngine
import io.mien.EmotionLabel
import io.mien.SampleFormat
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.transformWhile
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** Records labeled clips of [user], which stay when the application ends, and adapts a head to them. */
class TeachModel private constructor(
    private val engine: EmotionEngine,
    val user: String,
    private val recorded: Clips,
    isDue: Boolean,
) : AutoCloseable {
    /**
     * The state of the view.
     *
     * @property frames Number of frames of the clip being recorded.
     * @property progress Progress of the adaptation, 0 to 1; null if none is running.
     * @property isDue Whether the clips are to be learned in the background.
     * @property adapted The reports of the last adaptation.
     */
    data class State(
        val clips: List<ClipSummary> = emptyList(),
        val frames: Int = 0,
        val progress: Float? = null,
        val isDue: Boolean = false,
        val adapted: Adapted? = null,
    )

    private val shown = MutableStateFlow(State(recorded.list(), isDue = isDue))
    val state: StateFlow<State> = shown.asStateFlow()

    /** The labels to choose from. */
    val labels: List<EmotionLabel> get() = engine.labels

    /**
     * Records one clip of [label], of [count] frames, with the [sound] that comes meanwhile; an interrupted clip keeps its
     * frames so far.
     */
    suspend fun record(
        label: EmotionLabel,
        frames: Flow<CameraFrame>,
        sound: SoundOutput = SoundOutput(),
        count: Int = CLIP_FRAMES,
    ): Unit = coroutineScope {
        recorded.begin(label)
        shown.update { it.copy(frames = 0) }
        val hearing = launch(start = CoroutineStart.UNDISPATCHED) {
            sound.feed { samples, timestamp -> recorded.addAudio(samples, SampleFormat.I16, timestamp) }
        }
        try {
            frames.transformWhile {
                val step = recorded.add(it.frame)
                if (step is ClipStep.Taken) emit(step.frames)
                step !is ClipStep.Taken || step.frames < count
            }.flowOn(Dispatchers.Default).collect { taken -> shown.update { it.copy(frames = taken) } }
        } finally {
            hearing.cancel()
            // Written to the store, also if the person left.
            withContext(NonCancellable) { change { end() } }
        }
    }

    suspend fun remove(index: Int) = change { remove(index) }

    /** Says that the label of a clip that was held back is right. */
    suspend fun confirm(name: String) = change { confirm(name) }

    /** Forgets all clips. */
    suspend fun clear() = change { clear() }

    private suspend fun change(work: suspend Clips.() -> Unit) {
        recorded.work()
        shown.update { it.copy(clips = recorded.list()) }
    }

    /**
     * Adapts the head to the clips. If this is cancelled or the application ends meanwhile, the user is still due
     * to be adapted in the background; [stop] takes that back. Either way the old head stays until then.
     */
    suspend fun learn() {
        shown.update { it.copy(progress = 0f) }
        try {
            engine.users.adaptLater(user)
            shown.update { it.copy(isDue = true) }
            val adapted = engine.users.adapt(user, recorded) { at ->
                shown.update { it.copy(progress = at.epoch.toFloat() / maxOf(at.epochs, 1)) }
            }
            shown.update { it.copy(adapted = adapted, isDue = false) }
        } finally {
            shown.update { it.copy(progress = null) }
        }
    }

    /** Takes back what was to be learned in the background. */
    suspend fun stop() {
        engine.users.adaptLater(user, isDue = false)
        shown.update { it.copy(isDue = false) }
    }

    override fun close() = recorded.close()

    companion object {
        /** Opens what was recorded of [user]. */
        suspend fun open(engine: EmotionEngine, user: String): TeachModel {
            val recorded = engine.users.clips(user)
            return TeachModel(engine, user, recorded, user in engine.users.due())
        }

        /** Number of frames of a clip: about two seconds. */
        const val CLIP_FRAMES = 20

        /** Number of frames of a clip with the voice: long enough for a sentence. */
        const val SPOKEN_FRAMES = 60
    }
}
