package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.selection.toggleable
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Shape
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import io.mien.sample.R
import io.mien.sample.models.SensorState

/** The camera's picture with [over] on top of it, or why there is none and what helps. */
@Composable
fun CameraPane(
    camera: Camera,
    modifier: Modifier,
    shape: Shape = MaterialTheme.shapes.large,
    over: @Composable () -> Unit = {},
) {
    val state by camera.state.collectAsStateWithLifecycle()
    Surface(modifier, shape, MaterialTheme.colorScheme.surfaceContainer) {
        val picture = stringResource(R.string.camera_picture)
        when (state) {
            SensorState.ON -> Box(Modifier.fillMaxSize()) {
                camera.Preview(Modifier.fillMaxSize().semantics { contentDescription = picture })
                over()
            }
            SensorState.OFF, SensorState.WAITING -> Centered { Text(stringResource(R.string.camera_waiting)) }
            else -> Centered { CameraNotice(state, camera::retry, camera::openSettings) }
        }
    }
}

@Composable
private fun Centered(content: @Composable () -> Unit) = Box(Modifier.fillMaxSize(), Alignment.Center) { content() }

/** Why there is no picture, and what helps. */
@Composable
fun CameraNotice(state: SensorState, retry: () -> Unit, openSettings: () -> Unit) = when (state) {
    SensorState.DENIED -> Notice(R.string.camera_denied, R.string.camera_allow, retry)
    SensorState.BLOCKED -> Notice(R.string.camera_blocked, R.string.open_settings, openSettings)
    SensorState.FAILED -> Notice(R.string.camera_failed, R.string.try_again, retry)
    SensorState.MISSING -> Notice(R.string.camera_missing)
    SensorState.OFF, SensorState.WAITING, SensorState.ON -> Unit
}

@Composable
private fun MicrophoneNotice(state: SensorState, retry: () -> Unit, openSettings: () -> Unit) = when (state) {
    SensorState.DENIED -> Notice(R.string.microphone_denied, R.string.microphone_allow, retry)
    SensorState.BLOCKED -> Notice(R.string.microphone_blocked, R.string.open_settings, openSettings)
    SensorState.FAILED -> Notice(R.string.microphone_failed, R.string.try_again, retry)
    SensorState.MISSING -> Notice(R.string.microphone_missing)
    SensorState.OFF, SensorState.WAITING, SensorState.ON -> Unit
}

/** A text, and a button that helps unless nothing does. */
@Composable
private fun Notice(text: Int, button: Int? = null, act: () -> Unit = {}) = Column(
    Modifier.padding(16.dp),
    Arrangement.spacedBy(8.dp),
    Alignment.CenterHorizontally,
) {
    val said = Modifier.semantics { liveRegion = LiveRegionMode.Polite }
    Text(stringResource(text), said, textAlign = TextAlign.Center)
    if (button != null) Button(act) { Text(stringResource(button)) }
}

/** Whether the voice counts too. */
@Composable
fun VoiceSwitch(microphone: Microphone) {
    val state by microphone.state.collectAsStateWithLifecycle()
    val isOn = state == SensorState.ON
    Column {
        // The whole line is the switch: easier to hit, and screen readers say the words with it.
        Row(
            Modifier.fillMaxWidth().heightIn(
                48.dp,
            ).toggleable(isOn, role = Role.Switch, onValueChange = microphone::use),
            Arrangement.SpaceBetween,
            Alignment.CenterVertically,
        ) {
            Text(stringResource(R.string.microphone_use), Modifier.weight(1f))
            Switch(isOn, null)
        }
        MicrophoneNotice(state, microphone::retry, microphone::openSettings)
    }
}
