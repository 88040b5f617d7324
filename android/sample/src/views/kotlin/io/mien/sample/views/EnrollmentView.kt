package io.mien.sample.views

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Button
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import io.mien.EmotionEngine
import io.mien.sample.R
import io.mien.sample.models.Enrolling
import io.mien.sample.models.EnrollmentModel
import io.mien.sample.models.SensorState

/** Asks for a name, then guides the user until enough different pictures are accepted. */
@Composable
fun EnrollmentView(engine: EmotionEngine, enrolling: Enrolling, camera: Camera) {
    val state by enrolling.state.collectAsStateWithLifecycle()
    val guide = state.enrollment?.state?.collectAsStateWithLifecycle()?.value
    EnrollmentScreen(state.name, guide, camera, enrolling::rename, { enrolling.begin(engine) }, enrolling::leave)
}

/** What [EnrollmentView] shows: the question for a name, or the [guide] of the enrollment that runs. */
@Composable
fun EnrollmentScreen(
    name: String,
    guide: EnrollmentModel.State?,
    camera: Camera,
    rename: (String) -> Unit,
    begin: () -> Unit,
    leave: () -> Unit,
) = Panes(share = 0.35f, { CameraPane(camera, it) }) {
    Heading(stringResource(R.string.enroll_title))
    if (guide != null) {
        Guide(guide, name, leave)
    } else {
        val sensor by camera.state.collectAsStateWithLifecycle()
        Hint(stringResource(R.string.enroll_intro))
        OutlinedTextField(
            name,
            rename,
            Modifier.fillMaxWidth(),
            label = { Text(stringResource(R.string.enroll_name)) },
            keyboardOptions = KeyboardOptions(KeyboardCapitalization.Words),
            singleLine = true,
        )
        val isReady = name.isNotBlank() && sensor == SensorState.ON
        Button(begin, Modifier.fillMaxWidth(), isReady) { Text(stringResource(R.string.enroll_start)) }
    }
}

@Composable
private fun Guide(state: EnrollmentModel.State, name: String, leave: () -> Unit) {
    val share = (state.count.toFloat() / state.targetFrames).coerceAtMost(1f)
    Announced(
        if (state.isDone) stringResource(R.string.enroll_done, name) else advice(state),
        MaterialTheme.typography.bodyLarge,
    )
    LinearProgressIndicator({ share }, Modifier.fillMaxWidth())
    Hint(pluralStringResource(R.plurals.enroll_progress, state.targetFrames, state.count, state.targetFrames))
    val word = if (state.isDone) R.string.done else R.string.stop
    OutlinedButton(leave, Modifier.fillMaxWidth()) { Text(stringResource(word)) }
}
