package io.mien

import io.mien.internal.withoutPath
import java.io.File
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.SecureRandom

/** Encrypts a few bytes with a key that never leaves its place, such as Android's Keystore. */
public interface KeyWrapper {
    /** [secret], encrypted. */
    @Throws(GeneralSecurityException::class)
    public fun wrap(secret: ByteArray): ByteArray

    /** What [wrap] encrypted; throws where the key is lost or another. */
    @Throws(GeneralSecurityException::class)
    public fun unwrap(wrapped: ByteArray): ByteArray
}

/** What to do where the key that the store's key is wrapped with is lost (a restored phone, a Keystore that was reset). */
public enum class KeyLoss {
    /** Throw [MienException.WrongKey], so that the application can tell its user. */
    REFUSE,

    /** Delete the store, which nobody can read any more, and begin an empty one with a fresh key. */
    START_OVER,
}

/**
 * Keeps the random key of a store in a file, wrapped.
 *
 * @property folder the store's folder; the wrapped key lies beside it, in `store.key`
 * @property wrapper encrypts the key
 * @property onLoss what to do where the wrapper cannot decrypt it any more
 */
public class KeyVault(
    private val folder: File,
    private val wrapper: KeyWrapper,
    private val onLoss: KeyLoss = KeyLoss.REFUSE,
) {
    /** Whether [key] found the old key lost and began anew. */
    public var startedOver: Boolean = false
        private set

    /** The store's key of 32 bytes, made where there is none. Throws [MienException.WrongKey], [MienException.Storage]. */
    public fun key(): ByteArray {
        val file = File(folder, KEY_FILE)
        try {
            if (!file.exists()) return fresh(file)
            return unwrapped(file) ?: lost(file)
        } catch (error: IOException) {
            throw MienException.Storage("the store's key cannot be read or written", error.withoutPath(), error.message)
        } catch (error: GeneralSecurityException) {
            throw MienException.Storage("the system's key store does not work", error, error.message)
        }
    }

    private fun unwrapped(file: File): ByteArray? = try {
        wrapper.unwrap(file.readBytes()).takeIf { it.size == KEY_BYTES }
    } catch (_: GeneralSecurityException) {
        null
    }

    private fun lost(file: File): ByteArray {
        if (onLoss == KeyLoss.REFUSE) {
            throw MienException.WrongKey("the key of the store is lost: the system's key store cannot decrypt it any more")
        }
        for (name in STORE_FILES) {
            val stored = File(folder, name)
            if (stored.exists() && !stored.delete()) throw IOException("$name cannot be deleted")
        }
        startedOver = true
        return fresh(file)
    }

    private fun fresh(file: File): ByteArray {
        val key = ByteArray(KEY_BYTES).also { SecureRandom().nextBytes(it) }
        if (!folder.isDirectory && !folder.mkdirs()) throw IOException("$folder cannot be made")
        // Beside and then renamed, so that a crash leaves no half of a key.
        val beside = File(folder, "$KEY_FILE.new")
        beside.outputStream().use {
            it.write(wrapper.wrap(key))
            it.fd.sync()
        }
        if (!beside.renameTo(file)) throw IOException("$file cannot be written")
        return key
    }

    private companion object {
        const val KEY_BYTES = 32
        const val KEY_FILE = "store.key"
        val STORE_FILES = listOf("users.mien", "users.mien.new")
    }
}
