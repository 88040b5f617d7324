package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.Button
import androidx.compose.material3.FilledTonalButton
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import io.mien.AdaptReport
import io.mien.ClipSummary
import io.mien.EmotionEngine
import io.mien.EmotionLabel
import io.mien.LeftOut
import io.mien.LeftOutReason
import io.mien.User
import io.mien.sample.R
import io.mien.sample.models.AppModel
import io.mien.sample.models.SensorState
import io.mien.sample.models.TeachModel
import io.mien.sample.models.Teaching

/** Records clips that the user labels, and adapts the head to them; who leaves meanwhile is adapted in the background. */
@Composable
fun TeachView(
    app: AppModel,
    engine: EmotionEngine,
    teaching: Teaching,
    chosen: String?,
    choose: (String) -> Unit,
    camera: Camera,
    microphone: Microphone,
) {
    val users = app.state.collectAsStateWithLifecycle().value.users
    val state by teaching.state.collectAsStateWithLifecycle()
    val isBusy by teaching.isBusy.collectAsStateWithLifecycle()
    val lesson = state.lesson
    LaunchedEffect(engine, chosen, users) {
        if (chosen != null && users.any { it.name == chosen }) teaching.open(engine, chosen)
    }
    val shown = lesson?.state?.collectAsStateWithLifecycle()?.value
    val acts = LessonActs(
        record = teaching::record,
        remove = teaching::remove,
        clear = teaching::clear,
        learn = teaching::learn,
        stop = teaching::stop,
        confirm = teaching::confirm,
    )
    TeachScreen(users, chosen, choose, camera, microphone) {
        if (lesson != null && shown != null) {
            Lesson(lesson.user, lesson.labels, shown, state.recording, isBusy, camera, microphone, acts)
        }
    }
}

/** What a person can do in a lesson. */
class LessonActs(
    val record: (label: EmotionLabel, speaks: Boolean) -> Unit,
    val remove: (index: Int) -> Unit,
    val clear: () -> Unit,
    val learn: () -> Unit,
    val stop: () -> Unit,
    val confirm: (clip: String) -> Unit,
)

/** What [TeachView] shows: the camera, the choice of a user and the [lesson]. */
@Composable
fun TeachScreen(
    users: List<User>,
    chosen: String?,
    choose: (String) -> Unit,
    camera: Camera,
    microphone: Microphone,
    lesson: @Composable () -> Unit,
) = Panes(share = 0.3f, { CameraPane(camera, it) }) {
    UserPicker(users, chosen, choose)
    if (users.isNotEmpty()) VoiceSwitch(microphone)
    lesson()
}

/** The lesson of [user]. */
@Composable
fun Lesson(
    user: String,
    labels: List<EmotionLabel>,
    state: TeachModel.State,
    recording: EmotionLabel?,
    isBusy: Boolean,
    camera: Camera,
    microphone: Microphone,
    acts: LessonActs,
) {
    val speaks = microphone.state.collectAsStateWithLifecycle().value == SensorState.ON
    val sees = camera.state.collectAsStateWithLifecycle().value == SensorState.ON
    var question by remember { mutableStateOf<Question?>(null) }
    Heading(stringResource(if (speaks) R.string.teach_say else R.string.teach_show))
    Labels(labels, recording, state.frames, enabled = !isBusy && sees) { acts.record(it, speaks) }
    Heading(stringResource(R.string.teach_clips))
    Recorded(state.clips, enabled = !isBusy, acts.remove) { question = it }
    Learning(user, state, isBusy, acts) { question = it }
    state.adapted?.let { adapted ->
        Outcome(adapted.face, R.string.teach_face_new, R.string.teach_face_old)
        for (clip in adapted.face.leftOut) LeftOutClip(clip, state.clips, enabled = !isBusy, acts.confirm)
        adapted.speech?.let { Outcome(it, R.string.teach_voice_new, R.string.teach_voice_old) }
    }
    question?.let { Confirmation(it) { question = null } }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Labels(
    labels: List<EmotionLabel>,
    recording: EmotionLabel?,
    frames: Int,
    enabled: Boolean,
    record: (EmotionLabel) -> Unit,
) {
    FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        for (label in labels) {
            val word = emotion(label)
            FilledTonalButton({ record(label) }, enabled = enabled) {
                val count = frames(frames.toLong())
                Text(if (label == recording) stringResource(R.string.teach_recording, word, count) else word)
            }
        }
    }
}

