package io.mien.sample

import androidx.compose.foundation.Image
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.toComposeImageBitmap
import androidx.compose.ui.layout.ContentScale
import io.mien.sample.views.Camera
import io.mien.sample.views.Files
import kotlinx.coroutines.flow.MutableStateFlow
import java.io.File
import java.io.InputStream
import java.io.OutputStream

/** A phone that shows bundled pictures as the camera's preview and whose user chooses files in [folder]. */
class Phone(private val folder: File, isAllowed: Boolean = true) :
    Camera,
    Files,
    AutoCloseable {
    val lens = PictureCamera()
    override val output get() = lens.output
    override val isAllowed = MutableStateFlow<Boolean?>(isAllowed)

    /** Whether the application requested the camera. */
    var isStarted = false
        private set

    override fun start() {
        isStarted = true
    }

    @Composable
    override fun Preview(modifier: Modifier) {
        val picture = lens.scene.first()
        Image(remember(picture) { picture.toComposeImageBitmap() }, null, modifier, contentScale = ContentScale.Crop)
    }

    override suspend fun create(name: String): OutputStream = File(folder, name).outputStream()

    override suspend fun open(): InputStream? = folder.listFiles()!!.firstOrNull()?.inputStream()

    override fun close() = lens.close()
}
