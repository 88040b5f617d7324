package io.mien.sample.views

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import io.mien.sample.models.FrameOutput
import io.mien.sample.models.SensorState
import kotlinx.coroutines.flow.StateFlow

/** The camera or the microphone, as far as the person has a say in it. */
interface Sensor {
    val state: StateFlow<SensorState>

    /** Switches it on or off; asks for permission unless it was refused before. */
    fun use(on: Boolean)

    /** Asks for permission again, or tries again to open it. */
    fun retry()

    /** Opens the system's settings of this application. */
    fun openSettings()
}

/** The front camera for the views; on only while a view needs it. */
interface Camera : Sensor {
    val output: FrameOutput

    /** The mirrored preview of the camera, scaled to fill its area as [FaceOverlay] expects. */
    @Composable
    fun Preview(modifier: Modifier)
}
