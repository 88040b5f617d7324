package io.mien.sample

import androidx.lifecycle.Lifecycle
import androidx.lifecycle.LifecycleOwner
import androidx.lifecycle.LifecycleRegistry
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.setMain
import org.junit.jupiter.api.Assumptions.assumeTrue
import java.awt.EventQueue
import kotlin.coroutines.CoroutineContext

/** An application in front, until a test says otherwise. */
class Foreground : LifecycleOwner {
    private val registry = LifecycleRegistry.createUnsafe(this).apply { currentState = Lifecycle.State.RESUMED }
    override val lifecycle: Lifecycle get() = registry

    /** The person turns to another application, or comes back. */
    fun show(isVisible: Boolean) {
        registry.currentState = if (isVisible) Lifecycle.State.RESUMED else Lifecycle.State.CREATED
    }
}

/** Makes the thread that draws the main thread, which lifecycles need. */
@OptIn(ExperimentalCoroutinesApi::class)
fun mainThread() = Dispatchers.setMain(object : CoroutineDispatcher() {
    override fun dispatch(context: CoroutineContext, block: Runnable) = EventQueue.invokeLater(block)

    override fun isDispatchNeeded(context: CoroutineContext) = !EventQueue.isDispatchThread()
})

/** Skips the tests that draw where Compose cannot. */
fun assumeDrawing() {
    val missing = runCatching { org.jetbrains.skia.Surface.makeRasterN32Premul(1, 1).close() }.exceptionOrNull()
    assumeTrue(missing == null) { "skipped: Compose does not draw on this computer ($missing)" }
}
