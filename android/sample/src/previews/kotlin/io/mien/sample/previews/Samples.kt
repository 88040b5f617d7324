package io.mien.sample.previews

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Brush
import androidx.compose.ui.graphics.Color
import io.mien.Affect
import io.mien.ClipSpeech
import io.mien.ClipSummary
import io.mien.EmotionLabel
import io.mien.FaceBounds
import io.mien.FaceLandmarks
import io.mien.FacePoint
import io.mien.Identity
import io.mien.LiveStatistics
import io.mien.TrackedFace
import io.mien.Unsure
import io.mien.User
import io.mien.sample.models.FrameOutput
import io.mien.sample.models.SensorState
import io.mien.sample.models.SoundOutput
import io.mien.sample.models.TimelineModel
import io.mien.sample.views.Camera
import io.mien.sample.views.LessonActs
import io.mien.sample.views.Microphone
import io.mien.sample.views.SettingsActs
import kotlinx.coroutines.flow.MutableStateFlow
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

// What the previews show: nobody's data.

/** A camera whose picture is a gray wall. */
class StillCamera(state: SensorState = SensorState.ON) : Camera {
    override val output = FrameOutput()
    override val state = MutableStateFlow(state)

    override fun use(on: Boolean) = Unit

    override fun retry() = Unit

    override fun openSettings() = Unit

    @Composable
    override fun Preview(modifier: Modifier) =
        Box(modifier.background(Brush.verticalGradient(listOf(Color(0xFFB0B8B6), Color(0xFF5A6462)))))
}

class StillMicrophone(state: SensorState) : Microphone {
    override val output = SoundOutput()
    override val state = MutableStateFlow(state)

    override fun use(on: Boolean) = Unit

    override fun retry() = Unit

    override fun openSettings() = Unit
}

val LABELS = EmotionLabel.KNOWN - EmotionLabel.CONTEMPT

private val LANDMARKS = FacePoint(0f, 0f).let { FaceLandmarks(it, it, it, it, it) }

private fun bounds(x: Float, y: Float) = FaceBounds(x, y, 130f, 160f)

val FACES = listOf(
    TrackedFace(1, bounds(90f, 180f), LANDMARKS, 0.9f, Identity.User("Wanda", 0.8f), null, EmotionLabel.HAPPY),
    TrackedFace(
        2,
        bounds(260f, 240f),
        LANDMARKS,
        0.9f,
        null,
        null,
        EmotionLabel.SURPRISE,
        listOf(Unsure.LowConfidence),
    ),
)

val STATISTICS = LiveStatistics(320, 20, 12, 4, 283, 0, 1, 0, 38.milliseconds, 61.milliseconds)

private val ENROLLED_AT = Instant.fromEpochSeconds(1_700_000_000)

val USERS = listOf(
    User("Wanda", ENROLLED_AT, 5, activeGeneration = 2),
    User("Maximiliane Mustermann", ENROLLED_AT, 1),
)

val CLIPS = listOf(
    ClipSummary("happy 1", EmotionLabel.HAPPY, 20, isConfirmed = false),
    ClipSummary("sad 1", EmotionLabel.SAD, 60, isConfirmed = false, ClipSpeech()),
)

/** A day of which the night was not observed. */
val DAY = TimelineModel.State(
    ENROLLED_AT,
    (0..16).map { hour ->
        val strong = hour / 3 % LABELS.size
        val shares = LABELS.mapIndexed { at, label -> label to if (at == strong) 0.58 else 0.07 }
        TimelineModel.Hour(ENROLLED_AT - (hour + 1).hours, shares)
    },
    LABELS.mapIndexed { at, label -> label to if (at == 1) 0.4 else 0.1 },
    93.4,
    Affect(0.31f, -0.12f),
)

const val DETAILS = "reads file models/detector.onnx: it ends early"

val NO_LESSON_ACTS = LessonActs({ _, _ -> }, {}, {}, {}, {}, {})

val NO_SETTINGS_ACTS = SettingsActs({}, {}, {}, {}, {}, {}, {}, {}, {}, {})
