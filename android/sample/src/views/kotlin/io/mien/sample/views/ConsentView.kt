package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import io.mien.sample.models.AppModel
import kotlinx.coroutines.launch

/** Explains what happens to faces before any is analyzed. */
@Composable
fun ConsentView(app: AppModel) {
    val scope = rememberCoroutineScope()
    Column(Modifier.fillMaxSize().safeDrawingPadding().padding(24.dp), Arrangement.spacedBy(16.dp)) {
        Column(Modifier.weight(1f).verticalScroll(rememberScrollState()), Arrangement.spacedBy(16.dp)) {
            Text("Your face stays on this phone", style = MaterialTheme.typography.headlineMedium)
            Text(
                "This app analyzes faces from the camera, estimates the emotion that they show, and learns to " +
                    "recognize the people you enroll. Pictures are not stored. Learned data is encrypted on this " +
                    "phone, excluded from backups, and can be deleted or exported in Settings at any time. An " +
                    "estimate does not tell what a person feels. Only enroll people who agree. If you " +
                    "switch your voice on, the microphone is used likewise; sound is not stored.",
                style = MaterialTheme.typography.bodyLarge,
            )
        }
        Button({ scope.launch { app.agree() } }, Modifier.fillMaxWidth()) { Text("I agree") }
    }
}
