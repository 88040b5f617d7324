package io.mien.java

import io.mien.EmotionEngine
import io.mien.EngineOptions
import io.mien.Frame
import io.mien.FrameResult
import io.mien.ModelFiles
import io.mien.ModelPack
import io.mien.SalvageReport
import io.mien.StoreLimits
import io.mien.StoreLocation
import java.util.concurrent.CompletableFuture

/**
 * What an [EmotionEngine] does off the caller's thread, for Java. A future that fails has an [io.mien.MienError] as its
 * cause; cancelling a future cancels the work.
 */
public class EngineFutures private constructor(private val engine: EmotionEngine) {
    /** Finds and analyzes the faces of a frame; it and its buffers belong to the call until the future ends. */
    public fun process(frame: Frame): CompletableFuture<FrameResult> = call { engine.process(frame) }

    /** Like the other [process], for a picture file. */
    public fun process(picture: ByteArray): CompletableFuture<FrameResult> = call { engine.process(picture) }

    /** Returns the setting; null if there is none. */
    public fun setting(name: String): CompletableFuture<ByteArray?> = call { engine.setting(name) }

    /** Sets or, with null, removes a setting. */
    public fun setSetting(name: String, value: ByteArray?): CompletableFuture<Void?> =
        callVoid { engine.setSetting(name, value) }

    /** Encrypts the store with another key; [key] is wiped. */
    public fun changeStoreKey(key: ByteArray?): CompletableFuture<Void?> = callVoid { engine.changeStoreKey(key) }

    /** Overwrites what was deleted from the store. */
    public fun eraseFreeSpace(): CompletableFuture<Void?> = callVoid { engine.eraseFreeSpace() }

    /** Deletes expired data at [now]. */
    @JvmOverloads
    public fun pruneTimelines(now: java.time.Instant = java.time.Instant.now()): CompletableFuture<Void?> =
        callVoid { engine.pruneTimelines(now.kotlin()) }

    /** Returns the limits of the store. */
    public fun storeLimits(): CompletableFuture<StoreLimits> = call { engine.storeLimits() }

    /** Completes when the engine is closed and nothing of it runs any more. */
    public fun awaitClosed(): CompletableFuture<Void?> = callVoid { engine.awaitClosed() }

    /** Creates engines and what they need. */
    public companion object {
        /** Returns the futures of [engine]. */
        @JvmStatic
        public fun from(engine: EmotionEngine): EngineFutures = EngineFutures(engine)

        /** Reads the model files. */
        @JvmStatic
        public fun read(files: ModelFiles): CompletableFuture<ModelPack> = call { ModelPack.read(files) }

        /** Decodes a picture file. */
        @JvmStatic
        public fun decode(picture: ByteArray): CompletableFuture<Frame> = call { Frame.decode(picture) }

        /** Creates an engine with the store at [store], or without one. */
        @JvmStatic
        @JvmOverloads
        public fun create(
            pack: ModelPack,
            options: EngineOptions = EngineOptions(),
            store: StoreLocation? = null,
        ): CompletableFuture<EmotionEngine> = call { EmotionEngine.create(pack, options, store) }

        /** Recovers what can be read of a damaged store. */
        @JvmStatic
        public fun salvage(store: StoreLocation): CompletableFuture<SalvageReport> =
            call { EmotionEngine.salvage(store) }

        /** The version of the native library. */
        @JvmStatic
        public fun libraryVersion(): String = EmotionEngine.libraryVersion()
    }
}
