package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.FilledTonalButton
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.unit.dp
import io.mien.AdaptReport
import io.mien.ClipSpeech
import io.mien.ClipSummary
import io.mien.EmotionEngine
import io.mien.LeftOutReason
import io.mien.sample.models.AppModel
import io.mien.sample.models.TeachModel
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch

/**
 * Records clips that the user labels, and adapts the head to them; who leaves meanwhile is adapted in the background,
 * which [learnLater] requests.
 */
@Composable
fun TeachView(app: AppModel, engine: EmotionEngine, camera: Camera, microphone: Microphone, learnLater: () -> Unit) {
    val users = app.state.collectAsState().value.users
    var teach by remember { mutableStateOf<TeachModel?>(null) }
    var user by remember { mutableStateOf<String?>(null) }
    LaunchedEffect(engine, user) { app.attempt { teach = user?.let { TeachModel.open(engine, it) } } }
    DisposableEffect(teach) {
        val shown = teach
        onDispose {
            if (shown?.state?.value?.isDue == true) learnLater()
            shown?.close()
        }
    }
    Column(
        Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp),
        Arrangement.spacedBy(12.dp),
    ) {
        camera.Preview(Modifier.fillMaxWidth().height(240.dp).clip(RoundedCornerShape(16.dp)))
        UserPicker(users, user) { user = it }
        teach?.let { Lesson(it, app, camera, microphone) }
    }
}

@Composable
private fun Lesson(teach: TeachModel, app: AppModel, camera: Camera, microphone: Microphone) {
    val speaks by microphone.isOn.collectAsState()
    val state by teach.state.collectAsState()
    // Running work ends with the view.
    val scope = rememberCoroutineScope()
    var recording by remember { mutableStateOf<String?>(null) }
    var work by remember { mutableStateOf<Job?>(null) }

    fun run(job: suspend () -> Unit) {
        work = scope.launch {
            try {
                app.attempt(job)
            } finally {
                work = null
                recording = null
            }
        }
    }

    VoiceSwitch(microphone)
    Heading(if (speaks) "Say a sentence in an emotion" else "Show an emotion for two seconds")
    Labels(teach.labels, recording, state.frames, enabled = work == null) { label ->
        recording = label
        val count = if (speaks) TeachModel.SPOKEN_FRAMES else TeachModel.CLIP_FRAMES
        run { teach.record(label, camera.output.frames(), microphone.output, count) }
    }
    Heading("Clips")
    Recorded(state.clips, enabled = work == null) { index -> run { teach.remove(index) } }
    val progress = state.progress
    if (progress != null) {
        LinearProgressIndicator({ progress }, Modifier.fillMaxWidth())
        OutlinedButton({
            work?.cancel()
            scope.launch { app.attempt { teach.stop() } }
        }) { Text("Stop") }
    } else {
        if (state.isDue) Text("These clips are learned in the background.")
        val isReady = state.clips.isNotEmpty() && work == null
        Button({ run { teach.learn() } }, Modifier.fillMaxWidth(), isReady) { Text("Learn") }
        OutlinedButton({ run { teach.clear() } }, Modifier.fillMaxWidth(), isReady) { Text("Remove all clips") }
    }
    state.adapted?.let { adapted ->
        Outcome("face", adapted.face)
        LeftOutClips(adapted.face, state.clips, enabled = work == null) { name -> run { teach.confirm(name) } }
        adapted.speech?.let { Outcome("voice", it) }
    }
}

/** Whether the voice counts too. */
@Composable
fun VoiceSwitch(microphone: Microphone) {
    val isOn by microphone.isOn.collectAsState()
    Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween, Alignment.CenterVertically) {
        Text("Use my voice too")
        Switch(isOn, microphone::use)
    }
}

@Composable
private fun Heading(words: String) = Text(words, style = MaterialTheme.typography.titleMedium)

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Labels(labels: List<String>, recording: String?, frames: Int, enabled: Boolean, record: (String) -> Unit) {
    FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        for (label in labels) {
            FilledTonalButton({ record(label) }, enabled = enabled) {
                Text(if (label == recording) "$label: $frames frames" else label)
            }
        }
    }
}

@Composable
private fun Recorded(clips: List<ClipSummary>, enabled: Boolean, remove: (Int) -> Unit) {
    if (clips.isEmpty()) Text("None yet.", color = MaterialTheme.colorScheme.onSurfaceVariant)
    clips.forEachIndexed { index, clip ->
        Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween, Alignment.CenterVertically) {
            Text("${clip.label ?: "unnamed"}, ${clip.frames} frames${clip.speech.words}")
            TextButton({ remove(index) }, enabled = enabled) { Text("Remove") }
        }
    }
}

/** What became of the sound of a clip. */
private val ClipSpeech?.words: String
    get() = when {
        this == null -> ""
        refusal == null -> ", with voice"
        else -> ", without its sound"
    }

/** Names the clips that were not learned, and asks whether the label is right where that helps. */
@Composable
private fun LeftOutClips(report: AdaptReport, clips: List<ClipSummary>, enabled: Boolean, confirm: (String) -> Unit) {
    for (clip in report.leftOut) {
        when (val reason = clip.reason) {
            is LeftOutReason.SomebodyElse -> Text("${clip.name} shows somebody else.")
            LeftOutReason.SeveralPeople -> Text("${clip.name} shows several people.")
            is LeftOutReason.LooksLike -> {
                // Clips may have been removed since the report.
                val isOpen = clips.any { it.name == clip.name && !it.confirmed }
                Text("${clip.name} looks like ${reason.label}. Is this label right?")
                TextButton({ confirm(clip.name) }, enabled = enabled && isOpen) {
                    Text("It is ${clip.label}")
                }
            }
        }
    }
}

@Composable
private fun Outcome(what: String, report: AdaptReport) {
    val head = "head for the $what"
    Text(if (report.accepted) "The new $head answers from now on." else "The old $head stays.")
    Text(report.reason, style = MaterialTheme.typography.bodySmall)
}
