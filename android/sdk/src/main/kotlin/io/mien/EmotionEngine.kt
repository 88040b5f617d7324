package io.mien

import io.mien.internal.NativeLibrary
import io.mien.internal.call
import io.mien.internal.core
import io.mien.internal.direct
import io.mien.internal.handFrame
import io.mien.internal.offThread
import io.mien.internal.public
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.job
import java.io.File
import java.nio.ByteBuffer
import io.mien.ffi.Engine as CoreEngine

/**
 * Where users are kept.
 *
 * @property folder the store's folder, made where it is missing
 * @property key 32 random bytes that encrypt the store, or null for none; wiped once the engine is made
 * @property limits how much the store may hold
 */
public class StoreLocation(
    public val folder: File,
    public val key: ByteArray? = null,
    public val limits: StoreLimits = StoreLimits(),
)

/**
 * Finds faces, tells whose they are and what they show, and learns users. Everything happens on the device.
 *
 * An engine may be used from any thread, and looking runs on several beside each other. [process] and sessions work on
 * the caller's thread (a picture takes tens of milliseconds: not on the main thread); functions that `suspend` move off it
 * by themselves. After [close] every call throws [MienException.Closed], and so do sessions of the engine.
 */
public class EmotionEngine internal constructor(internal val core: CoreEngine) : AutoCloseable {
    internal val handle: Long = core.frameHandle().toLong()

    /** Who is enrolled, and their heads. */
    public val users: Users = Users(this)

    /** The emotions that the models know, in their order. */
    public val labels: List<String> = core.labels()

    /** SHA-256 of the networks that users' heads are learnt with; heads of other networks do not answer. */
    public val networks: String = core.networks()

    /** Whether [close] was called. */
    public val isClosed: Boolean
        get() = try {
            core.isShutDown()
        } catch (_: IllegalStateException) {
            true
        }

    /** Everything about every face of a picture. Throws [MienException.InvalidFrame]. */
    public fun process(frame: Frame): FrameResult = handFrame(handle, frame, 0) { still() }

    /** Everything about every face of a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF orientation. */
    public fun process(picture: ByteArray): FrameResult = call { core.processPicture(picture.direct()) }.public()

    /** A session that looks at every frame of a stream in order, on the caller's thread. */
    public fun video(options: StreamOptions = StreamOptions()): VideoSession =
        call { VideoSession(core.video(options.core())) }

    /** A session that looks at the newest frame, on a thread of its own. */
    public fun live(options: LiveOptions = LiveOptions()): LiveSession = call { LiveSession(core.live(options.core())) }

    /** What the user [name] showed over time, by the wall clock or the time of a medium. */
    public fun timeline(name: String, clock: Clock = Clock.Wall): Timeline = Timeline(this, name, clock)

    /**
     * Drops what is past its time ([Retention]) from the timelines of all users, for good. Call it once a day.
     *
     * The device's clock may be wrong, so [nowMs] is not taken at its word: a step of more than two days since the day
     * before on which the clock was seen counts only after it was seen on 14 further days, and not at all if it goes
     * back before; and what is dropped is past its time by a day at least. [Timeline.forget] drops at once.
     */
    public suspend fun pruneTimelines(nowMs: Long = System.currentTimeMillis()): Unit =
        offThread { core.pruneTimelines(nowMs.toULong()) }

    /** What the application stored under [name], or null. */
    public suspend fun setting(name: String): ByteArray? = offThread { core.setting(name) }

    /** Stores a value of the application's own beside the users, 64 KiB at most; null removes it. */
    public suspend fun setSetting(name: String, value: ByteArray?): Unit = offThread { core.setSetting(name, value) }

    /** How much the store may hold. */
    public suspend fun storeLimits(): StoreLimits = offThread { core.storeLimits().public() }

    /** Encrypts the store with another key of 32 random bytes, which are wiped; null writes it without encryption. */
    public suspend fun changeStoreKey(key: ByteArray?): Unit = offThread {
        if (key == null) core.decryptStore() else wiping(key) { core.encryptStore(it) }
    }

    /**
     * Closes the engine and all that was made of it: users and heads leave the memory, the store is free for another
     * engine. Calls that are running finish; an adaptation ends soon and leaves the old head. Closing again does nothing.
     */
    override fun close() {
        try {
            core.shutDown()
        } catch (_: IllegalStateException) {
            // It was closed before.
        }
        core.destroy()
    }

    /** Making engines. */
    public companion object {
        /**
         * An engine of these models that keeps its users at [store], or nowhere where that is null. Applications on
         * Android take the function of the same name with a `Context`.
         *
         * Throws [MienException.ModelLoad], [MienException.InvalidOption], [MienException.Storage],
         * [MienException.WrongKey], [MienException.ProfileCorrupt] or [MienException.ProfileVersion].
         */
        public suspend fun create(
            models: ModelPack,
            options: EngineOptions = EngineOptions(),
            store: StoreLocation? = null,
        ): EmotionEngine {
            var made: EmotionEngine? = null
            try {
                return offThread { make(models, options, store).also { made = it } }
            } catch (error: CancellationException) {
                // Nobody has it, and it would keep the store from the next one.
                made?.close()
                throw error
            }
        }

        private fun make(models: ModelPack, options: EngineOptions, store: StoreLocation?): EmotionEngine {
            NativeLibrary.load()
            val key = store?.key
            val core = when {
                store == null -> CoreEngine.withoutStore(models.core, options.core())
                key == null -> CoreEngine.withStore(models.core, options.core(), store.folder.path, store.limits.core())
                else -> wiping(key) {
                    CoreEngine.withEncryptedStore(models.core, options.core(), store.folder.path, it, store.limits.core())
                }
            }
            return EmotionEngine(core)
        }

        /** The native library's version. */
        public fun libraryVersion(): String {
            NativeLibrary.load()
            return call { io.mien.ffi.libraryVersion() }
        }

        /** Lends [key] to native code, and leaves no copy behind. */
        private inline fun <T> wiping(key: ByteArray, work: (ByteBuffer) -> T): T {
            val copy = key.direct()
            try {
                return work(copy)
            } finally {
                key.fill(0)
                for (index in 0 until copy.capacity()) copy.put(index, 0)
            }
        }
    }
}

/**
 * Closes this with the scope, however it ends: `engine.live().closeWith(lifecycleScope)`. A scope whose job is not
 * completed by its owner closes nothing.
 */
public fun <T : AutoCloseable> T.closeWith(scope: CoroutineScope): T {
    scope.coroutineContext.job.invokeOnCompletion { close() }
    return this
}
