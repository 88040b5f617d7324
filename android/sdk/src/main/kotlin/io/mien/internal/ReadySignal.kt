package io.mien.internal

import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.update
import java.lang.ref.WeakReference
import java.util.concurrent.ConcurrentHashMap
import kotlin.concurrent.thread

/**
 * Wakes the coroutines that wait for the results of a live session. All sessions share one thread, which stays in
 * native code until a session has something to fetch, so nothing runs while nothing happens.
 */
internal class ReadySignal(private val handle: Long) {
    private val signals = MutableStateFlow(0L)

    init {
        WATCHED[handle] = WeakReference(this)
        WAKER.isAlive
        ResultBuffer.ofThread().of({}) { out -> FrameBridge.watch(handle, out) }
    }

    /** The number of signals so far, for [after]. */
    val count: Long
        get() = signals.value

    /** Returns once there were more than [count] signals; at once if there were already. */
    suspend fun after(count: Long) {
        signals.first { it != count }
    }

    /** Signals the end of the session. */
    fun end() {
        WATCHED.remove(handle)
        signals.update { it + 1 }
    }

    private companion object {
        /** Weak, so that a session that nobody closes is freed all the same. */
        val WATCHED = ConcurrentHashMap<Long, WeakReference<ReadySignal>>()

        /** Serves all sessions; it does not keep the Java VM alive. */
        val WAKER: Thread = thread(name = "mien-results", isDaemon = true) {
            while (true) {
                val handle = FrameBridge.nextReady()
                val signal = WATCHED[handle]?.get()
                if (signal == null) WATCHED.remove(handle) else signal.signals.update { it + 1 }
            }
        }
    }
}
