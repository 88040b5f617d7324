package io.mien.sample.views

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import io.mien.sample.models.FrameOutput
import kotlinx.coroutines.flow.StateFlow

/** The front camera, as views see it. */
interface Camera {
    val output: FrameOutput

    /** Whether it may be used; null before the user was asked. */
    val isAllowed: StateFlow<Boolean?>

    /** Asks for permission once and starts the camera. */
    fun start()

    /** What the camera sees, as in a mirror, filling its place as [FaceOverlay] expects. */
    @Composable
    fun Preview(modifier: Modifier)
}
