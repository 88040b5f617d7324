package io.mien.sample.models

import io.mien.EmotionEngine
import io.mien.PowerBudget
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.emptyFlow
import kotlinx.coroutines.flow.update

/** The screens; [usesCamera] says where the camera is on. */
enum class Screen(val usesCamera: Boolean) {
    LIVE(true),
    ENROLL(true),
    TEACH(true),
    TIMELINE(false),
    SETTINGS(false),
    BENCHMARK(true),
}

/**
 * Which screen is open, and the models of all of them. It outlives the views: what runs in [scope] goes on while the phone
 * is turned, and ends when the person leaves the screen. [budgets] are those of the phone's state. [learnLater] requests
 * that users who are due are adapted in the background.
 */
class Screens(
    val app: AppModel,
    private val scope: CoroutineScope,
    val frames: FrameOutput = FrameOutput(),
    val sound: SoundOutput = SoundOutput(),
    val budgets: Flow<PowerBudget> = emptyFlow(),
    learnLater: () -> Unit = {},
) : AutoCloseable {
    val live = LiveModel()
    val enrolling = Enrolling(app, frames, scope)
    val teaching = Teaching(app, frames, sound, scope, learnLater)
    val timeline = TimelineModel()
    val benchmark = BenchmarkModel()
    private val measuring = Work(app, scope)
    private val managing = Work(app, scope)

    private val opened = MutableStateFlow(Screen.LIVE)
    val open: StateFlow<Screen> = opened.asStateFlow()

    private val user = MutableStateFlow<String?>(null)

    /** The user whose lessons or timeline are shown. */
    val chosen: StateFlow<String?> = user.asStateFlow()

    private val secret = MutableStateFlow("")

    /** The passphrase of exported files: in memory only, never in the saved state of an activity. */
    val passphrase: StateFlow<String> = secret.asStateFlow()

    /** Opens [screen]; what runs on the one that is left ends. */
    fun show(screen: Screen) {
        val left = open.value
        if (left == screen) return
        when (left) {
            Screen.ENROLL -> enrolling.leave()
            Screen.TEACH -> teaching.leave()
            Screen.BENCHMARK -> measuring.stop()
            Screen.LIVE, Screen.TIMELINE, Screen.SETTINGS -> Unit
        }
        opened.value = screen
        if (screen == Screen.BENCHMARK) measure()
    }

    /** Where the system's back gesture leads from [screen]; null if it leaves the application. */
    fun behind(screen: Screen): Screen? = when (screen) {
        Screen.LIVE -> null
        Screen.BENCHMARK -> Screen.SETTINGS
        else -> Screen.LIVE
    }

    fun choose(name: String) {
        user.value = name
    }

    fun setPassphrase(passphrase: String) {
        secret.value = passphrase
    }

    private fun measure() {
        val engine = app.state.value.engine ?: return
        measuring.start { benchmark.run(frames, engine) }
    }

    /** Whether stored users are being changed. */
    val isManaging: StateFlow<Boolean> get() = managing.isRunning

    /** Changes stored users, then shows them. */
    fun manage(engine: EmotionEngine, work: suspend SettingsModel.() -> Unit) = managing.start {
        app.attempt { SettingsModel(engine).work() }
        app.reload()
    }

    override fun close() {
        enrolling.leave()
        teaching.leave()
        measuring.stop()
    }
}

/** The screen that enrolls a person. */
class Enrolling(private val app: AppModel, private val frames: FrameOutput, scope: CoroutineScope) {
    /** The name that is typed, and the enrollment that runs or has just ended. */
    data class State(val name: String = "", val enrollment: EnrollmentModel? = null)

    private val shown = MutableStateFlow(State())
    val state: StateFlow<State> = shown.asStateFlow()
    private val work = Work(app, scope)

    fun rename(name: String) = shown.update { it.copy(name = name) }

    fun begin(engine: EmotionEngine) {
        val model = EnrollmentModel()
        val name = state.value.name.trim()
        work.start(after = { forget(model) }) {
            shown.update { it.copy(enrollment = model) }
            model.enroll(name, frames.frames(), engine)
            app.reload()
        }
    }

    /** An enrollment that failed or was stopped makes room for the next. */
    private fun forget(model: EnrollmentModel) = shown.update {
        if (it.enrollment === model && !model.state.value.isDone) it.copy(enrollment = null) else it
    }

    /** Ends what runs; nothing of it is stored. */
    fun leave() {
        work.stop()
        shown.value = State()
    }
}
