package io.mien.sample.models

import io.mien.EmotionEngine
import io.mien.ErrorCode
import io.mien.MienError
import io.mien.User
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update

/** What the person answered when asked whether faces may be analyzed. */
enum class Consent { OPEN, GIVEN, DECLINED }

/** The engine and the state of the whole application. */
class AppModel : AutoCloseable {
    /**
     * The state of the view.
     *
     * @property consent Whether faces may be analyzed; null while unknown.
     * @property failure The last error, until it is dismissed.
     * @property startFailure Why there is no engine; null while it is created.
     * @property isKeyLost Whether the store cannot be opened because its key is lost.
     */
    data class State(
        val engine: EmotionEngine? = null,
        val users: List<User> = emptyList(),
        val consent: Consent? = null,
        val failure: Failure? = null,
        val startFailure: Failure? = null,
        val isKeyLost: Boolean = false,
    )

    private val shown = MutableStateFlow(State())
    val state: StateFlow<State> = shown.asStateFlow()

    @Volatile
    private var make: (suspend () -> EmotionEngine)? = null

    /** Opens the engine that [make] creates. */
    suspend fun start(make: suspend () -> EmotionEngine) {
        this.make = make
        shown.update { it.copy(startFailure = null, isKeyLost = false) }
        try {
            val engine = make()
            val consent = when (engine.setting(CONSENT)?.firstOrNull()) {
                null -> Consent.OPEN
                DECLINED -> Consent.DECLINED
                else -> Consent.GIVEN
            }
            val users = engine.users.list()
            shown.value = State(engine, users, consent)
        } catch (error: CancellationException) {
            throw error
        } catch (error: Exception) {
            val isKeyLost = (error as? MienError)?.code == ErrorCode.WRONG_KEY
            shown.update { it.copy(startFailure = Failure.of(error), isKeyLost = isKeyLost) }
        }
    }

    /** Tries again what [start] failed at. */
    suspend fun retry() {
        make?.let { start(it) }
    }

    suspend fun agree() = answer(Consent.GIVEN, GIVEN)

    /** Keeps camera and microphone off, also the next time, until the person agrees. */
    suspend fun decline() = answer(Consent.DECLINED, DECLINED)

    /** Asks again; nothing is analyzed meanwhile. */
    suspend fun reconsider() = answer(Consent.OPEN, null)

    private suspend fun answer(consent: Consent, stored: Byte?) {
        attempt {
            val engine = state.value.engine ?: return@attempt
            // Until the person answers again, an old "no" stays; an old "yes" does not.
            engine.setSetting(CONSENT, byteArrayOf(stored ?: DECLINED))
            shown.update { it.copy(consent = consent) }
        }
    }

    suspend fun reload() {
        attempt {
            val users = state.value.engine?.users?.list() ?: return@attempt
            shown.update { it.copy(users = users) }
        }
    }

    /** Runs [work], shows its error except a cancellation by the user, and returns whether it succeeded. */
    suspend fun attempt(work: suspend () -> Unit): Boolean {
        try {
            work()
            return true
        } catch (error: CancellationException) {
            throw error
        } catch (error: Exception) {
            val isCancelled = (error as? MienError)?.code == ErrorCode.CANCELLED
            // The user cancelled it.
            if (!isCancelled) shown.update { it.copy(failure = Failure.of(error)) }
        }
        return false
    }

    /** Removes the error after the user has read it. */
    fun dismiss() = shown.update { it.copy(failure = null) }

    override fun close() {
        state.value.engine?.close()
    }

    private companion object {
        const val CONSENT = "consent"
        const val GIVEN: Byte = 1
        const val DECLINED: Byte = 0
    }
}
