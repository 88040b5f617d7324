package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import io.mien.sample.R

/** Explains what happens to faces before any is analyzed; "no" is as good an answer as "yes". */
@Composable
fun ConsentView(agree: () -> Unit, decline: () -> Unit) =
    Box(Modifier.fillMaxSize().safeDrawingPadding(), Alignment.TopCenter) {
        Column(Modifier.widthIn(max = 640.dp).padding(24.dp), Arrangement.spacedBy(8.dp)) {
            Column(Modifier.weight(1f).verticalScroll(rememberScrollState()), Arrangement.spacedBy(16.dp)) {
                Heading(stringResource(R.string.consent_title), MaterialTheme.typography.headlineMedium)
                val texts = listOf(
                    R.string.consent_what,
                    R.string.consent_where,
                    R.string.consent_limits,
                    R.string.consent_no_hint,
                )
                for (text in texts) Text(stringResource(text), style = MaterialTheme.typography.bodyLarge)
            }
            Button(agree, Modifier.fillMaxWidth()) { Text(stringResource(R.string.consent_agree)) }
            OutlinedButton(decline, Modifier.fillMaxWidth()) {
                Text(stringResource(R.string.consent_decline), textAlign = TextAlign.Center)
            }
        }
    }

/** Stands where faces would be analyzed if the person had agreed. */
@Composable
fun DeclinedView(askAgain: () -> Unit) = Box(Modifier.fillMaxSize(), Alignment.Center) {
    Column(
        Modifier.widthIn(max = 640.dp).verticalScroll(rememberScrollState()).padding(24.dp),
        Arrangement.spacedBy(16.dp),
    ) {
        Heading(stringResource(R.string.declined_title), MaterialTheme.typography.headlineSmall)
        Text(stringResource(R.string.declined), style = MaterialTheme.typography.bodyLarge)
        Button(askAgain, Modifier.fillMaxWidth()) { Text(stringResource(R.string.declined_ask_again)) }
    }
}
