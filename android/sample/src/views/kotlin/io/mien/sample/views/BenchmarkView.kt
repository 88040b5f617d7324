package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import io.mien.EmotionEngine
import io.mien.LiveStatistics
import io.mien.sample.models.AppModel
import io.mien.sample.models.BenchmarkModel

/** Shows the time of a frame on this device. */
@Composable
fun BenchmarkView(app: AppModel, engine: EmotionEngine, camera: Camera, leave: () -> Unit) {
    val benchmark = remember { BenchmarkModel() }
    val state by benchmark.state.collectAsState()
    LaunchedEffect(engine) { app.attempt { benchmark.run(camera.output, engine) } }
    Column(
        Modifier.fillMaxSize().padding(24.dp),
        Arrangement.spacedBy(12.dp, Alignment.CenterVertically),
        Alignment.CenterHorizontally,
    ) {
        if (!state.isDone) {
            Text(if (state.milliseconds.isEmpty()) "Waiting for the camera" else "Measuring")
            LinearProgressIndicator()
        }
        val median = state.median
        val worst = state.worst
        if (median != null && worst != null) {
            Text("%.1f ms".format(median), style = MaterialTheme.typography.displayMedium)
            Line("median of ${state.milliseconds.size} frames; the slowest took %.1f ms".format(worst))
        }
        state.live?.let { Line(it.inWords()) }
        state.residentMiB?.let { Line("%.0f MiB of memory, all of the application".format(it)) }
        OutlinedButton(leave) { Text("Back") }
    }
}

@Composable
private fun Line(words: String) = Text(words, textAlign = TextAlign.Center)

private fun LiveStatistics.inWords(): String {
    val late = "%.0f ms".format(maxAgeUs / 1000.0)
    val skipped = paced + unchanged
    return "Live: $submitted frames, $processed analyzed, $dropped dropped, $skipped skipped; maximum delay $late"
}
