import android.content.Context
import android.graphics.Bitmap
import android.util.Log
import io.mien.*
import io.mien.camerax.CameraFeed
import java.io.File
import java.io.InputStream
import java.io.OutputStream
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** What an application brings: its screen, its pictures, its files. */
private interface Overlay {
    fun show(bounds: Rect, identity: Identity?, label: String?)

    fun show(faces: List<TrackedFace>)
}

private suspend fun block(
    context: Context,
    scope: CoroutineScope,
    engine: EmotionEngine,
    live: LiveSession,
    video: VideoSession,
    enrollment: Enrollment,
    clips: Clips,
    frame: Frame,
    timestampUs: Long,
    bitmap: Bitmap,
    picture: ByteArray,
    result: StreamResult,
    labeledClips: Map<String, List<Frame>>,
    inputStream: InputStream,
    outputStream: OutputStream,
    passphrase: String,
    folder: File,
    fromMs: Long,
    toMs: Long,
    overlay: Overlay,
    show: (Any?) -> Unit,
    nextFrame: () -> Frame,
) {
    // BLOCK
}
