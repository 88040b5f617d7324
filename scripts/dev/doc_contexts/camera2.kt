import android.media.Image
import io.mien.*

private class Camera(val engine: EmotionEngine, val live: LiveSession) {
    // BLOCK
}
