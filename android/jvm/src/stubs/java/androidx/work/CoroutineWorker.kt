package androidx.work

import android.content.Context
import java.util.concurrent.CopyOnWriteArrayList

abstract class CoroutineWorker(context: Context, parameters: WorkerParameters) : ListenableWorker(context, parameters) {
    /** What [setProgress] was given, for tests. */
    val posted = CopyOnWriteArrayList<Data>()

    abstract suspend fun doWork(): Result

    suspend fun setProgress(data: Data) {
        posted.add(data)
    }
}
