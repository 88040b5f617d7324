package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.LocalTextStyle
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import io.mien.sample.R
import io.mien.sample.models.Failure
import kotlinx.coroutines.delay

/** Whether there is room for two panes side by side: a tablet, or a phone that lies on its side. */
fun isWide(width: Dp, height: Dp): Boolean = width >= WIDE || width > height

private val WIDE = 600.dp

/** A heading, which screen readers jump to. */
@Composable
fun Heading(words: String, style: TextStyle = MaterialTheme.typography.titleMedium) =
    Text(words, Modifier.semantics { heading() }, style = style)

/** Small print. */
@Composable
fun Hint(words: String, modifier: Modifier = Modifier) = Text(
    words,
    modifier,
    MaterialTheme.colorScheme.onSurfaceVariant,
    style = MaterialTheme.typography.bodyMedium,
)

/**
 * Two panes: side by side where it is wide, else one above the other. [first] gets the rest of the height that [second]
 * leaves, but at least [share] of it, because [second] scrolls.
 */
@Composable
fun Panes(share: Float, first: @Composable (Modifier) -> Unit, second: @Composable () -> Unit) =
    BoxWithConstraints(Modifier.fillMaxSize()) {
        if (isWide(maxWidth, maxHeight)) {
            Row(Modifier.padding(GAP), Arrangement.spacedBy(GAP)) {
                first(Modifier.weight(1f).fillMaxHeight())
                Pane(Modifier.weight(1f).fillMaxHeight(), second)
            }
        } else {
            val rest = maxHeight * (1 - share)
            Column(Modifier.padding(horizontal = GAP).padding(top = GAP), Arrangement.spacedBy(GAP)) {
                first(Modifier.weight(1f).fillMaxWidth())
                Pane(Modifier.fillMaxWidth().heightIn(max = rest), second)
            }
        }
    }

@Composable
private fun Pane(modifier: Modifier, content: @Composable () -> Unit) =
    Column(modifier.verticalScroll(rememberScrollState()).padding(bottom = GAP), Arrangement.spacedBy(12.dp)) {
        content()
    }

private val GAP = 16.dp

/**
 * Text that screen readers say when it changes, but only if it then holds for a moment: the answers to single frames
 * would drown everything else.
 */
@Composable
fun Announced(words: String, style: TextStyle = MaterialTheme.typography.titleMedium) {
    var steady by remember { mutableStateOf(words) }
    LaunchedEffect(words) {
        delay(HOLD_MS)
        steady = words
    }
    Text(steady, Modifier.semantics { liveRegion = LiveRegionMode.Polite }, style = style)
}

/** How long a text holds before it is announced, milliseconds. */
const val HOLD_MS = 1_000L

/** Text over the camera's picture, legible on any of them. */
@Composable
fun Note(modifier: Modifier = Modifier, content: @Composable () -> Unit) = Surface(
    modifier.padding(12.dp),
    MaterialTheme.shapes.medium,
    MaterialTheme.colorScheme.surface.copy(alpha = 0.85f),
    MaterialTheme.colorScheme.onSurface,
) {
    Column(Modifier.padding(horizontal = 16.dp, vertical = 8.dp), Arrangement.spacedBy(4.dp)) { content() }
}

/** What is asked before anything is deleted. */
class Question(val title: String, val text: String, val confirm: String, val act: () -> Unit)

/** Asks before anything is deleted; [close] removes the dialog. */
@Composable
fun Confirmation(question: Question, close: () -> Unit) = AlertDialog(
    onDismissRequest = close,
    confirmButton = {
        val red = ButtonDefaults.textButtonColors(contentColor = MaterialTheme.colorScheme.error)
        val act = {
            close()
            question.act()
        }
        TextButton(act, colors = red) { Text(question.confirm) }
    },
    dismissButton = { TextButton(close) { Text(stringResource(R.string.cancel)) } },
    title = { Heading(question.title, LocalTextStyle.current) },
    text = { Text(question.text) },
)

/** Says what went wrong. */
@Composable
fun FailureDialog(failure: Failure, dismiss: () -> Unit) = AlertDialog(
    onDismissRequest = dismiss,
    confirmButton = { TextButton(dismiss) { Text(stringResource(R.string.ok)) } },
    title = { Heading(stringResource(R.string.failure_title), LocalTextStyle.current) },
    text = { FailureWords(failure) },
)

/** What went wrong in the person's language, and below it the library's message. */
@Composable
fun FailureWords(failure: Failure) = Column(Modifier, Arrangement.spacedBy(8.dp)) {
    Text(words(failure.kind))
    Hint(stringResource(R.string.failure_details, failure.details))
}
