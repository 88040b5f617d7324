package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import io.mien.LiveStatistics
import io.mien.sample.R
import io.mien.sample.models.BenchmarkModel
import io.mien.sample.models.SensorState
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.DurationUnit

/** Shows the time of a frame on this device. */
@Composable
fun BenchmarkView(benchmark: BenchmarkModel, camera: Camera, leave: () -> Unit) {
    val state by benchmark.state.collectAsStateWithLifecycle()
    BenchmarkScreen(state, camera, leave)
}

/** What [BenchmarkView] shows. */
@Composable
fun BenchmarkScreen(state: BenchmarkModel.State, camera: Camera, leave: () -> Unit) {
    val sensor by camera.state.collectAsStateWithLifecycle()
    Box(Modifier.fillMaxSize(), Alignment.Center) {
        Column(
            Modifier.verticalScroll(rememberScrollState()).padding(24.dp),
            Arrangement.spacedBy(12.dp),
            Alignment.CenterHorizontally,
        ) {
            Heading(stringResource(R.string.screen_benchmark))
            CameraNotice(sensor, camera::retry, camera::openSettings)
            if (!state.isDone && sensor in listOf(SensorState.ON, SensorState.WAITING)) {
                val hasBegun = state.milliseconds.isNotEmpty()
                Line(stringResource(if (hasBegun) R.string.benchmark_measuring else R.string.benchmark_waiting))
                LinearProgressIndicator()
            }
            Measured(state)
            OutlinedButton(leave) { Text(stringResource(R.string.back)) }
        }
    }
}

@Composable
private fun Measured(state: BenchmarkModel.State) {
    val median = state.median
    val worst = state.worst
    val count = state.milliseconds.size
    if (median != null && worst != null) {
        Text(stringResource(R.string.benchmark_median, median), style = MaterialTheme.typography.displayMedium)
        Line(pluralStringResource(R.plurals.benchmark_worst, count, count, worst))
    }
    state.live?.let { Line(words(it)) }
    state.residentMiB?.let { Line(stringResource(R.string.benchmark_memory, it)) }
}

@Composable
private fun Line(words: String) = Text(words, textAlign = TextAlign.Center)

@Composable
private fun words(live: LiveStatistics): String {
    val late = live.maxAge.toDouble(DurationUnit.MILLISECONDS)
    val skipped = live.paced + live.unchanged
    return stringResource(
        R.string.benchmark_live,
        live.submitted,
        live.processed,
        live.dropped,
        skipped,
        late,
    )
}
