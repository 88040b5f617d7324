package io.mien.sample.views

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.WindowInsets
import androidx.compose.foundation.layout.WindowInsetsSides
import androidx.compose.foundation.layout.consumeWindowInsets
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.only
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawing
import androidx.compose.foundation.layout.windowInsetsPadding
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.DateRange
import androidx.compose.material.icons.filled.Face
import androidx.compose.material.icons.filled.Person
import androidx.compose.material.icons.filled.Settings
import androidx.compose.material.icons.filled.Star
import androidx.compose.material3.Icon
import androidx.compose.material3.NavigationBar
import androidx.compose.material3.NavigationBarItem
import androidx.compose.material3.NavigationRail
import androidx.compose.material3.NavigationRailItem
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.paneTitle
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.Density
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import io.mien.EmotionEngine
import io.mien.sample.models.Consent
import io.mien.sample.models.Screen
import io.mien.sample.models.Screens
import kotlinx.coroutines.launch

/**
 * Shows the consent first, then the screens. [startOver] creates an engine with an empty store if the old key is lost.
 */
@Composable
fun RootView(
    screens: Screens,
    camera: Camera,
    microphone: Microphone,
    files: Files,
    startOver: suspend () -> EmotionEngine,
) {
    val app = screens.app
    val state by app.state.collectAsStateWithLifecycle()
    val scope = rememberCoroutineScope()
    SampleTheme {
        Surface(Modifier.fillMaxSize()) {
            val engine = state.engine
            when {
                engine == null -> StartView(
                    state.startFailure,
                    state.isKeyLost,
                    retry = { scope.launch { app.retry() } },
                    startOver = { scope.launch { app.start(startOver) } },
                )
                state.consent == Consent.OPEN -> ConsentView(
                    agree = { scope.launch { app.agree() } },
                    decline = { scope.launch { app.decline() } },
                )
                else -> {
                    val hasAgreed = state.consent == Consent.GIVEN
                    val open by screens.open.collectAsStateWithLifecycle()
                    Sensors(hasAgreed && open.usesCamera, camera, microphone)
                    Frame(open, screens::show) {
                        if (open.usesCamera && !hasAgreed) {
                            DeclinedView { scope.launch { app.reconsider() } }
                        } else {
                            Content(open, screens, engine, camera, microphone, files)
                        }
                    }
                }
            }
        }
        state.failure?.let { FailureDialog(it, app::dismiss) }
    }
}

/** Camera and microphone are on only where they are used. */
@Composable
private fun Sensors(areUsed: Boolean, camera: Camera, microphone: Microphone) = DisposableEffect(areUsed, camera) {
    if (areUsed) camera.use(true)
    onDispose {
        camera.use(false)
        microphone.use(false)
    }
}

@Composable
private fun Content(
    open: Screen,
    screens: Screens,
    engine: EmotionEngine,
    camera: Camera,
    microphone: Microphone,
    files: Files,
) {
    val app = screens.app
    val chosen by screens.chosen.collectAsStateWithLifecycle()
    when (open) {
        Screen.LIVE -> LiveView(screens, engine, camera, microphone)
        Screen.ENROLL -> EnrollmentView(engine, screens.enrolling, camera)
        Screen.TEACH -> TeachView(app, engine, screens.teaching, chosen, screens::choose, camera, microphone)
        Screen.TIMELINE -> DayView(app, engine, screens.timeline, chosen, screens::choose)
        Screen.SETTINGS -> SettingsView(screens, engine, files)
        Screen.BENCHMARK -> BenchmarkView(screens.benchmark, camera) { screens.show(Screen.SETTINGS) }
    }
}

/** The screen and the way to the others: a bar below it, or a rail beside it where it is wide. */
@Composable
fun Frame(open: Screen, show: (Screen) -> Unit, content: @Composable () -> Unit) =
    BoxWithConstraints(Modifier.fillMaxSize()) {
        val title = title(open)
        val pane = Modifier.fillMaxSize().semantics { paneTitle = title }
        if (isWide(maxWidth, maxHeight)) {
            Row {
                Rail(open, show)
                val beside = WindowInsets.safeDrawing.only(WindowInsetsSides.Vertical + WindowInsetsSides.End)
                Box(pane.windowInsetsPadding(beside)) { content() }
            }
        } else {
            Scaffold(
                bottomBar = { Bar(open, show) },
                contentWindowInsets = WindowInsets.safeDrawing,
            ) { padding -> Box(pane.padding(padding).consumeWindowInsets(padding)) { content() } }
        }
    }

/** The screens of the bar and the rail. */
private val TABS = listOf(
    Screen.LIVE to Icons.Filled.Face,
    Screen.ENROLL to Icons.Filled.Person,
    Screen.TEACH to Icons.Filled.Star,
    Screen.TIMELINE to Icons.Filled.DateRange,
    Screen.SETTINGS to Icons.Filled.Settings,
)

/** The tab that [open] belongs to. */
private fun tab(open: Screen): Screen = if (open == Screen.BENCHMARK) Screen.SETTINGS else open

@Composable
private fun Bar(open: Screen, show: (Screen) -> Unit) = NavigationBar {
    for ((screen, icon) in TABS) {
        NavigationBarItem(
            selected = screen == tab(open),
            onClick = { show(screen) },
            icon = { TabIcon(icon) },
            label = { TabLabel(screen) },
        )
    }
}

@Composable
private fun Rail(open: Screen, show: (Screen) -> Unit) = NavigationRail {
    for ((screen, icon) in TABS) {
        NavigationRailItem(
            selected = screen == tab(open),
            onClick = { show(screen) },
            icon = { TabIcon(icon) },
            label = { TabLabel(screen) },
        )
    }
}

// The label beside it says what it is.
@Composable
private fun TabIcon(icon: ImageVector) = Icon(icon, contentDescription = null)

/** Its letters hardly grow, because five of them stand side by side; the title of the screen grows as the person likes. */
@Composable
private fun TabLabel(screen: Screen) {
    val density = LocalDensity.current
    val limited = Density(density.density, density.fontScale.coerceAtMost(LARGEST_LABEL))
    CompositionLocalProvider(LocalDensity provides limited) {
        Text(title(screen), maxLines = 1, overflow = TextOverflow.Ellipsis)
    }
}

private const val LARGEST_LABEL = 1.1f
