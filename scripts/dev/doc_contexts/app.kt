/** What an application brings: its screen, its pictures, its files. */
private interface Overlay {
    fun show(bounds: io.mien.FaceBounds, identity: io.mien.Identity?, label: io.mien.EmotionLabel?)

    fun show(faces: List<io.mien.TrackedFace>)
}

private suspend fun block(
    context: android.content.Context,
    scope: kotlinx.coroutines.CoroutineScope,
    engine: io.mien.EmotionEngine,
    live: io.mien.LiveSession,
    video: io.mien.VideoSession,
    enrollment: io.mien.Enrollment,
    clips: io.mien.Clips,
    frame: io.mien.Frame,
    timestamp: kotlin.time.Duration,
    bitmap: android.graphics.Bitmap,
    picture: ByteArray,
    result: io.mien.StreamResult,
    labeledClips: Map<io.mien.EmotionLabel, List<io.mien.Frame>>,
    inputStream: java.io.InputStream,
    outputStream: java.io.OutputStream,
    passphrase: String,
    folder: java.io.File,
    overlay: Overlay,
    show: (Any?) -> Unit,
    nextFrame: () -> io.mien.Frame,
) {
    // BLOCK
}
