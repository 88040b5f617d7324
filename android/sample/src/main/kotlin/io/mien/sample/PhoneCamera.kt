package io.mien.sample

import android.Manifest
import android.content.pm.PackageManager
import android.util.Log
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts
import androidx.camera.core.CameraSelector
import androidx.camera.core.Preview
import androidx.camera.lifecycle.ProcessCameraProvider
import androidx.camera.view.PreviewView
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.viewinterop.AndroidView
import androidx.core.content.ContextCompat
import io.mien.MienException
import io.mien.camerax.CameraFeed
import io.mien.sample.models.FrameOutput
import io.mien.sample.views.Camera
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow

/**
 * The front camera through CameraX, or else the back one, running while the activity is visible. Create it before the
 * activity starts.
 */
class PhoneCamera(private val activity: ComponentActivity) : Camera {
    private val allowed = MutableStateFlow<Boolean?>(null)
    private val asking = activity.registerForActivityResult(ActivityResultContracts.RequestPermission()) { granted ->
        allowed.value = granted
        if (granted) bind()
    }
    private val preview = Preview.Builder().build()

    override val output = FrameOutput()
    override val isAllowed: StateFlow<Boolean?> = allowed.asStateFlow()

    override fun start() {
        when {
            allowed.value == true -> return
            ContextCompat.checkSelfPermission(
                activity,
                Manifest.permission.CAMERA,
            ) == PackageManager.PERMISSION_GRANTED -> {
                allowed.value = true
                bind()
            }
            else -> asking.launch(Manifest.permission.CAMERA)
        }
    }

    private fun bind() {
        val waiting = ProcessCameraProvider.getInstance(activity)
        waiting.addListener({
            val cameras = waiting.get()
            val isFront = cameras.hasCamera(CameraSelector.DEFAULT_FRONT_CAMERA)
            val selector = if (isFront) CameraSelector.DEFAULT_FRONT_CAMERA else CameraSelector.DEFAULT_BACK_CAMERA
            // The code names the fault and nothing about the person before the camera.
            val refused = { error: Throwable ->
                Log.w("Sample", "frame not taken: ${(error as? MienException)?.code ?: error.javaClass.name}")
                Unit
            }
            val feed = CameraFeed(mirror = isFront, refused, output::take)
            cameras.unbindAll()
            if (cameras.hasCamera(selector)) cameras.bindToLifecycle(activity, selector, preview, feed.useCase())
        }, ContextCompat.getMainExecutor(activity))
    }

    @Composable
    override fun Preview(modifier: Modifier) {
        val context = LocalContext.current
        // A texture respects rounded corners; the view mirrors a front camera and fills its area by itself.
        val view = remember {
            PreviewView(context).apply { implementationMode = PreviewView.ImplementationMode.COMPATIBLE }
        }
        DisposableEffect(view) {
            preview.setSurfaceProvider(view.surfaceProvider)
            onDispose {}
        }
        AndroidView({ view }, modifier)
    }
}
