package io.mien.sample

import android.Manifest
import android.util.Log
import androidx.activity.ComponentActivity
import androidx.camera.core.CameraSelector
import androidx.camera.core.CameraState
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
import io.mien.MienError
import io.mien.camerax.CameraFeed
import io.mien.sample.models.FrameOutput
import io.mien.sample.models.SensorAccess
import io.mien.sample.models.SensorState
import io.mien.sample.views.Camera
import java.util.concurrent.ExecutionException

/**
 * The front camera through CameraX, or else the back one, while a view uses it and the activity is visible. Create it
 * before the activity starts.
 */
class PhoneCamera(activity: ComponentActivity, access: SensorAccess, override val output: FrameOutput) :
    PhoneSensor(activity, Manifest.permission.CAMERA, access),
    Camera {
    private val preview = Preview.Builder().build()
    private var cameras: ProcessCameraProvider? = null
    private var isWanted = false

    init {
        attach()
    }

    override fun open() {
        isWanted = true
        val waiting = ProcessCameraProvider.getInstance(activity)
        waiting.addListener({
            try {
                // It may have been closed meanwhile.
                if (isWanted) bind(waiting.get())
            } catch (error: ExecutionException) {
                fail(error)
            } catch (error: IllegalArgumentException) {
                fail(error)
            } catch (error: IllegalStateException) {
                fail(error)
            }
        }, ContextCompat.getMainExecutor(activity))
    }

    override fun close() {
        isWanted = false
        cameras?.unbindAll()
    }

    private fun bind(cameras: ProcessCameraProvider) {
        this.cameras = cameras
        val isFront = cameras.hasCamera(CameraSelector.DEFAULT_FRONT_CAMERA)
        val selector = if (isFront) CameraSelector.DEFAULT_FRONT_CAMERA else CameraSelector.DEFAULT_BACK_CAMERA
        // The code names the fault and nothing about the person before the camera.
        val refused = { error: Throwable ->
            Log.w("Sample", "frame not taken: ${(error as? MienError)?.code ?: error.javaClass.name}")
            Unit
        }
        val feed = CameraFeed(mirror = isFront, refused, output::take)
        cameras.unbindAll()
        if (!cameras.hasCamera(selector)) return access.failed(SensorState.MISSING)
        val camera = cameras.bindToLifecycle(activity, selector, preview, feed.useCase())
        access.opened()
        camera.cameraInfo.cameraState.removeObservers(activity)
        camera.cameraInfo.cameraState.observe(activity, ::follow)
    }

    /** Another application may take the camera away, or a switch of the phone may shut it off. */
    private fun follow(state: CameraState) {
        val error = state.error
        val isTaken = error != null && state.type == CameraState.Type.PENDING_OPEN
        when {
            !isWanted -> Unit
            isTaken || error?.type == CameraState.ErrorType.CRITICAL -> access.failed()
            state.type == CameraState.Type.OPEN -> access.opened()
        }
    }

    private fun fail(error: Exception) {
        Log.w("Sample", "no camera: ${error.javaClass.name}")
        access.failed()
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
