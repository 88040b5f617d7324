import android.graphics.Bitmap
import android.content.Context
import android.media.Image
import android.media.MediaCodec
import android.net.Uri
import io.mien.*

private class Source(
    val engine: EmotionEngine, val live: LiveSession, val video: VideoSession, val context: Context, val show: (Any?) -> Unit,
) {
    // BLOCK
}
