package io.mien.internal

import java.security.UnrecoverableKeyException
import javax.crypto.AEADBadTagException

/** What Android's Keystore throws for a key that a change of the screen lock made useless; Android only. */
private const val INVALIDATED = "android.security.keystore.KeyPermanentlyInvalidatedException"

/** What Android's Keystore gives as the cause of a failure; of the API from Android 13 on. */
private const val KEYSTORE = "android.security.KeyStoreException"

/** `KeyStoreException.ERROR_KEY_DOES_NOT_EXIST` and `ERROR_KEY_CORRUPTED`. */
private val GONE = setOf(6, 7)

/** Causes that are looked at; chains are short, but may be closed to a ring. */
private const val DEPTH = 16

/**
 * Whether a key store's failure says that the key is lost for good: another key, or none, answers. Everything else may pass: a
 * service that restarts, a device that is locked, hardware that is busy.
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

/** What the method says; null where this version of Android does not have it. */
private fun Throwable.ask(method: String): Any? = try {
    javaClass.getMethod(method).invoke(this)
} catch (_: ReflectiveOperationException) {
    null
}
