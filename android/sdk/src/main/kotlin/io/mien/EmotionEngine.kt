package io.mien

import io.mien.internal.Native
import io.mien.internal.NativeLibrary
import io.mien.internal.TimeScale
import io.mien.internal.call
import io.mien.internal.core
import io.mien.internal.direct
import io.mien.internal.handFrame
import io.mien.internal.label
import io.mien.internal.millis
import io.mien.internal.offThread
import io.mien.internal.public
import io.mien.internal.unsigned
import io.mien.internal.wiping
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.job
import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Instant
import io.mien.ffi.Engine as CoreEngine

/**
 * Detects faces, identifies users, recognizes emotions and learns users' faces, all on the device.
 *
 * Any call may come from any thread; processing runs on several threads in parallel. All work that takes longer than a
 * few milliseconds is `suspend` and leaves the caller's thread; functions whose names end in `Blocking` do the same work
 * on it, for the thread of a camera. After [close] every call throws [ErrorCode.CLOSED], and so do the sessions, enrollments and clips of the
 * engine.
 *
 * All functions throw [MienError] only, with the original exception as its cause, except two: an exception of
 * the application's own function (`onProgress`) and the cancellation of a coroutine.
 */
public class EmotionEngine internal constructor(
    core: CoreEngine,
    /** The location of the store; null without a store. */
    public val store: StoreLocation?,
) : AutoCloseable {
    internal val native: Native<CoreEngine> = Native(core, "the engine")
    internal val handle: Long = core.frameHandle().toLong()

    /**
     * Whether the key of the store was lost and an empty store was begun, by [KeyLoss.START_OVER].
     *
     * [StoreLocation.lostStores] lists the files of the old store.
     */
    public val startedOver: Boolean = store?.vault?.startedOver == true

    /** The enrolled users and their heads. */
    public val users: Users = Users(this)

    /** The classes of the expression network, in their order. */
    public val labels: List<EmotionLabel> = core.labels().map { it.label() }

    /** SHA-256 of the networks that users' heads are learned with; heads of other networks cannot answer. */
    public val networks: String = core.networks()

    /** Whether [close] was called. */
    public val isClosed: Boolean
        get() = native.isClosed

    /**
     * Analyzes every face of a picture in memory.
     *
     * The frame and its buffers belong to the call until it returns or throws, also if the coroutine is cancelled.
     *
     * Throws [ErrorCode.INVALID_FRAME] if the planes do not fit the layout, [ErrorCode.CLOSED],
     * [ErrorCode.INTERNAL].
     */
    public suspend fun process(frame: Frame): FrameResult =
        native.useBusy { handFrame(handle, frame, Duration.ZERO) { still() } }

    /** Like [process], on the caller's thread. */
    public fun processBlocking(frame: Frame): FrameResult =
        native.use { handFrame(handle, frame, Duration.ZERO) { still() } }

    /**
     * Analyzes every face of a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF orientation.
     *
     * Throws [ErrorCode.INVALID_FRAME] if the picture cannot be read, [ErrorCode.CLOSED],
     * [ErrorCode.INTERNAL].
     */
    public suspend fun process(picture: ByteArray): FrameResult = native.useBusy {
        it.processPicture(picture.direct()).public()
    }

    /** Like [process] of a picture file, on the caller's thread. */
    public fun processBlocking(picture: ByteArray): FrameResult =
        native.use { it.processPicture(picture.direct()).public() }

    /**
     * Creates a session that processes every frame of a stream in order: for files.
     *
     * Throws [ErrorCode.INVALID_OPTION] for an option out of range, [ErrorCode.CLOSED].
     */
    public fun video(options: StreamOptions = StreamOptions()): VideoSession =
        native.use { VideoSession(it.video(options.core())) }

    /**
     * Creates a session that processes the newest frame on its own thread: for cameras.
     *
     * Throws [ErrorCode.INVALID_OPTION] for an option out of range, [ErrorCode.CLOSED],
     * [ErrorCode.INTERNAL] if the system cannot start a thread.
     */
    public fun live(options: LiveOptions = LiveOptions()): LiveSession =
        native.use { LiveSession(it.live(options.core())) }

    /** Returns the timeline of the user [name] by the clock on the wall. */
    public fun timeline(name: String): EmotionTimeline<Instant> = EmotionTimeline(this, name, null, TimeScale.Wall)

    /**
     * Returns the timeline of the user [name] in the named [medium], such as a film: 1 to 255 bytes without control
     * characters.
     */
    public fun timeline(name: String, medium: String): EmotionTimeline<Duration> =
        EmotionTimeline(this, name, medium, TimeScale.Medium)

    /**
     * Deletes expired data ([Retention]) from the timelines of all users and erases it from the file of the store.
     * Recording does so once a day for the recorded user; call this once a day for the others. Expired clips in
     * the store (`Users.clips`) go too, by the clock as it is.
     *
     * The clock of a device can be wrong: a step of more than two days since the last day on which the clock was
     * read counts only after the clock was read on 14 further days, and never if the clock goes back first. Data is
     * deleted a day after it expires at the earliest. [EmotionTimeline.forget] deletes at once.
     *
     * Throws [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun pruneTimelines(now: Instant = Clock.System.now()): Unit =
        native.useOffThread { it.pruneTimelines(now.millis("now")) }

    /**
     * Returns the value that the application stored under `name`, or null.
     *
     * Throws [ErrorCode.STORAGE], [ErrorCode.PROFILE_CORRUPT], [ErrorCode.CLOSED].
     */
    public suspend fun setting(name: String): ByteArray? = native.useOffThread { it.setting(name) }

    /**
     * Stores a value of the application, up to 64 KiB, under a name of up to 64 bytes; null removes it.
     *
     * Throws [ErrorCode.INVALID_OPTION] if the name or the value is too long, [ErrorCode.STORAGE],
     * [ErrorCode.CLOSED].
     */
    public suspend fun setSetting(name: String, value: ByteArray?): Unit =
        native.useOffThread { it.setSetting(name, value) }

    /**
     * The maximum sizes of the store.
     *
     * Throws [ErrorCode.STORAGE] if there is no store, [ErrorCode.CLOSED].
     */
    public suspend fun storeLimits(): StoreLimits = native.useOffThread { it.storeLimits().public() }

    /**
     * Erases replaced and forgotten data (heads, settings) from the file of the store. The disk must have room for a
     * copy of the file. Processing continues meanwhile.
     *
     * Deleting a user and changing the key do so by themselves.
     *
     * Throws [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun eraseFreeSpace(): Unit = native.useOffThread { it.eraseFreeSpace() }

    /**
     * Encrypts the whole store again with another key of 32 random bytes, which are wiped; null rewrites it without
     * encryption.
     *
     * A [KeyVault] of the store keeps the new key. After null the vault encrypts the store again when it is opened
     * next, unless it is opened as [StoreLocation.unencrypted].
     *
     * Throws [ErrorCode.INVALID_OPTION] for a key of another length, [ErrorCode.STORAGE],
     * [ErrorCode.CLOSED].
     */
    public suspend fun changeStoreKey(key: ByteArray?): Unit = native.useOffThread { core ->
        val vault = store?.vault
        when {
            key == null -> core.decryptStore()
            vault == null -> wiping(key) { core.encryptStore(it) }
            else -> wiping(key) { vault.change(key) { core.encryptStore(it) } }
        }
    }

    /**
     * Closes the engine and everything made from it, and returns at once: later calls throw [ErrorCode.CLOSED], live
     * sessions end, and their results complete. On another thread, running calls finish first, except an adaptation,
     * which soon ends with [ErrorCode.CLOSED] and keeps the old head; then users, heads, clips and enrollments leave
     * the memory, and the store is free for another engine. [create] and [salvage] wait for that; [awaitClosed] does for
     * others. Closing again does nothing.
     */
    override fun close() {
        native.closeElsewhere({ it.beginShutDown() }) { it.shutDown() }
    }

    /** Waits until the store of an engine that was closed is free for another process. Returns at once if it is open. */
    public suspend fun awaitClosed() {
        if (isClosed) offThread { Native.awaitClosings() }
    }

    /** Creates engines. */
    public companion object {
        /**
         * Creates an engine with these models and the store at [store]; null: without a store. Applications on
         * Android use the function of the same name with a `Context`. Waits for an engine that is closing.
         *
         * Throws [ErrorCode.MODEL_LOAD], [ErrorCode.INVALID_OPTION], [ErrorCode.STORAGE],
         * [ErrorCode.WRONG_KEY], [ErrorCode.PROFILE_CORRUPT], [ErrorCode.PROFILE_VERSION], or
         * [ErrorCode.CLOSED] if [models] is closed.
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
                // Nobody holds this engine, and it would block the store for the next one.
                made?.close()
                throw error
            }
        }

        private fun make(models: ModelPack, options: EngineOptions, store: StoreLocation?): EmotionEngine {
            NativeLibrary.load()
            Native.awaitClosings()
            val core = when (store) {
                null -> models.native.use { CoreEngine.withoutStore(it, options.core()) }
                else -> store.open(models, options)
            }
            return EmotionEngine(core, store)
        }

        /**
         * Recovers the intact data of the damaged store at [store], which [create] refuses with
         * [ErrorCode.PROFILE_CORRUPT]; no engine may have it open. The damaged file is kept beside the store
         * under another name, so that nothing is lost by trying. A sound store stays unchanged.
         *
         * Throws [ErrorCode.INVALID_OPTION] if there is no store, [ErrorCode.WRONG_KEY],
         * [ErrorCode.PROFILE_VERSION] for an older layout, [ErrorCode.STORAGE] if the folder is in use or
         * cannot be written.
         */
        public suspend fun salvage(store: StoreLocation): SalvageReport = offThread {
            Native.awaitClosings()
            store.salvage()
        }

        /** The version of the library, as `major.minor.patch`. */
        @JvmStatic
        public fun libraryVersion(): String = call {
            NativeLibrary.load()
            io.mien.ffi.libraryVersion()
        }
    }
}

/**
 * Closes this when the scope ends: `engine.live().closeWith(lifecycleScope)`. The scope does not keep an object that
 * is closed earlier. Closing never waits for native code ([EmotionEngine.close]). A scope whose job its owner never
 * completes closes nothing.
 */
public fun <T : AutoCloseable> T.closeWith(scope: CoroutineScope): T = apply { bind(this, scope.coroutineContext.job) }

private fun bind(thing: AutoCloseable, job: Job) {
    when (thing) {
        is EmotionEngine -> thing.native.closeWith(job) { thing.close() }
        is ModelPack -> thing.native.closeWith(job) { thing.close() }
        is VideoSession -> thing.native.closeWith(job) { thing.close() }
        is LiveSession -> thing.native.closeWith(job) { thing.close() }
        is Enrollment -> thing.native.closeWith(job) { thing.close() }
        is Clips -> thing.native.closeWith(job) { thing.close() }
        else -> job.invokeOnCompletion { thing.close() }
    }
}
