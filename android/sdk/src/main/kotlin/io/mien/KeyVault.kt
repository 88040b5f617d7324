package io.mien

import io.mien.ffi.StoreState
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
    /** [secret], encrypted. What it throws counts as a failure that may pass. */
    @Throws(Exception::class)
    public fun wrap(secret: ByteArray): ByteArray

    /**
     * What [wrap] encrypted. Throws [java.security.UnrecoverableKeyException] or [javax.crypto.AEADBadTagException], or an
     * exception with one of these as its cause, where the key is lost for good or another (Android's
     * `KeyPermanentlyInvalidatedException` counts too); everything else that it throws counts as a failure that may pass.
     */
    @Throws(Exception::class)
    public fun unwrap(wrapped: ByteArray): ByteArray
}

/**
 * What to do where a store's key is lost for good: the key store has another key or none (a restored phone, a Keystore
 * that was reset), or `store.key` is gone. A key store that merely does not answer is no loss.
 */
public enum class KeyLoss {
    /** Throw [MienException.WrongKey], so that the application can tell its user. */
    REFUSE,

    /** Put the store, which nobody can read any more, aside ([StoreLocation.lostStores]), and begin an empty one with a fresh key. */
    START_OVER,
}

/**
 * Keeps the random key of a store in a file, wrapped. Vaults of one folder, in any thread and process, wait for each other.
 *
 * The wrapped key lies in the store's folder, in `store.key`. A key that is to take its place lies in `store.key.new` (or
 * `store.key.new-2` and so on) until the store is encrypted with it; whichever key fits the store counts.
 *
 * @property folder the store's folder, made where it is missing
 * @property wrapper encrypts the key
 * @property onLoss what to do where the key is lost for good
 */
public class KeyVault(
    public val folder: File,
    private val wrapper: KeyWrapper,
    private val onLoss: KeyLoss = KeyLoss.REFUSE,
) {
    /** Whether [key], called last, found the key lost and began anew; a store that was there was put aside. */
    @Volatile
    public var startedOver: Boolean = false
        private set

    private val file = File(folder, KEY_FILE)

    /**
     * The store's key of 32 bytes, made where there is no store yet; read back and unwrapped before anything is encrypted
     * with it. A key store that fails is asked three times.
     *
     * Throws [MienException.WrongKey] where the key is lost for good and [KeyLoss.REFUSE] holds, [MienException.Storage]
     * where the key store or the disk fails (nothing is changed then, so it can be tried again) or an engine has the
     * store open, [MienException.ProfileCorrupt] and [MienException.ProfileVersion] for the store's file.
     */
    public fun key(): ByteArray = exclusive {
        startedOver = false
        when (io.mien.ffi.storeState(folder.path, NO_KEY)) {
            StoreState.MISSING, StoreState.UNENCRYPTED -> keyForNoStore()
            StoreState.FITS, StoreState.OTHER_KEY -> keyOfStore()
        }
    }

    /** Keeps [key] as that of the store once [change] has encrypted the store with it; after a crash anywhere the store opens. */
    internal fun change(key: ByteArray, change: () -> Unit): Unit = exclusive {
        if (key.size != KEY_BYTES) throw MienException.InvalidOption("a key has $KEY_BYTES bytes, not ${key.size}")
        // Where an earlier change failed, the store may have either key: both stay until this one succeeds.
        val beside = beside(1 + (besides().maxOfOrNull { number(it) } ?: 0))
        keep(key, beside)
        change()
        settle(beside)
    }

    private fun <T> exclusive(work: () -> T): T = call {
        NativeLibrary.load()
        if (!folder.isDirectory && !folder.mkdirs() && !folder.isDirectory) {
            throw MienException.Storage("the store's folder cannot be made", details = "$folder cannot be made")
        }
        try {
            exclusively(File(folder, LOCK_FILE), work)
        } catch (error: IOException) {
            // Its text names our files by their paths.
            throw MienException.Storage("the store's key cannot be read or written", error.withoutPath(), error.message)
        }
    }

    /** The key for a store that is to be made, or encrypted: nothing depends on one that is lost. */
    private fun keyForNoStore(): ByteArray {
        if (file.exists()) {
            unwrapped(file).key?.let { return it }
            startedOver = true
        }
        return fresh()
    }

    /** The key that fits the encrypted store. */
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
        if (onLoss == KeyLoss.REFUSE) throw MienException.WrongKey(lost(cause), cause)
        io.mien.ffi.setStoreAside(folder.path, (listOf(file) + besides()).map { it.name })
        startedOver = true
        return fresh()
    }

    /**
     * What [work] gives with the first kept key that it does not refuse with [MienException.WrongKey], or with an empty one,
     * which stands for none; of a store whose state cannot be asked for, because it is damaged.
     */
    internal fun <T> tryingKeys(work: (ByteArray) -> T): T = exclusive {
        var refusal: MienException.WrongKey? = null
        for (candidate in (listOf(file) + besides()).filter { it.exists() }) {
            val key = unwrapped(candidate).key ?: continue
            try {
                return@exclusive work(key)
            } catch (error: MienException.WrongKey) {
                refusal = error
            } finally {
                key.fill(0)
            }
        }
        try {
            work(ByteArray(0))
        } catch (error: MienException.WrongKey) {
            throw refusal ?: error
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

    /** Writes [key], wrapped, for good, and sees to it that it can be had again. */
    private fun keep(key: ByteArray, into: File) {
        val wrapped = try {
            patiently { wrapper.wrap(key) }
        } catch (error: Lost) {
            throw MienException.Storage("the system's key store cannot encrypt a key", error.why, error.why.message)
        }
        into.outputStream().use {
            it.write(wrapped)
            it.fd.sync()
        }
        io.mien.ffi.syncFolder(folder.path)
        val (back, loss) = unwrapped(into)
        if (back == null || !back.contentEquals(key)) {
            into.delete()
            throw MienException.Storage(
                "the system's key store does not give back the key that it was given, try again",
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

    /** The keys that were to take the place of the one in `store.key`. */
    private fun besides(): List<File> =
        (folder.listFiles() ?: emptyArray()).filter { number(it) > 0 }.sortedBy { number(it) }

    /** Which of the keys beside `store.key` the file holds; 0 for none. */
    private fun number(of: File): Int = when {
        of.name == NEW_FILE -> 1
        of.name.startsWith("$NEW_FILE-") -> of.name.removePrefix("$NEW_FILE-").toIntOrNull() ?: 0
        else -> 0
    }

    /** A key, or why it is lost for good; null and null where it is no key. */
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

    /** The key is lost for good, and why. */
    private class Lost(val why: Exception) : Exception(why)

    /** What [work] gives; throws [Lost] where each attempt says so, [MienException.Storage] for what may pass. */
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
                throw MienException.Storage(
                    "the system's key store does not work, try again",
                    passing,
                    passing.toString(),
                )
            }
            Thread.sleep(PAUSE_MS * failures.size)
        }
    }

    private companion object {
        const val KEY_BYTES = 32
        const val KEY_FILE = "store.key"
        const val NEW_FILE = "store.key.new"
        const val LOCK_FILE = "store.key.lock"
        const val ATTEMPTS = 3
        const val PAUSE_MS = 50L
        val NO_KEY: ByteBuffer = ByteBuffer.allocateDirect(0)
    }
}
