package io.mien.sample.previews

import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.tooling.preview.Preview
import io.mien.EmotionLabel
import io.mien.sample.models.Advice
import io.mien.sample.models.BenchmarkModel
import io.mien.sample.models.EnrollmentModel
import io.mien.sample.models.Failure
import io.mien.sample.models.FailureKind
import io.mien.sample.models.LiveModel
import io.mien.sample.models.PictureSize
import io.mien.sample.models.Screen
import io.mien.sample.models.SensorState
import io.mien.sample.models.TeachModel
import io.mien.sample.models.TimelineModel
import io.mien.sample.views.BenchmarkScreen
import io.mien.sample.views.Confirmation
import io.mien.sample.views.ConsentView
import io.mien.sample.views.DayScreen
import io.mien.sample.views.DeclinedView
import io.mien.sample.views.EnrollmentScreen
import io.mien.sample.views.FailureDialog
import io.mien.sample.views.Frame
import io.mien.sample.views.Lesson
import io.mien.sample.views.LiveScreen
import io.mien.sample.views.Question
import io.mien.sample.views.SampleTheme
import io.mien.sample.views.SettingsScreen
import io.mien.sample.views.StartView
import io.mien.sample.views.TeachScreen

// Each screen without an engine and without a camera, for Android Studio; the tests draw them too (PreviewsTest).

/** Light, dark, German, with large letters, a phone on its side and a tablet. */
@Preview(name = "light", widthDp = 390, heightDp = 780)
@Preview(name = "dark", widthDp = 390, heightDp = 780, uiMode = NIGHT)
@Preview(name = "german", widthDp = 390, heightDp = 780, locale = "de")
@Preview(name = "large", widthDp = 360, heightDp = 640, locale = "de", fontScale = 1.5f)
@Preview(name = "side", widthDp = 780, heightDp = 390)
@Preview(name = "tablet", widthDp = 1024, heightDp = 768, uiMode = NIGHT)
@Target(AnnotationTarget.FUNCTION)
@Retention(AnnotationRetention.RUNTIME)
annotation class ScreenPreviews

/** `Configuration.UI_MODE_NIGHT_YES`, which these files cannot name because they need no Android. */
const val NIGHT = 0x20

@Composable
private fun Plain(content: @Composable () -> Unit) = SampleTheme { Surface(Modifier) { content() } }

@Composable
private fun Framed(screen: Screen, content: @Composable () -> Unit) = Plain { Frame(screen, {}) { content() } }

@ScreenPreviews
@Composable
fun StartPreview() = Plain { StartView(null, isKeyLost = false, {}, {}) }

@ScreenPreviews
@Composable
fun StartFailedPreview() = Plain { StartView(Failure(FailureKind.MODELS, DETAILS), isKeyLost = false, {}, {}) }

@ScreenPreviews
@Composable
fun KeyLostPreview() = Plain { StartView(Failure(FailureKind.WRONG_KEY, DETAILS), isKeyLost = true, {}, {}) }

@ScreenPreviews
@Composable
fun ConsentPreview() = Plain { ConsentView({}, {}) }

@ScreenPreviews
@Composable
fun DeclinedPreview() = Framed(Screen.LIVE) { DeclinedView {} }

@ScreenPreviews
@Composable
fun LivePreview() = Framed(Screen.LIVE) {
    val state = LiveModel.State(FACES, STATISTICS)
    LiveScreen(state, PictureSize(480, 640), LABELS, StillCamera(), null, {}, {}, {})
}

@ScreenPreviews
@Composable
fun LiveStoppedPreview() = Framed(Screen.LIVE) {
    LiveScreen(LiveModel.State(), PictureSize(480, 640), LABELS, StillCamera(), {}, {}, {}, {})
}

@ScreenPreviews
@Composable
fun CameraBlockedPreview() = Framed(Screen.LIVE) {
    val camera = StillCamera(SensorState.BLOCKED)
    LiveScreen(LiveModel.State(), PictureSize(480, 640), LABELS, camera, null, {}, {}, {})
}

@ScreenPreviews
@Composable
fun EnrollmentPreview() = Framed(Screen.ENROLL) { EnrollmentScreen("Wanda", null, StillCamera(), {}, {}, {}) }

@ScreenPreviews
@Composable
fun EnrollingPreview() = Framed(Screen.ENROLL) {
    EnrollmentScreen("Wanda", EnrollmentModel.State(3, 5, Advice.GOOD), StillCamera(), {}, {}, {})
}

@ScreenPreviews
@Composable
fun TeachPreview() = Framed(Screen.TEACH) {
    val camera = StillCamera()
    val microphone = StillMicrophone(SensorState.DENIED)
    val state = TeachModel.State(CLIPS, frames = 7, isDue = true)
    TeachScreen(USERS, "Wanda", {}, camera, microphone) {
        Lesson("Wanda", LABELS, state, EmotionLabel.SAD, isBusy = false, camera, microphone, NO_LESSON_ACTS)
    }
}

@ScreenPreviews
@Composable
fun DayPreview() = Framed(Screen.TIMELINE) { DayScreen(USERS, "Wanda", {}, DAY, LABELS) }

@ScreenPreviews
@Composable
fun DayEmptyPreview() = Framed(Screen.TIMELINE) { DayScreen(emptyList(), null, {}, TimelineModel.State(), LABELS) }

@ScreenPreviews
@Composable
fun SettingsPreview() = Framed(Screen.SETTINGS) {
    SettingsScreen(USERS, hasAgreed = true, "a passphrase", isBusy = false, NO_SETTINGS_ACTS)
}

@ScreenPreviews
@Composable
fun ConfirmationPreview() = Framed(Screen.SETTINGS) {
    SettingsScreen(USERS, hasAgreed = false, "", isBusy = false, NO_SETTINGS_ACTS)
    Confirmation(Question("Wanda?", "Wanda", "Wanda") {}) {}
}

@ScreenPreviews
@Composable
fun FailurePreview() = Framed(Screen.SETTINGS) { FailureDialog(Failure(FailureKind.WRONG_KEY, DETAILS)) {} }

@ScreenPreviews
@Composable
fun BenchmarkPreview() = Framed(Screen.BENCHMARK) {
    BenchmarkScreen(BenchmarkModel.State(listOf(21.5, 22.0, 41.0), STATISTICS, 212.0), StillCamera()) {}
}
