package io.mien.internal

import java.security.UnrecoverableKeyException
import javax.crypto.AEADBadTagException

/** Thrown by Android's Keystore for a key that a change of the screen lock invalidated. */
private const val INVALIDATED = "android.security.keystore.KeyPermanentlyInvalidatedException"

/** The cause that Android's Keystore adds to a failure, from Android 13 on. */
private const val KEYSTORE = "android.security.KeyStoreException"

/** `KeyStoreException.ERROR_KEY_DOES_NOT_EXIST` and `ERROR_KEY_CORRUPTED`. */
private val GONE = setOf(6, 7)

/** Maximum number of causes that are checked; a chain of causes may be a ring. */
private const val DEPTH = 16

/**
 * Whether the failure of a key store means that the key is lost for good: another key, or none, answers. Any other
 * failure is temporary: a service that restarts, a locked device, busy hardware.
 */
internal fun Throwable.isKeyLoss(): Boolean {
    val chain = generateSequence(this) { it.cause }.take(DEPTH).toList()
    if (chain.any { it.isNamed(KEYSTORE) && it.ask("isTransientFailure") == true }) return false
    return chain.any {
        it is UnrecoverableKeyException || it is AEADBadTagException || it.isNamed(INVALIDATED) ||
            (it.isNamed(KEYSTORE) && it.ask("getNumericErrorCode") in GONE)
    }
}

private fun Throwable.isNamed(name: String): Boolean =
    generateSequence<Class<*>>(javaClass) { it.superclass }.any { it.name == name }

/** Returns the result of a method; null if this version of Android does not have it. */
private fun Throwable.ask(method: String): Any? = try {
    javaClass.getMethod(method).invoke(this)
} catch (_: ReflectiveOperationException) {
    null
}
