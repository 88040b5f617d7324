package io.mien.sample.views

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import io.mien.sample.models.FrameOutput
import kotlinx.coroutines.flow.StateFlow

/** The front camera for the views. */
interface Camera {
    val output: FrameOutput

    /** Whether it may be used; null before the user answers. */
    val isAllowed: StateFlow<Boolean?>

    /** Asks for permission once and starts the camera. */
    fun start()

    /** The mirrored preview of the camera, scaled to fill its area as [FaceOverlay] expects. */
    @Composable
    fun Preview(modifier: Modifier)
}
