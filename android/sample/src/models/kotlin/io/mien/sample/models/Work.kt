package io.mien.sample.models

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch

/** One piece of work at a time, which goes on while the phone is turned and the views are built anew. */
class Work(private val app: AppModel, private val scope: CoroutineScope) {
    private val running = MutableStateFlow(false)

    /** Whether some is running. */
    val isRunning: StateFlow<Boolean> = running.asStateFlow()

    @Volatile
    private var job: Job? = null

    /** Runs [work] and shows its error; then, also if it was stopped, [after]. Does nothing while other work runs. */
    fun start(after: () -> Unit = {}, work: suspend () -> Unit) {
        if (!running.compareAndSet(expect = false, update = true)) return
        val next = scope.launch(start = CoroutineStart.LAZY) { app.attempt(work) }
        job = next
        next.invokeOnCompletion {
            running.value = false
            after()
        }
        next.start()
    }

    fun stop() {
        job?.cancel()
    }

    /** Stops the work and waits until it has cleared up. */
    suspend fun stopAndJoin() {
        job?.cancelAndJoin()
    }
}
