package io.mien.sample.views

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.DateRange
import androidx.compose.material.icons.filled.Face
import androidx.compose.material.icons.filled.Person
import androidx.compose.material.icons.filled.Settings
import androidx.compose.material.icons.filled.Star
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.NavigationBar
import androidx.compose.material3.NavigationBarItem
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.unit.dp
import io.mien.EmotionEngine
import io.mien.sample.models.AppModel
import kotlinx.coroutines.launch

/**
 * Shows the consent first, then the tabs. [startOver] creates an engine with an empty store if the old key is lost;
 * [learnLater] requests that users who are due are adapted in the background.
 */
@Composable
fun RootView(
    app: AppModel,
    camera: Camera,
    microphone: Microphone,
    files: Files,
    startOver: suspend () -> EmotionEngine,
    learnLater: () -> Unit = {},
) {
    val state by app.state.collectAsState()
    MaterialTheme(if (isSystemInDarkTheme()) darkColorScheme() else lightColorScheme()) {
        Surface(Modifier.fillMaxSize()) {
            val engine = state.engine
            when {
                engine == null -> Loading(app, state.isKeyLost, startOver)
                state.consented != true -> ConsentView(app)
                else -> Tabs(app, engine, camera, microphone, files, learnLater)
            }
        }
        state.failure?.let { Failure(it, app::dismiss) }
    }
}

@Composable
private fun Loading(app: AppModel, isKeyLost: Boolean, startOver: suspend () -> EmotionEngine) {
    val scope = rememberCoroutineScope()
    Column(
        Modifier.fillMaxSize().padding(24.dp),
        Arrangement.spacedBy(16.dp, Alignment.CenterVertically),
        Alignment.CenterHorizontally,
    ) {
        if (isKeyLost) {
            Text(
                "The stored data is encrypted, and this phone lost its key. You can start over and enroll again, or " +
                    "import exported files. The old data is set aside, not deleted.",
            )
            TextButton({ scope.launch { app.start(startOver) } }) { Text("Start over") }
        } else {
            CircularProgressIndicator()
            Text("Loading the models")
        }
    }
}

@Composable
private fun Failure(message: String, dismiss: () -> Unit) = AlertDialog(
    onDismissRequest = dismiss,
    confirmButton = { TextButton(dismiss) { Text("OK") } },
    title = { Text("Something went wrong") },
    text = { Text(message) },
)

private enum class Tab(val title: String, val icon: ImageVector) {
    LIVE("Live", Icons.Filled.Face),
    ENROLL("Enroll", Icons.Filled.Person),
    TEACH("Teach me", Icons.Filled.Star),
    TIMELINE("Timeline", Icons.Filled.DateRange),
    SETTINGS("Settings", Icons.Filled.Settings),
}

@Composable
private fun Tabs(
    app: AppModel,
    engine: EmotionEngine,
    camera: Camera,
    microphone: Microphone,
    files: Files,
    learnLater: () -> Unit,
) {
    var open by remember { mutableStateOf(Tab.LIVE) }
    LaunchedEffect(Unit) { camera.start() }
    Scaffold(bottomBar = {
        NavigationBar {
            for (tab in Tab.entries) {
                NavigationBarItem(
                    selected = tab == open,
                    onClick = { open = tab },
                    icon = { Icon(tab.icon, contentDescription = null) },
                    label = { Text(tab.title) },
                )
            }
        }
    }) { padding ->
        Box(Modifier.padding(padding)) {
            when (open) {
                Tab.LIVE -> LiveView(app, engine, camera, microphone)
                Tab.ENROLL -> EnrollmentView(app, engine, camera)
                Tab.TEACH -> TeachView(app, engine, camera, microphone, learnLater)
                Tab.TIMELINE -> DayView(app, engine)
                Tab.SETTINGS -> SettingsView(app, engine, camera, files)
            }
        }
    }
}
