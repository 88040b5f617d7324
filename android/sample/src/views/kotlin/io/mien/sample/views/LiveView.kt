package io.mien.sample.views

import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.rememberScrollState
import androidx.compose.material3.Button
import androidx.compose.material3.FilledTonalButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clipToBounds
import androidx.compose.ui.graphics.RectangleShape
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import androidx.lifecycle.Lifecycle
import androidx.lifecycle.compose.LocalLifecycleOwner
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import androidx.lifecycle.repeatOnLifecycle
import io.mien.EmotionEngine
import io.mien.EmotionLabel
import io.mien.sample.R
import io.mien.sample.models.LiveModel
import io.mien.sample.models.PictureSize
import io.mien.sample.models.Screens
import kotlinx.coroutines.launch

/** The camera's picture with the results of its faces, while the application is visible. */
@Composable
fun LiveView(screens: Screens, engine: EmotionEngine, camera: Camera, microphone: Microphone) {
    val (app, live) = screens.app to screens.live
    val state by live.state.collectAsStateWithLifecycle()
    val size by camera.output.size.collectAsStateWithLifecycle()
    val lifecycle = LocalLifecycleOwner.current.lifecycle
    val scope = rememberCoroutineScope()
    var attempts by remember { mutableIntStateOf(0) }
    var hasFailed by remember { mutableStateOf(false) }
    LaunchedEffect(engine, attempts) {
        lifecycle.repeatOnLifecycle(Lifecycle.State.STARTED) {
            hasFailed = !app.attempt { live.watch(camera.output, engine, microphone.output, screens.budgets) }
        }
    }
    val say = { said: suspend (LiveModel) -> Unit -> scope.launch { app.attempt { said(live) } } }
    LiveScreen(
        state,
        size,
        engine.labels,
        camera,
        retry = if (hasFailed) ({ attempts++ }) else null,
        confirm = { say { it.confirm() } },
        correct = { label -> say { it.correct(label) } },
        undo = { say { it.undo() } },
    )
}

/** What [LiveView] shows; [retry] starts the analysis again, null while it runs. */
@Composable
fun LiveScreen(
    state: LiveModel.State,
    size: PictureSize,
    labels: List<EmotionLabel>,
    camera: Camera,
    retry: (() -> Unit)?,
    confirm: () -> Unit,
    correct: (EmotionLabel) -> Unit,
    undo: () -> Unit,
) = CameraPane(camera, Modifier.fillMaxSize(), RectangleShape) {
    Box(Modifier.fillMaxSize().clipToBounds()) {
        FaceOverlay(state.faces, size, Modifier.fillMaxSize())
        Note(Modifier.align(Alignment.TopCenter)) {
            if (retry != null) {
                Text(stringResource(R.string.live_stopped), Modifier.semantics { liveRegion = LiveRegionMode.Polite })
                Button(retry) { Text(stringResource(R.string.try_again)) }
            } else {
                Now(state)
            }
        }
        if (state.corrected != null) {
            Note(Modifier.align(Alignment.BottomCenter)) { Corrections(state, labels, confirm, correct, undo) }
        }
    }
}

/** Who shows what, and what became of the frames. */
@Composable
private fun Now(state: LiveModel.State) {
    val sure = state.faces.filter { it.unsure.isEmpty() && it.label != null }.map { caption(it) }
    val said = sure.joinToString().ifEmpty { stringResource(R.string.live_nobody) }
    Announced(said)
    val statistics = state.statistics ?: return
    Hint(stringResource(R.string.live_frames, frames(statistics.processed), statistics.dropped))
}

/** Buttons that say what the user's face really shows. */
@Composable
private fun Corrections(
    state: LiveModel.State,
    labels: List<EmotionLabel>,
    confirm: () -> Unit,
    correct: (EmotionLabel) -> Unit,
    undo: () -> Unit,
) = Column(Modifier.fillMaxWidth()) {
    val said = state.said?.let { words(it) }
    val spoken = Modifier.semantics { liveRegion = LiveRegionMode.Polite }
    Text(said ?: stringResource(R.string.live_question), spoken, style = MaterialTheme.typography.titleSmall)
    Row(Modifier.horizontalScroll(rememberScrollState()), Arrangement.spacedBy(8.dp)) {
        Button(confirm) { Text(stringResource(R.string.live_right)) }
        for (label in labels) FilledTonalButton({ correct(label) }) { Text(emotion(label)) }
        if (said != null) OutlinedButton(undo) { Text(stringResource(R.string.live_undo)) }
    }
}
