package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Button
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
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
import io.mien.EmotionEngine
import io.mien.sample.models.AppModel
import io.mien.sample.models.EnrollmentModel
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch

/** Asks for a name, then guides the user until enough different pictures are accepted. */
@Composable
fun EnrollmentView(app: AppModel, engine: EmotionEngine, camera: Camera) {
    // Running work ends with the view.
    val scope = rememberCoroutineScope()
    var name by remember { mutableStateOf("") }
    var enrollment by remember { mutableStateOf<EnrollmentModel?>(null) }
    var work by remember { mutableStateOf<Job?>(null) }

    fun begin() {
        val model = EnrollmentModel()
        enrollment = model
        work = scope.launch {
            app.attempt { model.enroll(name, camera.output.frames(), engine) }
            app.reload()
            if (!model.state.value.isDone) enrollment = null
        }
    }

    fun end() {
        work?.cancel()
        enrollment = null
        name = ""
    }

    Column(
        Modifier.fillMaxSize().padding(16.dp),
        Arrangement.spacedBy(16.dp),
        Alignment.CenterHorizontally,
    ) {
        camera.Preview(Modifier.weight(1f).fillMaxWidth().clip(RoundedCornerShape(16.dp)))
        val model = enrollment
        if (model != null) {
            Guide(model, name, ::end)
        } else {
            OutlinedTextField(name, { name = it }, Modifier.fillMaxWidth(), label = { Text("Name") }, singleLine = true)
            Button(::begin, Modifier.fillMaxWidth(), enabled = name.isNotBlank()) { Text("Enroll") }
        }
    }
}

@Composable
private fun Guide(model: EnrollmentModel, name: String, end: () -> Unit) {
    val state by model.state.collectAsState()
    LinearProgressIndicator({ (state.count.toFloat() / state.targetFrames).coerceAtMost(1f) }, Modifier.fillMaxWidth())
    Text(if (state.isDone) "$name is enrolled." else state.hint, style = MaterialTheme.typography.titleMedium)
    Text("${state.count} of ${state.targetFrames} pictures", style = MaterialTheme.typography.bodyMedium)
    OutlinedButton(end) { Text(if (state.isDone) "Done" else "Stop") }
}
