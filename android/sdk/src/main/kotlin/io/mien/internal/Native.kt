package io.mien.internal

import io.mien.MienException
import io.mien.ffi.Disposable
import kotlinx.coroutines.DisposableHandle
import kotlinx.coroutines.Job
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/**
 * An object of the native library, freed once it is closed and no call uses it any more.
 *
 * Generated code guards the object that a function is called on, but not one that is an argument: that one may be freed
 * already, or by another thread during the call. So this is the only way to either: [use] throws [MienException.Closed] after
 * [close], and the object stays until the last [use] has ended.
 */
internal class Native<T : Disposable>(private val core: T, private val name: String) {
    /** The number of calls that use the object, and [CLOSED]. */
    private val state = AtomicInteger()

    /** What is to be let go of when the object is closed. */
    private val attached = ConcurrentLinkedQueue<DisposableHandle>()

    /** Whether [close] was called. */
    val isClosed: Boolean
        get() = state.get() and CLOSED != 0

    /** What [work] makes of the object, which stays for that long; throws as [call] does. */
    inline fun <R> use(work: (T) -> R): R {
        enter()
        try {
            return call { work(core) }
        } finally {
            leave()
        }
    }

    /** As [use], off the caller's thread. */
    suspend fun <R> useOffThread(work: (T) -> R): R = offThread { use(work) }

    /**
     * Closes the object: calls that begin from now on throw, and it is freed after those that run. Before that [end] may end
     * the ones that run. Closing again does nothing.
     */
    fun close(end: (T) -> Unit = {}) {
        if (!beginClosing()) return
        finishClosing(end)
    }

    /** As [close], but [end] runs on a thread of its own, for which [awaitClosings] waits. */
    fun closeElsewhere(end: (T) -> Unit) {
        if (!beginClosing()) return
        synchronized(closings) {
            // Within the lock, so that it does not take itself out before it is in.
            closings += thread(name = "mien-close", isDaemon = true) {
                try {
                    finishClosing(end)
                } finally {
                    synchronized(closings) { closings -= Thread.currentThread() }
                }
            }
        }
    }

    /** Calls [close] when [job] completes, and forgets that when the object is closed before. */
    fun closeWith(job: Job, close: () -> Unit) {
        attached += job.invokeOnCompletion { close() }
        if (isClosed) detach()
    }

    /** Counts a call in. */
    fun enter() {
        while (true) {
            val now = state.get()
            if (now and CLOSED != 0) throw MienException.Closed("$name is closed")
            if (state.compareAndSet(now, now + 1)) return
        }
    }

    /** Counts a call out; the last one frees a closed object. */
    fun leave() {
        if (state.decrementAndGet() == CLOSED) core.destroy()
    }

    /** False where it was closed before. What closes counts as a call, so that the object stays for it. */
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

        /** Waits for what [closeElsewhere] has begun, so that what it holds is free. */
        fun awaitClosings() {
            synchronized(closings) { closings.toList() }.forEach { it.join() }
        }
    }
}
