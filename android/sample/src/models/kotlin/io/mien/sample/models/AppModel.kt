package io.mien.sample.models

import io.mien.EmotionEngine
import io.mien.MienException
import io.mien.User
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update

/** The engine and the state of the whole application. */
class AppModel : AutoCloseable {
    /**
     * The state of the view.
     *
     * @property consented Whether the user agreed to the analysis of faces; null while unknown.
     * @property failure The text of the last error.
     * @property isKeyLost Whether the store cannot be opened because its key is lost.
     */
    data class State(
        val engine: EmotionEngine? = null,
        val users: List<User> = emptyList(),
        val consented: Boolean? = null,
        val failure: String? = null,
        val isKeyLost: Boolean = false,
    )

    private val shown = MutableStateFlow(State())
    val state: StateFlow<State> = shown.asStateFlow()

    /** Opens the engine that [make] creates. */
    suspend fun start(make: suspend () -> EmotionEngine): Unit = attempt {
        val engine = try {
            make()
        } catch (error: MienException.WrongKey) {
            shown.update { it.copy(isKeyLost = true) }
            throw error
        }
        val consented = engine.setting(CONSENT) != null
        val users = engine.users.list()
        shown.update { State(engine, users, consented) }
    }

    suspend fun agree(): Unit = attempt {
        val engine = state.value.engine ?: return@attempt
        engine.setSetting(CONSENT, byteArrayOf(1))
        shown.update { it.copy(consented = true) }
    }

    suspend fun reload(): Unit = attempt {
        val users = state.value.engine?.users?.list() ?: return@attempt
        shown.update { it.copy(users = users) }
    }

    /** Runs [work] and shows its error, except a cancellation by the user. */
    suspend fun attempt(work: suspend () -> Unit) {
        try {
            work()
        } catch (error: CancellationException) {
            throw error
        } catch (_: MienException.Cancelled) {
            // The user cancelled it.
        } catch (error: Exception) {
            // The details are for the screen of this person; a log may contain the code and the message only.
            val details = (error as? MienException)?.details
            shown.update { it.copy(failure = details ?: error.message ?: error.toString()) }
        }
    }

    /** Removes the error after the user has read it. */
    fun dismiss() = shown.update { it.copy(failure = null) }

    override fun close() {
        state.value.engine?.close()
    }

    private companion object {
        const val CONSENT = "consent"
    }
}
