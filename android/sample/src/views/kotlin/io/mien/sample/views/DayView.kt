package io.mien.sample.views

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import io.mien.EmotionEngine
import io.mien.sample.models.AppModel
import io.mien.sample.models.TimelineModel
import java.text.SimpleDateFormat
import java.util.Date
import java.util.Locale

/** Shows a user's emotions over the last day. */
@Composable
fun DayView(app: AppModel, engine: EmotionEngine) {
    val users = app.state.collectAsState().value.users
    val timeline = remember { TimelineModel() }
    val state by timeline.state.collectAsState()
    var user by remember { mutableStateOf<String?>(null) }
    LaunchedEffect(user) {
        user?.let { name -> app.attempt { timeline.load(name, System.currentTimeMillis(), engine) } }
    }
    Column(Modifier.fillMaxSize().padding(16.dp), Arrangement.spacedBy(12.dp)) {
        UserPicker(users, user) { user = it }
        DayChart(state, engine.labels, Modifier.weight(1f).fillMaxWidth())
        HourLine(state.untilMs)
        Legend(engine.labels)
        Text("%.1f minutes recorded".format(state.observedMinutes), style = MaterialTheme.typography.bodySmall)
        state.affect?.run {
            val text = "Projected from the emotions: valence %+.2f, arousal %+.2f".format(valence, arousal)
            Text(text, style = MaterialTheme.typography.bodySmall)
        }
    }
}

/** One bar per hour with the shares of all emotions. */
@Composable
private fun DayChart(day: TimelineModel.State, labels: List<String>, modifier: Modifier) {
    val lines = MaterialTheme.colorScheme.outlineVariant
    Canvas(modifier.semantics { contentDescription = "${day.hours.size} hours with data" }) {
        for (quarter in 0..4) {
            val y = size.height * quarter / 4
            drawLine(lines, Offset(0f, y), Offset(size.width, y), 1.dp.toPx())
        }
        for (hour in day.hours) drawHour(hour, day.untilMs, labels)
    }
}

private fun DrawScope.drawHour(hour: TimelineModel.Hour, untilMs: Long, labels: List<String>) {
    val perMs = size.width / TimelineModel.DAY_MS
    val left = (hour.startMs - (untilMs - TimelineModel.DAY_MS)) * perMs
    // The first and the last hour extend beyond the day.
    val from = maxOf(left, 0f)
    val to = minOf(left + TimelineModel.HOUR_MS * perMs, size.width) - 1.dp.toPx()
    var bottom = size.height
    for ((label, share) in hour.shares) {
        val height = share.toFloat() * size.height
        drawRect(color(labels.indexOf(label)), Offset(from, bottom - height), Size(to - from, height))
        bottom -= height
    }
}

/** Times of day under the chart. */
@Composable
private fun HourLine(untilMs: Long) = Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween) {
    val clock = remember { SimpleDateFormat("HH:mm", Locale.getDefault()) }
    for (quarter in 4 downTo 0) {
        val at = untilMs - TimelineModel.DAY_MS * quarter / 4
        Text(if (untilMs == 0L) "" else clock.format(Date(at)), style = MaterialTheme.typography.labelSmall)
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Legend(labels: List<String>) = FlowRow(horizontalArrangement = Arrangement.spacedBy(12.dp)) {
    labels.forEachIndexed { index, label ->
        Row(Modifier, Arrangement.spacedBy(4.dp), Alignment.CenterVertically) {
            Box(Modifier.size(10.dp).background(color(index), CircleShape))
            Text(label, style = MaterialTheme.typography.labelMedium)
        }
    }
}

/** Colors that color-blind people can tell apart (after Okabe and Ito). */
private val COLORS =
    listOf(0xFF999999, 0xFFF0E442, 0xFF0072B2, 0xFFD55E00, 0xFFCC79A7, 0xFF009E73, 0xFFE69F00, 0xFF56B4E9)

private fun color(label: Int): Color = Color(COLORS[Math.floorMod(label, COLORS.size)])
