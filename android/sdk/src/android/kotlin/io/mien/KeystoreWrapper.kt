package io.mien

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import io.mien.internal.exclusively
import io.mien.internal.isKeyLoss
import java.io.File
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.UnrecoverableKeyException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * Wraps with an AES-256 key of Android's Keystore (GCM), which is created when it is first needed and cannot be
 * extracted.
 *
 * @property alias The name of the key in the Keystore.
 */
public class KeystoreWrapper(private val alias: String = "io.mien.store") : KeyWrapper {
    override fun wrap(secret: ByteArray): ByteArray = try {
        encrypted(secret, existing() ?: made(null))
    } catch (error: GeneralSecurityException) {
        if (!error.isKeyLoss()) throw error
        encrypted(secret, made(error))
    }

    override fun unwrap(wrapped: ByteArray): ByteArray {
        val key = existing() ?: throw UnrecoverableKeyException("the Keystore has no key $alias")
        val nonce = wrapped.firstOrNull()?.toInt() ?: 0
        if (nonce !in 1 until wrapped.size) throw UnrecoverableKeyException("the wrapped key is damaged")
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, wrapped, 1, nonce))
        return cipher.doFinal(wrapped, 1 + nonce, wrapped.size - 1 - nonce)
    }

    private fun existing(): SecretKey? =
        KeyStore.getInstance(PROVIDER).apply { load(null) }.getKey(alias, null) as SecretKey?

    private fun encrypted(secret: ByteArray, key: SecretKey): ByteArray {
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.ENCRYPT_MODE, key)
        return byteArrayOf(cipher.iv.size.toByte()) + cipher.iv + cipher.doFinal(secret)
    }

    /**
     * Creates a key in place of the [lost] one, unless another thread or process created one meanwhile: the Keystore
     * would replace that one silently, and with it the keys that it wrapped for other stores.
     */
    private fun made(lost: Exception?): SecretKey =
        exclusively(File(System.getProperty("java.io.tmpdir")!!, "$alias.lock")) {
            (if (lost == null) existing() else null) ?: generated()
        }

    private fun generated(): SecretKey {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val specification = KeyGenParameterSpec.Builder(alias, purposes)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(KEY_BITS)
            .build()
        val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER)
        generator.init(specification)
        return generator.generateKey()
    }

    private companion object {
        const val PROVIDER = "AndroidKeyStore"
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val TAG_BITS = 128
        const val KEY_BITS = 256
    }
}
