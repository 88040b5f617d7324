package io.mien.sample.models

import io.mien.EmotionEngine
import java.io.InputStream
import java.io.OutputStream

/** What can be done with stored users. */
class SettingsModel(private val engine: EmotionEngine) {
    suspend fun delete(user: String) = engine.users.delete(user)

    /** Writes the user to [file], which only the passphrase opens, and closes it. */
    suspend fun export(user: String, passphrase: String, file: OutputStream) =
        file.use { engine.users.export(user, it, passphrase) }

    /** Adds the user of [file], closes it, and gives the name. */
    suspend fun import(file: InputStream, passphrase: String): String = file.use { engine.users.import(it, passphrase) }

    /** Lets the generation before, or the generic head, answer again. */
    suspend fun rollback(user: String) {
        engine.users.rollback(user)
    }

    suspend fun forgetTimeline(user: String) {
        engine.timeline(user).forget(0, System.currentTimeMillis() + 1)
    }
}
