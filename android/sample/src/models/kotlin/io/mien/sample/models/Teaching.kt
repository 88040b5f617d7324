package io.mien.sample.models

import io.mien.EmotionEngine
import io.mien.EmotionLabel
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext

/** The screen that teaches: the lesson of one user at a time, and the one thing that runs in it. */
class Teaching(
    private val app: AppModel,
    private val frames: FrameOutput,
    private val sound: SoundOutput,
    private val scope: CoroutineScope,
    private val learnLater: () -> Unit,
) {
    /** The open lesson and the label of the clip that is being recorded. */
    data class State(val lesson: TeachModel? = null, val recording: EmotionLabel? = null)

    private val shown = MutableStateFlow(State())
    val state: StateFlow<State> = shown.asStateFlow()
    private val work = Work(app, scope)

    /** Whether something runs. */
    val isBusy: StateFlow<Boolean> get() = work.isRunning
    private val opening = Mutex()

    /** Opens the lesson of [user]; what ran in another one ends. */
    fun open(engine: EmotionEngine, user: String) {
        if (state.value.lesson?.user == user) return
        scope.launch {
            app.attempt {
                opening.withLock {
                    close()
                    val lesson = TeachModel.open(engine, user)
                    shown.update { it.copy(lesson = lesson) }
                }
            }
        }
    }

    /** Records a clip of [label]; a longer one if the person speaks. */
    fun record(label: EmotionLabel, speaks: Boolean) {
        val count = if (speaks) TeachModel.SPOKEN_FRAMES else TeachModel.CLIP_FRAMES
        run(label) { record(label, frames.frames(), sound, count) }
    }

    fun learn() = run { learn() }

    fun remove(index: Int) = run { remove(index) }

    fun clear() = run { clear() }

    fun confirm(name: String) = run { confirm(name) }

    /** Ends what runs, and takes back what was to be learned in the background. */
    fun stop() {
        val lesson = state.value.lesson ?: return
        scope.launch {
            work.stopAndJoin()
            app.attempt { lesson.stop() }
        }
    }

    private fun run(label: EmotionLabel? = null, job: suspend TeachModel.() -> Unit) {
        val lesson = state.value.lesson ?: return
        work.start(after = { shown.update { it.copy(recording = null) } }) {
            shown.update { it.copy(recording = label) }
            lesson.job()
        }
    }

    /** Leaves the screen; who is due goes on being adapted in the background. */
    fun leave() {
        // In this thread as far as it gets: the scope may be about to end.
        scope.launch(NonCancellable) { opening.withLock { close() } }
    }

    private suspend fun close() = withContext(NonCancellable) {
        work.stopAndJoin()
        val lesson = state.value.lesson
        shown.value = State()
        if (lesson?.state?.value?.isDue == true) learnLater()
        lesson?.close()
    }
}
