package io.mien.sample.models

import io.mien.EmotionEngine
import java.io.InputStream
import java.io.OutputStream
import kotlin.time.Clock
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

/** Actions for stored users. */
class SettingsModel(private val engine: EmotionEngine) {
    suspend fun delete(user: String) = engine.users.delete(user)

    /** Deletes all users with everything that was learned of them. */
    suspend fun deleteAll() {
        for (user in engine.users.list()) engine.users.delete(user.name)
    }

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
        engine.timeline(user).forget(Instant.fromEpochMilliseconds(0), Clock.System.now() + 1.milliseconds)
    }

    companion object {
        /** The name that an exported user's file gets. */
        fun fileName(user: String): String = "$user.mien"

        /** The minimum length of a passphrase for a file, characters. */
        const val SHORTEST_PASSPHRASE = 8
    }
}
