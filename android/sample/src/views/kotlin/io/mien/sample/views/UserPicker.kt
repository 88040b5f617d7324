package io.mien.sample.views

import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.FilterChip
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import io.mien.User
import io.mien.sample.R

/** Chooses an enrolled user; by default the first one. */
@Composable
fun UserPicker(users: List<User>, chosen: String?, choose: (String) -> Unit) {
    LaunchedEffect(users) { if (users.none { it.name == chosen }) users.firstOrNull()?.let { choose(it.name) } }
    if (users.isEmpty()) {
        Hint(stringResource(R.string.nobody_enrolled))
    } else {
        Row(Modifier.selectableGroup().horizontalScroll(rememberScrollState()), Arrangement.spacedBy(8.dp)) {
            for (user in users) FilterChip(user.name == chosen, { choose(user.name) }, { Text(user.name) })
        }
    }
}
