package io.mien

import io.mien.internal.Native
import io.mien.internal.NativeLibrary
import io.mien.internal.call
import io.mien.internal.core
import io.mien.internal.direct
import io.mien.internal.handFrame
import io.mien.internal.offThread
import io.mien.internal.public
import io.mien.internal.unsigned
import io.mien.internal.wiping
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.job
import io.mien.ffi.Engine as CoreEngine

/**
 * Finds faces, tells whose they are and what they show, and learns users. Everything happens on the device.
 *
 * An engine may be used from any thread, and looking runs on several beside each other. [process] and sessions work on
 * the caller's thread (a picture takes tens of milliseconds: not on the main thread); functions that `suspend` move off it
 * by themselves. After [close] every call throws [MienException.Closed], and so do sessions of the engine.
 *
 * Everything that is thrown is a [MienException], with what it came from as its cause; only what an application's own
 * function throws (`onProgress`), and a coroutine's cancellation, come out as they are.
 */
public class EmotionEngine internal constructor(
    core: CoreEngine,
    /** Where the users are kept; null for nowhere. */
    public val store: StoreLocation?,
) : AutoCloseable {
    internal val native: Native<CoreEngine> = Native(core, "the engine")
    internal val handle: Long = core.frameHandle().toLong()

    /**
     * Whether the key of the store was lost, and [create] put the store aside ([StoreLocation.lostStores]) and began an
     * empty one, as [KeyLoss.START_OVER] has it.
     */
    public val startedOver: Boolean = store?.vault?.startedOver == true

    /** Who is enrolled, and their heads. */
    public val users: Users = Users(this)

    /** The emotions that the models know, in their order. */
    public val labels: List<String> = core.labels()

    /** SHA-256 of the networks that users' heads are learned with; heads of other networks do not answer. */
    public val networks: String = core.networks()

    /** Whether [close] was called. */
    public val isClosed: Boolean
        get() = native.isClosed

    /** Everything about every face of a picture. Throws [MienException.InvalidFrame]. */
    public fun process(frame: Frame): FrameResult = native.use { handFrame(handle, frame, 0) { still() } }

    /** Everything about every face of a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF orientation. */
    public fun process(picture: ByteArray): FrameResult = native.use { it.processPicture(picture.direct()).public() }

    /** A session that looks at every frame of a stream in order, on the caller's thread. */
    public fun video(options: StreamOptions = StreamOptions()): VideoSession =
        native.use { VideoSession(it.video(options.core())) }

    /** A session that looks at the newest frame, on a thread of its own. */
    public fun live(options: LiveOptions = LiveOptions()): LiveSession =
        native.use { LiveSession(it.live(options.core())) }

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
        native.useOffThread { it.pruneTimelines(nowMs.unsigned("nowMs")) }

    /** What the application stored under [name], or null. */
    public suspend fun setting(name: String): ByteArray? = native.useOffThread { it.setting(name) }

    /** Stores a value of the application's own beside the users, 64 KiB at most; null removes it. */
    public suspend fun setSetting(name: String, value: ByteArray?): Unit =
        native.useOffThread { it.setSetting(name, value) }

    /** How much the store may hold. */
    public suspend fun storeLimits(): StoreLimits = native.useOffThread { it.storeLimits().public() }

    /**
     * Makes what was replaced (heads, settings) or forgotten gone from the store's file, for which the disk must have room
     * for a copy of it. Deleting a user and changing the key do so by themselves. Looking goes on meanwhile.
     */
    public suspend fun eraseFreeSpace(): Unit = native.useOffThread { it.eraseFreeSpace() }

    /**
     * Encrypts the store with another key of 32 random bytes, which are wiped; null writes it without encryption. The
     * vault of the store, where there is one, keeps the new key from then on; after null its store is encrypted again with
     * the vault's key when it is opened next, unless it is opened as [StoreLocation.unencrypted].
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
     * Closes the engine and all that was made of it: users and heads leave the memory, the store is free for another
     * engine, live sessions end at once and tell who waits [MienException.Closed]. Calls that are running finish; an
     * adaptation ends soon and leaves the old head. This may wait for a change that is being written: on a main thread
     * prefer [closeWith]. Closing again does nothing.
     */
    override fun close() {
        native.close { it.shutDown() }
    }

    /** As [close], without waiting. */
    internal fun closeElsewhere() {
        native.closeElsewhere { it.shutDown() }
    }

    /** Making engines. */
    public companion object {
        /**
         * An engine of these models that keeps its users at [store], or nowhere where that is null. Applications on
         * Android take the function of the same name with a `Context`. Waits for an engine that [closeWith] is closing.
         *
         * Throws [MienException.ModelLoad], [MienException.InvalidOption], [MienException.Storage],
         * [MienException.WrongKey], [MienException.ProfileCorrupt], [MienException.ProfileVersion], or
         * [MienException.Closed] where [models] is closed.
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
            Native.awaitClosings()
            val core = when (store) {
                null -> models.native.use { CoreEngine.withoutStore(it, options.core()) }
                else -> store.open(models, options)
            }
            return EmotionEngine(core, store)
        }

        /**
         * Recovers what is intact of the damaged store at [store], which [create] refuses with
         * [MienException.ProfileCorrupt]; no engine may have it open. The damaged file is kept beside it under another
         * name, so nothing is lost by trying. A sound store is left as it is.
         *
         * Throws [MienException.InvalidOption] where there is no store, [MienException.WrongKey],
         * [MienException.ProfileVersion] for an older layout, or [MienException.Storage].
         */
        public suspend fun salvage(store: StoreLocation): SalvageReport = offThread { store.salvage() }

        /** The native library's version. */
        public fun libraryVersion(): String = call {
            NativeLibrary.load()
            io.mien.ffi.libraryVersion()
        }
    }
}

/**
 * Closes this with the scope, however it ends: `engine.live().closeWith(lifecycleScope)`. What is closed before is not kept
 * by the scope any more. Nothing of this library waits here for native code: an engine is closed for all calls at once, and
 * its store on another thread, for which the next [EmotionEngine.create] waits. A scope whose job is not completed by its owner
 * closes nothing.
 */
public fun <T : AutoCloseable> T.closeWith(scope: CoroutineScope): T = apply { bind(this, scope.coroutineContext.job) }

private fun bind(thing: AutoCloseable, job: Job) {
    when (thing) {
        is EmotionEngine -> thing.native.closeWith(job) { thing.closeElsewhere() }
        is ModelPack -> thing.native.closeWith(job) { thing.close() }
        is VideoSession -> thing.native.closeWith(job) { thing.close() }
        is LiveSession -> thing.native.closeWith(job) { thing.close() }
        is Enrollment -> thing.native.closeWith(job) { thing.close() }
        is Clips -> thing.native.closeWith(job) { thing.close() }
        else -> job.invokeOnCompletion { thing.close() }
    }
}
