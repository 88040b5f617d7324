package io.mien

import io.mien.internal.NativeLibrary
import io.mien.internal.call
import io.mien.internal.core
import io.mien.internal.public
import io.mien.internal.wiping
import java.io.File
import io.mien.ffi.Engine as CoreEngine

/**
 * The location of a store: encrypted with a key of the application ([key]) or of a [KeyVault], or explicitly
 * [unencrypted].
 *
 * @property folder The folder of the store, created if missing. To delete the data of all users, close the engine
 * and delete the folder.
 * @property key 32 random bytes that encrypt the store, wiped after an engine was created from this location or
 * failed to be; a second engine needs a new location. Null if a vault keeps the key, or there is none.
 * @property limits Maximum sizes of the store.
 */
public class StoreLocation private constructor(
    public val folder: File,
    public val key: ByteArray?,
    internal val vault: KeyVault?,
    public val limits: StoreLimits,
) {
    /** Whether [key] was wiped. */
    private var spent = false

    /** A store that is encrypted with [key], which the application keeps; an unencrypted store is refused. */
    public constructor(
        folder: File,
        key: ByteArray,
        limits: StoreLimits = StoreLimits(),
    ) : this(folder, key, null, limits)

    /**
     * A store in the folder of the vault, encrypted with the key of the vault, which follows
     * [EmotionEngine.changeStoreKey]. An unencrypted store is encrypted when it is opened: a new file replaces the
     * old one, so that a crash leaves one of the two.
     */
    public constructor(vault: KeyVault, limits: StoreLimits = StoreLimits()) : this(vault.folder, null, vault, limits)

    /**
     * Lists the files of stores whose key was lost and that [KeyLoss.START_OVER] set aside, three stores at most:
     * `users.mien.lost-1` with its key `store.key.lost-1`, and so on, the newest with the highest number. Nobody can
     * read them unless the system's key store finds the key again; then both files can get their old names back.
     */
    public fun lostStores(): List<File> = call {
        NativeLibrary.load()
        io.mien.ffi.lostStores(folder.path).map { File(folder, it) }
    }

    /** Deletes the files of [lostStores]. */
    public fun deleteLostStores(): Unit = call {
        for (file in lostStores()) {
            if (!file.delete() && file.exists()) throw MienError(ErrorCode.STORAGE, "${file.name} cannot be deleted")
        }
    }

    /** See [EmotionEngine.salvage]. */
    internal fun salvage(): SalvageReport = call {
        NativeLibrary.load()
        fun with(key: ByteArray) = call { wiping(key) { io.mien.ffi.salvageStore(folder.path, it) } }.public()
        if (vault != null) vault.tryingKeys(::with) else with(takeKey() ?: ByteArray(0))
    }

    /** Returns the key; the caller wipes it. */
    private fun takeKey(): ByteArray? = synchronized(this) {
        if (spent) throw MienError(
            ErrorCode.INVALID_OPTION,
            "the location's key was used and wiped: make a new location with the key",
        )
        spent = key != null
        key
    }

    internal fun open(models: ModelPack, options: EngineOptions): CoreEngine {
        if (vault != null) {
            return wiping(vault.key()) { key ->
                models.native.use {
                    CoreEngine.withEncryptedStoreOrPlain(it, options.core(), folder.path, key, limits.core())
                }
            }
        }
        val key = takeKey()
            ?: return models.native.use { CoreEngine.withStore(it, options.core(), folder.path, limits.core()) }
        return wiping(key) { direct ->
            models.native.use { CoreEngine.withEncryptedStore(it, options.core(), folder.path, direct, limits.core()) }
        }
    }

    /** Locations without a key. */
    public companion object {
        /**
         * A store that is **not** encrypted: everybody who can read [folder] can read faces, names and emotions. For
         * places that are encrypted otherwise, and for tests. An encrypted store is refused.
         */
        @JvmStatic
        @JvmOverloads
        public fun unencrypted(folder: File, limits: StoreLimits = StoreLimits()): StoreLocation =
            StoreLocation(folder, null, null, limits)
    }
}
