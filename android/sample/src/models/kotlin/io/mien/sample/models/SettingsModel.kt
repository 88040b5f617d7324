package io.mien.sample.models

import io.mien.EmotionEngine
import java.io.InputStream
import java.io.OutputStream

/** Actions for stored users. */
class SettingsModel(private val engine: EmotionEngine) {
    suspend fun delete(user: String) = engine.users.delete(user)

    /** Exports the user to [file], which only the passphrase opens, and closes it. */
    suspend fun export(user: String, passphrase: String, file: OutputStream) =
        file.use { engine.users.export(user, it, passphrase) }

    /** Imports the user of [file], closes it, and returns the name. */
    suspend fun import(file: InputStream, passphrase: String): String = file.use { engine.users.import(it, passphrase) }

    /** Activates the previous generation, or the generic head. */
    suspend fun rollback(user: String) {
        engine.users.rollback(user)
    }

    suspend fun forgetTimeline(user: String) {
        engine.timeline(user).forget(0, System.currentTimeMillis() + 1)
    }
}
