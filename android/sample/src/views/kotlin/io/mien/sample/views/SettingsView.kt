package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.input.PasswordVisualTransformation
import androidx.compose.ui.unit.dp
import io.mien.EmotionEngine
import io.mien.User
import io.mien.sample.models.AppModel
import io.mien.sample.models.SettingsModel
import kotlinx.coroutines.launch

/** Users and the actions on their data. */
@Composable
fun SettingsView(app: AppModel, engine: EmotionEngine, camera: Camera, files: Files) {
    var isMeasuring by remember { mutableStateOf(false) }
    if (isMeasuring) {
        BenchmarkView(app, engine, camera) { isMeasuring = false }
    } else {
        Settings(app, engine, files) { isMeasuring = true }
    }
}

@Composable
private fun Settings(app: AppModel, engine: EmotionEngine, files: Files, measure: () -> Unit) {
    val users = app.state.collectAsState().value.users
    val scope = rememberCoroutineScope()
    var passphrase by remember { mutableStateOf("") }
    LaunchedEffect(Unit) { app.reload() }

    fun run(job: suspend SettingsModel.() -> Unit) {
        scope.launch {
            app.attempt { SettingsModel(engine).job() }
            app.reload()
        }
    }

    Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(16.dp), Arrangement.spacedBy(12.dp)) {
        OutlinedTextField(
            passphrase,
            { passphrase = it },
            Modifier.fillMaxWidth(),
            label = { Text("Passphrase of files") },
            singleLine = true,
            visualTransformation = PasswordVisualTransformation(),
        )
        for (user in users) {
            UserCard(user, canExport = passphrase.length >= 8) { action ->
                run {
                    when (action) {
                        UserAction.EXPORT ->
                            files.create("${user.name}.mien")?.let { export(user.name, passphrase, it) }
                        UserAction.ROLLBACK -> rollback(user.name)
                        UserAction.FORGET -> forgetTimeline(user.name)
                        UserAction.DELETE -> delete(user.name)
                    }
                }
            }
        }
        OutlinedButton(
            { run { files.open()?.let { import(it, passphrase) } } },
            Modifier.fillMaxWidth(),
            passphrase.isNotEmpty(),
        ) { Text("Import a user") }
        OutlinedButton(measure, Modifier.fillMaxWidth()) { Text("Benchmark") }
    }
}

private enum class UserAction { EXPORT, ROLLBACK, FORGET, DELETE }

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun UserCard(user: User, canExport: Boolean, act: (UserAction) -> Unit) = Card(Modifier.fillMaxWidth()) {
    Column(Modifier.padding(16.dp)) {
        Text(user.name, style = MaterialTheme.typography.titleMedium)
        val head = user.activeGeneration?.let { "head $it" } ?: "generic head"
        Text("${user.embeddings} pictures, $head", style = MaterialTheme.typography.bodySmall)
        FlowRow {
            TextButton({ act(UserAction.EXPORT) }, enabled = canExport) { Text("Export") }
            TextButton({ act(UserAction.ROLLBACK) }, enabled = user.activeGeneration != null) {
                Text("Undo the last learning")
            }
            TextButton({ act(UserAction.FORGET) }) { Text("Forget the timeline") }
            val red = ButtonDefaults.textButtonColors(contentColor = MaterialTheme.colorScheme.error)
            TextButton({ act(UserAction.DELETE) }, colors = red) { Text("Delete") }
        }
    }
}
