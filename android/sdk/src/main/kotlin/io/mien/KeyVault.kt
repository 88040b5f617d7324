package io.mien

import io.mien.ffi.StoreState
import io.mien.internal.Native
import io.mien.internal.NativeLibrary
import io.mien.internal.call
import io.mien.internal.exclusively
import io.mien.internal.isKeyLoss
import io.mien.internal.withoutPath
import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.security.SecureRandom

/** Encrypts a few bytes with a key that never leaves its place, such as Android's Keystore. */
public interface KeyWrapper {
    /** Encrypts [secret]. An exception counts as a temporary failure. */
    @Throws(Exception::class)
    public fun wrap(secret: ByteArray): ByteArray

    /**
     * Decrypts the result of [wrap]. Throws [java.security.UnrecoverableKeyException] or
     * [javax.crypto.AEADBadTagException], or an exception with one of these as its cause, if the key is lost for
     * good or wrong (Android's `KeyPermanentlyInvalidatedException` counts too). Any other exception counts as a
     * temporary failure.
     */
    @Throws(Exception::class)
    public fun unwrap(wrapped: ByteArray): ByteArray
}

/**
 * What to do if the key of an encrypted store is lost for good: the key store has another key or none (a restored
 * phone, a reset Keystore), or `store.key` is gone. A key store that does not answer is not a loss.
 */
public enum class KeyLoss {
    /** Throw [ErrorCode.WRONG_KEY], so that the application can tell its user. */
    REFUSE,

    /**
     * Set the unreadable store aside ([StoreLocation.lostStores]) and begin an empty one with a new key.
     * [EmotionEngine.startedOver] tells so.
     */
    START_OVER,
}

/**
 * Keeps the random key of a store in a file, wrapped. Vaults of one folder, in any thread and process, wait for each
 * other.
 *
 * The wrapped key is in the folder of the store, in `store.key`. A key that is to replace it is in `store.key.new`
 * (or `store.key.new-2` and so on) until the store is encrypted with it; the key that fits the store counts.
 *
 * @property folder The folder of the store, created if missing.
 * @property wrapper Encrypts the key.
 * @property onLoss What to do if the key is lost for good.
 */
