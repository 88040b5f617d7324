package io.mien.sample.views

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.ButtonColors
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.input.PasswordVisualTransformation
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import io.mien.EmotionEngine
import io.mien.User
import io.mien.sample.R
import io.mien.sample.models.Consent
import io.mien.sample.models.Screen
import io.mien.sample.models.Screens
import io.mien.sample.models.SettingsModel
import kotlinx.coroutines.launch

/** Users and the actions on their data. */
@Composable
fun SettingsView(screens: Screens, engine: EmotionEngine, files: Files) {
    val app by screens.app.state.collectAsStateWithLifecycle()
    val passphrase by screens.passphrase.collectAsStateWithLifecycle()
    val isBusy by screens.isManaging.collectAsStateWithLifecycle()
    val scope = rememberCoroutineScope()
    LaunchedEffect(Unit) { screens.app.reload() }
    val acts = SettingsActs(
        type = screens::setPassphrase,
        export = { user ->
            screens.manage(engine) {
                files.create(SettingsModel.fileName(user))?.let { export(user, passphrase, it) }
            }
        },
        import = { screens.manage(engine) { files.open()?.let { import(it, passphrase) } } },
        rollback = { user -> screens.manage(engine) { rollback(user) } },
        forget = { user -> screens.manage(engine) { forgetTimeline(user) } },
        delete = { user -> screens.manage(engine) { delete(user) } },
        deleteAll = { screens.manage(engine) { deleteAll() } },
        withdraw = { scope.launch { screens.app.decline() } },
        ask = { scope.launch { screens.app.reconsider() } },
        measure = { screens.show(Screen.BENCHMARK) },
    )
    SettingsScreen(app.users, app.consent == Consent.GIVEN, passphrase, isBusy, acts)
}

/** What a person can do in the settings. */
class SettingsActs(
    val type: (passphrase: String) -> Unit,
    val export: (user: String) -> Unit,
    val import: () -> Unit,
    val rollback: (user: String) -> Unit,
    val forget: (user: String) -> Unit,
    val delete: (user: String) -> Unit,
    val deleteAll: () -> Unit,
    val withdraw: () -> Unit,
    val ask: () -> Unit,
    val measure: () -> Unit,
)

/** What [SettingsView] shows. */
@Composable
fun SettingsScreen(users: List<User>, hasAgreed: Boolean, passphrase: String, isBusy: Boolean, acts: SettingsActs) =
    Box(Modifier.fillMaxSize().verticalScroll(rememberScrollState()), Alignment.TopCenter) {
        var question by remember { mutableStateOf<Question?>(null) }
        Column(Modifier.widthIn(max = 720.dp).padding(16.dp), Arrangement.spacedBy(12.dp)) {
            Heading(stringResource(R.string.settings_people))
            if (users.isEmpty()) Hint(stringResource(R.string.nobody_enrolled))
            val canExport = passphrase.length >= SettingsModel.SHORTEST_PASSPHRASE && !isBusy
            for (user in users) UserCard(user, canExport, enabled = !isBusy, acts) { question = it }
            if (users.isNotEmpty()) DeleteAll(users.size, enabled = !isBusy, acts) { question = it }
            FileSettings(passphrase, isBusy, acts)
            ConsentSettings(hasAgreed, acts)
            if (hasAgreed) {
                Heading(stringResource(R.string.settings_phone))
                Wide(acts.measure) { Text(stringResource(R.string.screen_benchmark)) }
            }
        }
        question?.let { Confirmation(it) { question = null } }
    }

@Composable
private fun Wide(
    act: () -> Unit,
    enabled: Boolean = true,
    colors: ButtonColors? = null,
    label: @Composable () -> Unit,
) = OutlinedButton(
    act,
    Modifier.fillMaxWidth(),
    enabled,
    colors = colors ?: ButtonDefaults.outlinedButtonColors(),
) { label() }

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun UserCard(user: User, canExport: Boolean, enabled: Boolean, acts: SettingsActs, ask: (Question) -> Unit) =
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(16.dp)) {
            Heading(user.name)
            val pictures = pluralStringResource(R.plurals.pictures, user.embeddings, user.embeddings)
            val head = user.activeGeneration
            val known = if (head == null) {
                stringResource(R.string.settings_user_generic, pictures)
            } else {
                stringResource(R.string.settings_user_head, pictures, head)
            }
            Hint(known)
            val forget = Question(
                stringResource(R.string.settings_forget_title),
                stringResource(R.string.settings_forget_text, user.name),
                stringResource(R.string.settings_forget_confirm),
            ) { acts.forget(user.name) }
            val delete = Question(
                stringResource(R.string.settings_delete_title, user.name),
                stringResource(R.string.settings_delete_text, user.name),
                stringResource(R.string.settings_delete),
            ) { acts.delete(user.name) }
            FlowRow {
                TextButton({ acts.export(user.name) }, enabled = canExport) {
                    Text(stringResource(R.string.settings_export))
                }
                TextButton({ acts.rollback(user.name) }, enabled = enabled && head != null) {
                    Text(stringResource(R.string.settings_rollback))
                }
                TextButton({ ask(forget) }, enabled = enabled) { Text(stringResource(R.string.settings_forget)) }
                val red = ButtonDefaults.textButtonColors(contentColor = MaterialTheme.colorScheme.error)
                TextButton({ ask(delete) }, enabled = enabled, colors = red) { Text(delete.confirm) }
            }
        }
    }

@Composable
private fun DeleteAll(count: Int, enabled: Boolean, acts: SettingsActs, ask: (Question) -> Unit) {
    val question = Question(
        stringResource(R.string.settings_delete_all_title),
        pluralStringResource(R.plurals.settings_delete_all_text, count, count),
        stringResource(R.string.settings_delete),
        acts.deleteAll,
    )
    val red = ButtonDefaults.outlinedButtonColors(contentColor = MaterialTheme.colorScheme.error)
    Wide({ ask(question) }, enabled, red) { Text(stringResource(R.string.settings_delete_all)) }
}

@Composable
private fun FileSettings(passphrase: String, isBusy: Boolean, acts: SettingsActs) {
    Heading(stringResource(R.string.settings_files))
    OutlinedTextField(
        passphrase,
        acts.type,
        Modifier.fillMaxWidth(),
        label = { Text(stringResource(R.string.settings_passphrase)) },
        supportingText = { Text(stringResource(R.string.settings_passphrase_hint, SettingsModel.SHORTEST_PASSPHRASE)) },
        keyboardOptions = KeyboardOptions(keyboardType = KeyboardType.Password),
        singleLine = true,
        visualTransformation = PasswordVisualTransformation(),
    )
    Wide(acts.import, passphrase.isNotEmpty() && !isBusy) { Text(stringResource(R.string.settings_import)) }
}

@Composable
private fun ConsentSettings(hasAgreed: Boolean, acts: SettingsActs) {
    Heading(stringResource(R.string.settings_consent))
    if (hasAgreed) {
        Hint(stringResource(R.string.settings_consent_given))
        Wide(acts.withdraw) { Text(stringResource(R.string.settings_consent_withdraw)) }
    } else {
        Hint(stringResource(R.string.declined_title))
        Wide(acts.ask) { Text(stringResource(R.string.declined_ask_again)) }
    }
}
