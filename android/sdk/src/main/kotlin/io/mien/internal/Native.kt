package io.mien.internal

import io.mien.ErrorCode
import io.mien.MienError
import io.mien.ffi.Disposable
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.DisposableHandle
import kotlinx.coroutines.Job
import kotlinx.coroutines.withContext
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/**
 * An object of the native library, freed after it is closed and the last call that uses it returns.
 *
 * Generated code guards the object that a function is called on, but not an object that is an argument: it may be
 * freed already, or by another thread during the call. So this is the only access to both: [use] throws
 * [ErrorCode.CLOSED] after [close], and the object stays until the last [use] ends.
 */
internal class Native<T : Disposable>(private val core: T, private val name: String) {
    /** The number of calls that use the object, and [CLOSED]. */
    private val state = AtomicInteger()

    /** Registrations that end when the object is closed. */
    private val attached = ConcurrentLinkedQueue<DisposableHandle>()

    /** Whether [close] was called. */
    val isClosed: Boolean
        get() = state.get() and CLOSED != 0

    /** Returns the result of [work] with the object, which is not freed meanwhile; throws as [call] does. */
    inline fun <R> use(work: (T) -> R): R {
        enter()
        try {
            return call { work(core) }
        } finally {
            leave()
        }
    }

    /** Like [use], off the caller's thread. */
    suspend fun <R> useOffThread(work: (T) -> R): R = offThread { use(work) }

    /** Like [useOffThread], for work that keeps a processor busy. */
    suspend fun <R> useBusy(work: (T) -> R): R = withContext(Dispatchers.Default) { use(work) }

    /**
     * Closes the object: later calls throw, and it is freed after the running ones. [end] may end the running calls
     * first. Closing again does nothing.
     */
    fun close(end: (T) -> Unit = {}) {
        if (!beginClosing()) return
        finishClosing(end)
    }

    /** Like [close], but after [begin], [end] runs on its own thread, for which [awaitClosings] waits. */
    fun closeElsewhere(begin: (T) -> Unit, end: (T) -> Unit) {
        if (!beginClosing()) return
        call { begin(core) }
        synchronized(closings) {
            // Within the lock, so that the thread cannot remove itself before it is added.
            closings += thread(name = "mien-close") {
                try {
                    finishClosing(end)
                } finally {
                    synchronized(closings) { closings -= Thread.currentThread() }
                }
            }
        }
    }

    /** Calls [close] when [job] completes, unless the object is closed earlier. */
    fun closeWith(job: Job, close: () -> Unit) {
        attached += job.invokeOnCompletion { close() }
        if (isClosed) detach()
    }

    /** Counts a call in. */
    fun enter() {
        while (true) {
            val now = state.get()
            if (now and CLOSED != 0) throw MienError(ErrorCode.CLOSED, "$name is closed")
            if (state.compareAndSet(now, now + 1)) return
        }
    }

    /** Counts a call out; the last one frees a closed object. */
    fun leave() {
        if (state.decrementAndGet() == CLOSED) core.destroy()
    }

    /** Returns false if it was closed before. Closing counts as a call, so that the object is not freed meanwhile. */
    private fun beginClosing(): Boolean {
        while (true) {
            val now = state.get()
            if (now and CLOSED != 0) return false
            if (state.compareAndSet(now, (now + 1) or CLOSED)) break
        }
        detach()
        return true
    }

    private fun finishClosing(end: (T) -> Unit) {
        try {
            call { end(core) }
        } finally {
            leave()
        }
    }

    private fun detach() {
        while (true) attached.poll()?.dispose() ?: return
    }

    companion object {
        private const val CLOSED = 1 shl 30
        private val closings: MutableSet<Thread> = HashSet()

        /** Waits for the closings that [closeElsewhere] started. */
        fun awaitClosings() {
            synchronized(closings) { closings.toList() }.forEach { it.join() }
        }
    }
}