public class KeyVault(
    public val folder: File,
    private val wrapper: KeyWrapper,
    private val onLoss: KeyLoss = KeyLoss.REFUSE,
) {
    /** Whether the last call of [key] found the key lost and began anew; an existing store was set aside. */
    @Volatile
    public var startedOver: Boolean = false
        private set

    private val file = File(folder, KEY_FILE)

    /**
     * Returns the key of the store, 32 bytes; creates it if there is no store yet. A new key is read back and
     * unwrapped before anything is encrypted with it. A key store that fails is tried three times.
     *
     * Throws [ErrorCode.WRONG_KEY] if the key is lost for good and [KeyLoss.REFUSE] applies;
     * [ErrorCode.STORAGE] if the key store or the disk fails (nothing is changed, so try again) or an engine has
     * the store open; [ErrorCode.PROFILE_CORRUPT] and [ErrorCode.PROFILE_VERSION] for the file of the store.
     */
    public fun key(): ByteArray = exclusive {
        // The state of the store decides, which an engine that is closing still uses.
        Native.awaitClosings()
        startedOver = false
        when (io.mien.ffi.storeState(folder.path, NO_KEY)) {
            StoreState.MISSING, StoreState.UNENCRYPTED -> keyForNoStore()
            StoreState.FITS, StoreState.OTHER_KEY -> keyOfStore()
        }
    }

    /**
     * Keeps [key] as the key of the store once [change] has encrypted the store with it; the store opens after a
     * crash at any point.
     */
    internal fun change(key: ByteArray, change: () -> Unit): Unit = exclusive {
        if (key.size !=
            KEY_BYTES
        ) throw MienError(ErrorCode.INVALID_OPTION, "a key has $KEY_BYTES bytes, not ${key.size}")
        // After an earlier failed change the store may have either key: both stay until this change succeeds.
        val beside = beside(1 + (besides().maxOfOrNull { number(it) } ?: 0))
        keep(key, beside)
        change()
        settle(beside)
    }

    private fun <T> exclusive(work: () -> T): T = call {
        NativeLibrary.load()
        if (!folder.isDirectory && !folder.mkdirs() && !folder.isDirectory) {
            throw MienError(
                ErrorCode.STORAGE,
                "the store's folder cannot be created",
                details = "$folder cannot be created",
            )
        }
        try {
            exclusively(File(folder, LOCK_FILE), work)
        } catch (error: IOException) {
            // The text of the exception contains paths.
            throw MienError(
                ErrorCode.STORAGE,
                "the store's key cannot be read or written",
                error.withoutPath(),
                error.message,
            )
        }
    }

    /** Returns the key for a store that is to be created or encrypted; no data depends on a lost key. */
    private fun keyForNoStore(): ByteArray {
        if (file.exists()) {
            unwrapped(file).key?.let { return it }
            startedOver = true
        }
        return fresh()
    }

    /** Returns the key that fits the encrypted store. */
    private fun keyOfStore(): ByteArray {
        var cause: Exception? = null
        for (candidate in listOf(file) + besides()) {
            if (!candidate.exists()) continue
            val (key, loss) = unwrapped(candidate)
            if (key != null && fits(key)) {
                if (candidate != file || besides().isNotEmpty()) settle(candidate)
                return key
            }
            key?.fill(0)
            cause = cause ?: loss
        }
        if (onLoss == KeyLoss.REFUSE) throw MienError(ErrorCode.WRONG_KEY, lost(cause), cause)
        io.mien.ffi.setStoreAside(folder.path, (listOf(file) + besides()).map { it.name })
        startedOver = true
        return fresh()
    }

    /**
     * Returns the result of [work] with the first kept key that it does not refuse with [ErrorCode.WRONG_KEY], or
     * with an empty one, which stands for none. For a damaged store, whose state cannot be read.
     */
    internal fun <T> tryingKeys(work: (ByteArray) -> T): T = exclusive {
        var refusal: MienError? = null
        for (candidate in (listOf(file) + besides()).filter { it.exists() }) {
            val key = unwrapped(candidate).key ?: continue
            try {
                return@exclusive work(key)
            } catch (error: MienError) {
                if (error.code != ErrorCode.WRONG_KEY) throw error
                refusal = error
            } finally {
                key.fill(0)
            }
        }
        try {
            work(ByteArray(0))
        } catch (error: MienError) {
            throw refusal?.takeIf { error.code == ErrorCode.WRONG_KEY } ?: error
        }
    }

    private fun lost(cause: Exception?): String = "the key of the store is lost: " + when {
        cause != null -> "the system's key store cannot decrypt it any more"
        file.exists() -> "the key that is kept is not the store's"
        else -> "$KEY_FILE is gone"
    }

    private fun fits(key: ByteArray): Boolean {
        val direct = ByteBuffer.allocateDirect(KEY_BYTES).put(key)
        direct.flip()
        try {
            return io.mien.ffi.storeState(folder.path, direct) == StoreState.FITS
        } finally {
            for (index in 0 until KEY_BYTES) direct.put(index, 0)
        }
    }

    private fun fresh(): ByteArray {
        val key = ByteArray(KEY_BYTES).also { SecureRandom().nextBytes(it) }
        besides().forEach { it.delete() }
        val beside = beside(1)
        keep(key, beside)
        settle(beside)
        return key
    }

    /** Writes and syncs [key], wrapped, and checks that it can be read back. */
    private fun keep(key: ByteArray, into: File) {
        val wrapped = try {
            patiently { wrapper.wrap(key) }
        } catch (error: Lost) {
            throw MienError(
                ErrorCode.STORAGE,
                "the system's key store cannot encrypt a key",
                error.why,
                error.why.message,
            )
        }
        into.outputStream().use {
            it.write(wrapped)
            it.fd.sync()
        }
        io.mien.ffi.syncFolder(folder.path)
        val (back, loss) = unwrapped(into)
        if (back == null || !back.contentEquals(key)) {
            into.delete()
            throw MienError(
                ErrorCode.STORAGE,
                "the system's key store does not return the key that it was given, try again",
                loss,
            )
        }
        back.fill(0)
    }

    /** Makes the key in [candidate] the only one. */
    private fun settle(candidate: File) {
        if (candidate != file && !candidate.renameTo(file)) throw IOException("$KEY_FILE cannot be written")
        besides().forEach { it.delete() }
        io.mien.ffi.syncFolder(folder.path)
    }

    private fun beside(number: Int) = File(folder, if (number == 1) NEW_FILE else "$NEW_FILE-$number")

    /** The keys that were to replace the one in `store.key`. */
    private fun besides(): List<File> =
        (folder.listFiles() ?: emptyArray()).filter { number(it) > 0 }.sortedBy { number(it) }

    /** Returns the number of the key file beside `store.key`; 0 for other files. */
    private fun number(of: File): Int = when {
        of.name == NEW_FILE -> 1
        of.name.startsWith("$NEW_FILE-") -> of.name.removePrefix("$NEW_FILE-").toIntOrNull() ?: 0
        else -> 0
    }

    /** A key, or why it is lost for good; both null if the file holds no key. */
    private data class Unwrapped(val key: ByteArray?, val loss: Exception?)

    private fun unwrapped(from: File): Unwrapped {
        val wrapped = from.readBytes()
        return try {
            val key = patiently { wrapper.unwrap(wrapped) }
            val fits = key.size == KEY_BYTES
            if (fits) Unwrapped(key, null) else Unwrapped(null, IOException("the key has ${key.size} bytes"))
        } catch (error: Lost) {
            Unwrapped(null, error.why)
        }
    }

    /** The key is lost for good, for this reason. */
    private class Lost(val why: Exception) : Exception(why)

    /**
     * Returns the result of [work], tried three times. Throws [Lost] if every failure is a key loss,
     * [ErrorCode.STORAGE] for a temporary failure.
     */
    private fun <T> patiently(work: () -> T): T {
        val failures = mutableListOf<Exception>()
        while (true) {
            try {
                return work()
            } catch (error: Exception) {
                if (error is InterruptedException) throw error
                failures += error
            }
            if (failures.size == ATTEMPTS) {
                val passing = failures.lastOrNull { !it.isKeyLoss() } ?: throw Lost(failures.last())
                throw MienError(
                    ErrorCode.STORAGE,
                    "the system's key store does not work, try again",
                    passing,
                    passing.toString(),
                )
            }
            Thread.sleep(PAUSE_MS * failures.size)
        }
    }

    private companion object {
        private const val KEY_BYTES = 32
        private const val KEY_FILE = "store.key"
        private const val NEW_FILE = "store.key.new"
        private const val LOCK_FILE = "store.key.lock"
        private const val ATTEMPTS = 3
        private const val PAUSE_MS = 50L
        val NO_KEY: ByteBuffer = ByteBuffer.allocateDirect(0)
    }
}
