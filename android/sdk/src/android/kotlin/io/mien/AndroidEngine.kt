package io.mien

import android.content.Context
import android.content.res.AssetManager
import io.mien.internal.offThread
import java.io.File

/**
 * The storage of an application on Android: `noBackupFilesDir`, which is in no backup and no cloud copy, encrypted
 * with a key that Android's Keystore wraps. An unencrypted store is encrypted when it is opened.
 *
 * @property name The folder of the store.
 * @property isEncrypted Whether the store is encrypted; false refuses an encrypted store.
 * @property onKeyLoss What to do if the key of the Keystore is lost for good; a Keystore that does not answer is not
 * a loss.
 * @property limits Maximum sizes of the store.
 */
public class AppStorage(
    public val name: String = "mien",
    public val isEncrypted: Boolean = true,
    public val onKeyLoss: KeyLoss = KeyLoss.REFUSE,
    public val limits: StoreLimits = StoreLimits(),
) {
    /** Returns the folder of the store of this application. */
    public fun folder(context: Context): File = File(context.noBackupFilesDir, name)

    internal fun location(context: Context, wrapper: KeyWrapper): StoreLocation {
        val folder = folder(context)
        if (!isEncrypted) return StoreLocation.unencrypted(folder, limits)
        return StoreLocation(KeyVault(folder, wrapper, onKeyLoss), limits)
    }
}

/** Returns the model files in [folder] of the assets of an application, by default those of this library. */
public fun ModelFiles.Companion.assets(assets: AssetManager, folder: String = "mien"): ModelFiles =
    ModelFiles { assets.open("$folder/$it") }

/**
 * Creates an engine with the models in the assets of the application and the store in its storage.
 *
 * [wrapper] encrypts the key of the store; one other than Android's Keystore is for tests. Throws the exceptions of
 * the function of the same name without a `Context`: [ErrorCode.WRONG_KEY] if the key of the Keystore is lost for
 * good and [storage] refuses that, [ErrorCode.STORAGE] if the Keystore does not answer now (try again).
 */
public suspend fun EmotionEngine.Companion.create(
    context: Context,
    options: EngineOptions = EngineOptions(),
    storage: AppStorage = AppStorage(),
    models: ModelFiles = ModelFiles.assets(context.assets),
    wrapper: KeyWrapper = KeystoreWrapper(),
): EmotionEngine = ModelPack.read(models).use { pack ->
    create(pack, options, offThread { storage.location(context.applicationContext, wrapper) })
}
