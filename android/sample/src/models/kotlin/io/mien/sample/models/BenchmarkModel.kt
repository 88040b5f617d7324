package io.mien.sample.models

import io.mien.EmotionEngine
import io.mien.LiveStatistics
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import java.io.File
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** Measures the time of a still frame, the drops of a live session and the memory on this device. */
class BenchmarkModel {
    /**
     * The state of the view.
     *
     * @property milliseconds Milliseconds of each still frame, sorted.
     * @property live The frame counts of a live session.
     * @property residentMiB The memory of the whole application; null if the system does not report it.
     */
    data class State(
        val milliseconds: List<Double> = emptyList(),
        val live: LiveStatistics? = null,
        val residentMiB: Double? = null,
        val isDone: Boolean = false,
    ) {
        val median: Double? get() = milliseconds.getOrNull(milliseconds.size / 2)
        val worst: Double? get() = milliseconds.lastOrNull()
    }

    private val shown = MutableStateFlow(State())
    val state: StateFlow<State> = shown.asStateFlow()

    /** Processes [rounds] still frames, then the camera's stream for [lasting]. */
    suspend fun run(
        camera: FrameOutput,
        engine: EmotionEngine,
        rounds: Int = 50,
        lasting: Duration = 10.seconds,
    ): Unit = withContext(Dispatchers.Default) {
        shown.value = State()
        camera.frames().take(rounds).collect { measure(it, engine) }
        engine.live().use { live ->
            withTimeoutOrNull(lasting) {
                coroutineScope {
                    launch { camera.feed(live) }
                    live.results.collect {
                        shown.update { it.copy(live = live.statistics, residentMiB = residentMiB()) }
                    }
                }
            }
        }
        shown.update { it.copy(isDone = true) }
    }

    private fun measure(frame: CameraFrame, engine: EmotionEngine) {
        val start = System.nanoTime()
        engine.processBlocking(frame.frame)
        val took = (System.nanoTime() - start) / NS_PER_MS
        shown.update { it.copy(milliseconds = (it.milliseconds + took).sorted(), residentMiB = residentMiB()) }
    }

    private fun residentMiB(): Double? = File("/proc/self/status").takeIf { it.canRead() }?.useLines { lines ->
        lines.firstOrNull { it.startsWith("VmRSS:") }?.filter(Char::isDigit)?.toDouble()?.div(KIB_PER_MIB)
    }

    private companion object {
        const val NS_PER_MS = 1e6
        const val KIB_PER_MIB = 1024
    }
}
