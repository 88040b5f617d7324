package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import io.mien.sample.R
import io.mien.sample.models.Failure

/** Shown until there is an engine: that it is created, or why it could not be and what helps. */
@Composable
fun StartView(failure: Failure?, isKeyLost: Boolean, retry: () -> Unit, startOver: () -> Unit) =
    Box(Modifier.fillMaxSize().safeDrawingPadding(), Alignment.Center) {
        Column(
            Modifier.widthIn(max = 640.dp).verticalScroll(rememberScrollState()).padding(24.dp),
            Arrangement.spacedBy(16.dp),
            Alignment.CenterHorizontally,
        ) {
            val headline = MaterialTheme.typography.headlineSmall
            if (failure == null) {
                CircularProgressIndicator()
                Heading(stringResource(R.string.loading))
            } else if (isKeyLost) {
                Heading(stringResource(R.string.key_lost_title), headline)
                Text(stringResource(R.string.key_lost))
                Button(startOver) { Text(stringResource(R.string.start_over)) }
                OutlinedButton(retry) { Text(stringResource(R.string.try_again)) }
            } else {
                Heading(stringResource(R.string.start_failed), headline)
                FailureWords(failure)
                Button(retry) { Text(stringResource(R.string.try_again)) }
            }
        }
    }
