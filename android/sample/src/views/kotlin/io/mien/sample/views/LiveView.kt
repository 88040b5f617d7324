package io.mien.sample.views

import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clipToBounds
import androidx.compose.ui.unit.dp
import io.mien.EmotionEngine
import io.mien.sample.models.AppModel
import io.mien.sample.models.LiveModel
import io.mien.sample.models.caption
import kotlinx.coroutines.launch

/** The camera's picture with the results of its faces. */
@Composable
fun LiveView(app: AppModel, engine: EmotionEngine, camera: Camera, microphone: Microphone) {
    val live = remember { LiveModel() }
    val state by live.state.collectAsState()
    val size by camera.output.size.collectAsState()
    val isAllowed by camera.isAllowed.collectAsState()
    LaunchedEffect(engine) { app.attempt { live.watch(camera.output, engine, microphone.output) } }
    Box(Modifier.fillMaxSize().clipToBounds()) {
        camera.Preview(Modifier.fillMaxSize())
        FaceOverlay(state.faces, size, Modifier.fillMaxSize())
        val statistics = state.statistics
        if (isAllowed == false) {
            Note("Allow the camera in the phone's settings.", Modifier.align(Alignment.TopCenter))
        } else if (statistics != null) {
            val words = "${statistics.processed} frames analyzed, ${statistics.dropped} dropped"
            Note(words, Modifier.align(Alignment.TopCenter))
        }
        if (state.corrected != null) {
            Column(Modifier.align(Alignment.BottomCenter)) {
                state.said?.let { Note(it.caption, Modifier) }
                Corrections(engine.labels) { say -> app.attempt { say(live) } }
            }
        }
    }
}

/** Buttons that say what the user's face really shows. */
@Composable
private fun Corrections(labels: List<String>, say: suspend (suspend (LiveModel) -> Unit) -> Unit) {
    val scope = rememberCoroutineScope()
    Row(Modifier.horizontalScroll(rememberScrollState()).padding(12.dp), Arrangement.spacedBy(8.dp)) {
        Button({ scope.launch { say { it.confirm() } } }) { Text("Right") }
        for (label in labels) {
            Button({ scope.launch { say { it.correct(label) } } }) { Text(label) }
        }
        Button({ scope.launch { say { it.undo() } } }) { Text("Undo") }
    }
}

/** Text over the camera's picture. */
@Composable
private fun Note(words: String, modifier: Modifier) {
    Surface(
        modifier.padding(12.dp),
        MaterialTheme.shapes.small,
        MaterialTheme.colorScheme.surface.copy(alpha = 0.8f),
        MaterialTheme.colorScheme.onSurface,
    ) {
        Text(words, Modifier.padding(horizontal = 12.dp, vertical = 6.dp), style = MaterialTheme.typography.bodyMedium)
    }
}
