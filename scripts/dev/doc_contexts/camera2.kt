private class Camera(val engine: io.mien.EmotionEngine, val live: io.mien.LiveSession) {
    // BLOCK
}
