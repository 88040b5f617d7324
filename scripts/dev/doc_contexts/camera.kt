/** Stand-ins for the types of CameraX and of an activity that tests on a Java VM do not have. */
private object CameraSelector {
    val DEFAULT_FRONT_CAMERA = Any()
    val DEFAULT_BACK_CAMERA = Any()
}

private interface CameraProvider {
    fun bindToLifecycle(owner: Any, selector: Any, preview: Any, analysis: androidx.camera.core.ImageAnalysis)
}

private interface Overlay {
    fun show(faces: List<io.mien.TrackedFace>)
}

private class Activity(
    val engine: io.mien.EmotionEngine,
    val lifecycleScope: kotlinx.coroutines.CoroutineScope,
    val cameraProvider: CameraProvider,
    val preview: Any,
    val overlay: Overlay,
    val show: (Any?) -> Unit,
) {
    suspend fun block() {
        // BLOCK
    }
}
