private class Source(
    val engine: io.mien.EmotionEngine,
    val live: io.mien.LiveSession,
    val video: io.mien.VideoSession,
    val context: android.content.Context,
    val show: (Any?) -> Unit,
) {
    // BLOCK
}