@Composable
private fun Recorded(clips: List<ClipSummary>, enabled: Boolean, remove: (Int) -> Unit, ask: (Question) -> Unit) {
    if (clips.isEmpty()) Hint(stringResource(R.string.teach_no_clips))
    clips.forEachIndexed { index, clip ->
        Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween, Alignment.CenterVertically) {
            val name = words(clip)
            val confirm = stringResource(R.string.teach_remove)
            val question = Question(
                stringResource(R.string.teach_remove_title),
                stringResource(R.string.teach_remove_text, name),
                confirm,
            ) { remove(index) }
            val spoken = stringResource(R.string.teach_remove_clip, name)
            Text(name, Modifier.weight(1f))
            TextButton({ ask(question) }, Modifier.semantics { contentDescription = spoken }, enabled) { Text(confirm) }
        }
    }
}

/** The label, the length and the sound of a clip. */
@Composable
private fun words(clip: ClipSummary): String {
    val speech = clip.speech
    val pattern = when {
        speech == null -> R.string.teach_clip
        speech.refusal == null -> R.string.teach_clip_voice
        else -> R.string.teach_clip_silent
    }
    val label = clip.label?.let { emotion(it) } ?: stringResource(R.string.teach_unnamed)
    return stringResource(pattern, label, frames(clip.frames.toLong()))
}

/** Learns the clips, or removes all of them. */
@Composable
private fun Learning(
    user: String,
    state: TeachModel.State,
    isBusy: Boolean,
    acts: LessonActs,
    ask: (Question) -> Unit,
) {
    val progress = state.progress
    if (progress != null) {
        Text(stringResource(R.string.teach_learning))
        LinearProgressIndicator({ progress }, Modifier.fillMaxWidth())
        OutlinedButton(acts.stop, Modifier.fillMaxWidth()) { Text(stringResource(R.string.stop)) }
        return
    }
    if (state.isDue) Hint(stringResource(R.string.teach_due))
    val count = state.clips.size
    val isReady = count > 0 && !isBusy
    val clear = Question(
        stringResource(R.string.teach_clear_title),
        pluralStringResource(R.plurals.teach_clear_text, count, count, user),
        stringResource(R.string.teach_remove),
        acts.clear,
    )
    Button(acts.learn, Modifier.fillMaxWidth(), isReady) { Text(stringResource(R.string.teach_learn)) }
    OutlinedButton({ ask(clear) }, Modifier.fillMaxWidth(), isReady) { Text(stringResource(R.string.teach_clear)) }
}

/** Names a clip that was not learned, and asks whether the label is right where that helps. */
@Composable
private fun LeftOutClip(clip: LeftOut, clips: List<ClipSummary>, enabled: Boolean, confirm: (String) -> Unit) {
    when (val reason = clip.reason) {
        is LeftOutReason.SomebodyElse -> Text(stringResource(R.string.left_out_somebody_else, clip.name))
        LeftOutReason.SeveralPeople -> Text(stringResource(R.string.left_out_several_people, clip.name))
        is LeftOutReason.LooksLike -> {
            // Clips may have been removed since the report.
            val isOpen = clips.any { it.name == clip.name && !it.isConfirmed }
            Text(stringResource(R.string.left_out_looks_like, clip.name, emotion(reason.label)))
            TextButton({ confirm(clip.name) }, enabled = enabled && isOpen) {
                Text(stringResource(R.string.left_out_confirm, clip.label?.let { emotion(it) }.orEmpty()))
            }
        }
    }
}

@Composable
private fun Outcome(report: AdaptReport, accepted: Int, refused: Int) {
    Text(stringResource(if (report.isAccepted) accepted else refused), style = MaterialTheme.typography.titleSmall)
    report.refusal?.let { Hint(words(it)) }
}
