package io.mien.sample

import androidx.compose.foundation.Image
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.toComposeImageBitmap
import androidx.compose.ui.layout.ContentScale
import io.mien.sample.models.SensorAccess
import io.mien.sample.views.Camera
import io.mien.sample.views.Files
import java.io.File
import java.io.InputStream
import java.io.OutputStream

/** A phone that shows bundled pictures as the camera's preview and whose user chooses files in [folder]. */
class Phone(private val folder: File) :
    Camera,
    Files,
    AutoCloseable {
    val lens = PictureCamera()
    override val output get() = lens.output
    override val state get() = access.state

    /** Whether the person allows the camera, and the system would ask again; whether the camera works. */
    var isAllowed = true
    var asksAgain = true
    var isBroken = false

    /** How often the person was asked, and sent to the settings. */
    var questions = 0
    var settings = 0

    val access = SensorAccess()

    init {
        access.attach(object : SensorAccess.Device {
            override val isGranted get() = isAllowed
            override val mayAskAgain get() = asksAgain

            override fun ask() {
                questions++
                access.answered(isAllowed)
            }

            override fun open() = if (isBroken) access.failed() else access.opened()

            override fun close() = Unit
        })
    }

    override fun use(on: Boolean) = if (on) access.use() else access.stop()

    override fun retry() = access.retry()

    override fun openSettings() {
        settings++
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
