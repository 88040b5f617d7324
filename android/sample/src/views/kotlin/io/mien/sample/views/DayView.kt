package io.mien.sample.views

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.stateDescription
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import io.mien.EmotionEngine
import io.mien.EmotionLabel
import io.mien.User
import io.mien.sample.R
import io.mien.sample.models.AppModel
import io.mien.sample.models.TimelineModel
import java.text.DateFormat
import java.util.Date
import java.util.Locale
import kotlin.math.roundToInt
import kotlin.time.Clock
import kotlin.time.Duration.Companion.hours
import kotlin.time.Instant

/** Shows a user's emotions over the last day. */
@Composable
fun DayView(app: AppModel, engine: EmotionEngine, timeline: TimelineModel, chosen: String?, choose: (String) -> Unit) {
    val users = app.state.collectAsStateWithLifecycle().value.users
    val state by timeline.state.collectAsStateWithLifecycle()
    LaunchedEffect(chosen, users) {
        val user = users.firstOrNull { it.name == chosen } ?: return@LaunchedEffect
        app.attempt { timeline.load(user.name, Clock.System.now(), engine) }
    }
    DayScreen(users, chosen, choose, state, engine.labels)
}

/** What [DayView] shows. */
@Composable
fun DayScreen(
    users: List<User>,
    chosen: String?,
    choose: (String) -> Unit,
    day: TimelineModel.State,
    labels: List<EmotionLabel>,
) {
    if (users.isEmpty()) {
        Column(Modifier.padding(16.dp), Arrangement.spacedBy(12.dp)) {
            Heading(stringResource(R.string.day_title))
            Hint(stringResource(R.string.nobody_enrolled))
        }
    } else {
        Day(users, chosen, choose, day, labels)
    }
}

@Composable
private fun Day(
    users: List<User>,
    chosen: String?,
    choose: (String) -> Unit,
    day: TimelineModel.State,
    labels: List<EmotionLabel>,
) = Panes(
    share = 0.4f,
    { modifier ->
        Column(modifier, Arrangement.spacedBy(4.dp)) {
            DayChart(day, labels, Modifier.weight(1f).fillMaxWidth())
            HourLine(day.until)
        }
    },
) {
    Heading(stringResource(R.string.day_title))
    UserPicker(users, chosen, choose)
    Legend(labels, day.shares.toMap())
    Hint(stringResource(R.string.day_recorded, day.observedMinutes))
    day.affect?.run { Hint(stringResource(R.string.day_affect, valence, arousal)) }
}

/** One bar per hour with the shares of all emotions; for screen readers the strongest emotion of each hour. */
@Composable
private fun DayChart(day: TimelineModel.State, labels: List<EmotionLabel>, modifier: Modifier) {
    val ground = MaterialTheme.colorScheme.outlineVariant
    val line = MaterialTheme.colorScheme.surface
    val clock = clock()
    val title = pluralStringResource(R.plurals.day_chart, day.hours.size, day.hours.size)
    val strongest = day.hours.mapNotNull { hour ->
        val label = hour.shares.maxByOrNull { it.second }?.first ?: return@mapNotNull null
        stringResource(R.string.day_chart_hour, clock.format(Date(hour.start.toEpochMilliseconds())), emotion(label))
    }
    val spoken = Modifier.semantics {
        contentDescription = title
        stateDescription = strongest.joinToString()
    }
    Canvas(modifier.then(spoken)) {
        for (quarter in 0..4) {
            val y = size.height * quarter / 4
            drawLine(ground, Offset(0f, y), Offset(size.width, y), 1.dp.toPx())
        }
        val until = day.until ?: return@Canvas
        for (hour in day.hours) drawHour(hour, until, labels, line)
    }
}

private fun DrawScope.drawHour(hour: TimelineModel.Hour, until: Instant, labels: List<EmotionLabel>, line: Color) {
    fun x(time: Instant) = ((time - (until - TimelineModel.DAY)) / TimelineModel.DAY).toFloat() * size.width
    // The first and the last hour extend beyond the day.
    val from = maxOf(x(hour.start), 0f)
    val to = minOf(x(hour.start + 1.hours), size.width) - 1.dp.toPx()
    var bottom = size.height
    for ((label, share) in hour.shares) {
        val height = share.toFloat() * size.height
        drawEmotion(labels.indexOf(label), Offset(from, bottom - height), Size(to - from, height), line)
        bottom -= height
    }
}

@Composable
private fun clock(): DateFormat {
    val locale = Locale.getDefault()
    return remember(locale) { DateFormat.getTimeInstance(DateFormat.SHORT, locale) }
}

/** Times of day under the chart. */
@Composable
private fun HourLine(until: Instant?) = Row(Modifier.fillMaxWidth(), Arrangement.SpaceBetween) {
    if (until == null) return@Row
    val clock = clock()
    for (quarter in 4 downTo 0) {
        val at = until - TimelineModel.DAY * quarter / 4
        Text(clock.format(Date(at.toEpochMilliseconds())), style = MaterialTheme.typography.labelSmall)
    }
}

/** The emotions with their colors and patterns, and their shares of the day. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun Legend(labels: List<EmotionLabel>, shares: Map<EmotionLabel, Double>) =
    FlowRow(horizontalArrangement = Arrangement.spacedBy(16.dp), verticalArrangement = Arrangement.spacedBy(4.dp)) {
        val line = MaterialTheme.colorScheme.surface
        labels.forEachIndexed { index, label ->
            Row(
                Modifier.semantics(mergeDescendants = true) {},
                Arrangement.spacedBy(6.dp),
                Alignment.CenterVertically,
            ) {
                Canvas(Modifier.size(18.dp)) { drawEmotion(index, Offset.Zero, size, line) }
                val percent = ((shares[label] ?: 0.0) * 100).roundToInt()
                Text(
                    stringResource(R.string.day_share, emotion(label), percent),
                    style = MaterialTheme.typography.labelLarge,
                )
            }
        }
    }
