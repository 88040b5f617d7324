import android.app.Application
import android.content.Context
import androidx.work.WorkerParameters
import io.mien.*
import io.mien.work.AdaptWorker

/** What an application brings: one engine for its process. */
private abstract class App : Application() {
    abstract suspend fun engine(): EmotionEngine
}

private object Block {
    // BLOCK
}
