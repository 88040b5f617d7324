package io.mien

import android.content.Context
import android.content.res.AssetManager
import io.mien.internal.offThread
import java.io.File

/**
 * Where an application on Android keeps its users: `noBackupFilesDir`, which no backup and no cloud copies, encrypted
 * with a key that Android's Keystore wraps. A store that was kept unencrypted is encrypted when it is opened.
 *
 * @property name the store's folder there
 * @property encrypted whether the store is encrypted; one that is encrypted already is refused where this is false
 * @property onKeyLoss what to do where the Keystore's key is lost for good; a Keystore that does not answer is no loss
 * @property limits how much the store may hold
 */
public class AppStorage(
    public val name: String = "mien",
    public val encrypted: Boolean = true,
    public val onKeyLoss: KeyLoss = KeyLoss.REFUSE,
    public val limits: StoreLimits = StoreLimits(),
) {
    /** The store's folder of this application. */
    public fun folder(context: Context): File = File(context.noBackupFilesDir, name)

    internal fun location(context: Context, wrapper: KeyWrapper): StoreLocation {
        val folder = folder(context)
        if (!encrypted) return StoreLocation.unencrypted(folder, limits)
        return StoreLocation(KeyVault(folder, wrapper, onKeyLoss), limits)
    }
}

/** The model files in the folder [folder] of an application's assets, where this library's package puts its own. */
public fun ModelFiles.Companion.assets(assets: AssetManager, folder: String = "mien"): ModelFiles =
    ModelFiles { assets.open("$folder/$it") }

/**
 * An engine with the models of the application's assets, that keeps its users in the application's storage.
 *
 * [wrapper] encrypts the store's key; another than Android's Keystore is for tests. Throws what the function of the same
 * name without a `Context` throws: [MienException.WrongKey] where the Keystore's key is lost for good and [storage] says to
 * refuse, [MienException.Storage] where the Keystore does not answer now (try again).
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
