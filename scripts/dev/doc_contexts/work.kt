/** What an application brings: one engine for its process. */
private abstract class App : android.app.Application() {
    abstract suspend fun engine(): io.mien.EmotionEngine
}

private object Block {
    // BLOCK
}
