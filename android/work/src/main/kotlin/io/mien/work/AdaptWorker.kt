package io.mien.work

import android.content.Context
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.Data
import androidx.work.ExistingWorkPolicy
import androidx.work.OneTimeWorkRequest
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import io.mien.AdaptOptions
import io.mien.Adapted
import io.mien.EmotionEngine
import io.mien.ErrorCode
import io.mien.MienError
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.launch

/**
 * Adapts the users who are due ([io.mien.Users.adaptLater]) to their clips in the store, in the background.
 *
 * ```kotlin
 * class LearnWorker(context: Context, parameters: WorkerParameters) : AdaptWorker(context, parameters) {
 *     override suspend fun engine() = (applicationContext as App).engine()
 * }
 *
 * engine.users.adaptLater("Anna")
 * AdaptWorker.enqueue(context, LearnWorker::class.java)
 * ```
 *
 * WorkManager stores the data of its work unencrypted. Who is to be adapted is therefore read from the store of the
 * engine, and the work has neither input nor output but numbers: [USER], [USERS] and [SHARE] as progress, and [CODE]
 * after a failure.
 *
 * Only one engine can have the store open, so [engine] must return the engine of the process, the same one that the
 * screens use. If it fails with [ErrorCode.STORAGE], for example because an engine is still closing, or if the
 * engine is closed meanwhile, the work is tried again, [MAX_ATTEMPTS] times at most. If the system stops the work, or
 * the process dies, the users who are not done are still due when it runs again.
 */
public abstract class AdaptWorker(context: Context, parameters: WorkerParameters) :
    CoroutineWorker(context, parameters) {
    /** Returns the engine of the process; this does not close it. It may throw a [MienError]. */
    protected abstract suspend fun engine(): EmotionEngine

    /** The options of the adaptations. */
    protected open val options: AdaptOptions get() = AdaptOptions()

    /** Called when all users are done, with the reports by user: for a notification, or to discard clips. */
    protected open suspend fun adapted(engine: EmotionEngine, reports: Map<String, Adapted>) {}

    /** Adapts the users; WorkManager calls this. */
    final override suspend fun doWork(): Result = try {
        val engine = engine()
        adapted(engine, adapt(engine))
        Result.success()
    } catch (error: CancellationException) {
        throw error
    } catch (error: MienError) {
        val passes = error.code in setOf(ErrorCode.STORAGE, ErrorCode.CLOSED, ErrorCode.CANCELLED)
        if (passes && runAttemptCount + 1 < MAX_ATTEMPTS) Result.retry() else failure(error)
    }

    private suspend fun adapt(engine: EmotionEngine): Map<String, Adapted> = coroutineScope {
        // The newest value only: an epoch takes less time than WorkManager needs to store one.
        val progress = MutableStateFlow<Data?>(null)
        val posting = launch { progress.filterNotNull().collect { setProgress(it) } }
        try {
            engine.users.adaptDue(options) { user, users, at ->
                val share = at.epoch.toFloat() / maxOf(at.epochs, 1)
                progress.value = Data.Builder().putInt(USER, user).putInt(USERS, users).putFloat(SHARE, share).build()
            }
        } finally {
            posting.cancel()
        }
    }

    /** A failure with the code alone: messages may be about the person's data. */
    private fun failure(error: MienError): Result =
        Result.failure(Data.Builder().putString(CODE, error.code.name).build())

    /** Names of the data, and [enqueue]. */
    public companion object {
        /** Progress: number of the user from 0 (Int). */
        public const val USER: String = "user"

        /** Progress: number of users (Int). */
        public const val USERS: String = "users"

        /** Progress: share of the epochs of the user that are done, 0 to 1 (Float). */
        public const val SHARE: String = "share"

        /** Output of work that failed: the name of the [io.mien.ErrorCode] (String), such as "WRONG_KEY". */
        public const val CODE: String = "code"

        /** The unique name of the work. */
        public const val WORK: String = "mien-adapt"

        /** Maximum number of runs of a work that fails. */
        public const val MAX_ATTEMPTS: Int = 5

        /**
         * Runs [worker] when [constraints] are met; the default needs a battery that is not low. Work that is already
         * waiting or running goes first, so that users who became due meanwhile are not forgotten.
         */
        public fun enqueue(
            context: Context,
            worker: Class<out AdaptWorker>,
            constraints: Constraints = Constraints.Builder().setRequiresBatteryNotLow(true).build(),
        ) {
            val request = OneTimeWorkRequest.Builder(worker).setConstraints(constraints).build()
            WorkManager.getInstance(context)
                .enqueueUniqueWork(WORK, ExistingWorkPolicy.APPEND_OR_REPLACE, request)
        }

        /** Cancels work that is waiting or running; users who are not done are still due. */
        public fun cancel(context: Context) {
            WorkManager.getInstance(context).cancelUniqueWork(WORK)
        }
    }
}
