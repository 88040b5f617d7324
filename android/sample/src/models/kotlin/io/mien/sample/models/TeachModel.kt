package io.mien.sample.models

import io.mien.Adapted
import io.mien.ClipStep
import io.mien.ClipSummary
import io.mien.EmotionEngine
import io.mien.SampleFormat
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.transformWhile
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

/** Records labeled clips of a user and adapts a head to them. */
class TeachModel(private val engine: EmotionEngine) : AutoCloseable {
    /**
     * The state of the view.
     *
     * @property frames Number of frames of the clip being recorded.
     * @property progress Progress of the adaptation, 0 to 1; null if none is running.
     * @property adapted The reports of the last adaptation.
     */
    data class State(
        val clips: List<ClipSummary> = emptyList(),
        val frames: Int = 0,
        val progress: Float? = null,
        val adapted: Adapted? = null,
    )

    private val recorded = engine.users.clips()
    private val shown = MutableStateFlow(State())
    val state: StateFlow<State> = shown.asStateFlow()

    /** The labels to choose from. */
    val labels: List<String> get() = engine.labels

    /**
     * Records one clip of [label], of [count] frames, with the [sound] that comes meanwhile; an interrupted clip keeps its
     * frames so far.
     */
    suspend fun record(
        label: String,
        frames: Flow<CameraFrame>,
        sound: SoundOutput = SoundOutput(),
        count: Int = CLIP_FRAMES,
    ): Unit = coroutineScope {
        recorded.begin(label)
        shown.update { it.copy(frames = 0) }
        val hearing = launch(start = CoroutineStart.UNDISPATCHED) {
            sound.feed { samples, timestampUs -> recorded.addAudio(samples, SampleFormat.I16, timestampUs) }
        }
        try {
            frames.transformWhile {
                val step = recorded.add(it.frame)
                if (step is ClipStep.Taken) emit(step.frames)
                step !is ClipStep.Taken || step.frames < count
            }.flowOn(Dispatchers.Default).collect { taken -> shown.update { it.copy(frames = taken) } }
        } finally {
            hearing.cancel()
            recorded.end()
            shown.update { it.copy(clips = recorded.list()) }
        }
    }

    fun remove(index: Int) {
        recorded.remove(index)
        shown.update { it.copy(clips = recorded.list()) }
    }

    /** Says that the label of a clip that was held back is right. */
    fun confirm(name: String) {
        recorded.confirm(name)
        shown.update { it.copy(clips = recorded.list()) }
    }

    /** Adapts the head to the clips; cancelling keeps the old head. */
    suspend fun learn(user: String) {
        shown.update { it.copy(progress = 0f) }
        try {
            val adapted = engine.users.adapt(user, recorded) { at ->
                shown.update { it.copy(progress = at.epoch.toFloat() / maxOf(at.epochs, 1)) }
            }
            shown.update { it.copy(adapted = adapted) }
        } finally {
            shown.update { it.copy(progress = null) }
        }
    }

    override fun close() = recorded.close()

    companion object {
        /** Number of frames of a clip: about two seconds. */
        const val CLIP_FRAMES = 20

        /** Number of frames of a clip with the voice: long enough for a sentence. */
        const val SPOKEN_FRAMES = 60
    }
}
