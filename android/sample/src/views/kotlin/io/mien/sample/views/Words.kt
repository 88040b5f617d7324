package io.mien.sample.views

import androidx.compose.runtime.Composable
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import io.mien.Correction
import io.mien.CorrectionRefusal
import io.mien.EmotionLabel
import io.mien.Identity
import io.mien.Refusal
import io.mien.TrackedFace
import io.mien.sample.R
import io.mien.sample.models.Advice
import io.mien.sample.models.EnrollmentModel
import io.mien.sample.models.FailureKind
import io.mien.sample.models.Screen

/** The word for an emotion in the person's language; a label that this application does not know stays as it is. */
@Composable
fun emotion(label: EmotionLabel): String = when (label) {
    EmotionLabel.NEUTRAL -> stringResource(R.string.emotion_neutral)
    EmotionLabel("calm") -> stringResource(R.string.emotion_calm)
    EmotionLabel.HAPPY -> stringResource(R.string.emotion_happy)
    EmotionLabel.SAD -> stringResource(R.string.emotion_sad)
    EmotionLabel.SURPRISE -> stringResource(R.string.emotion_surprise)
    EmotionLabel.FEAR -> stringResource(R.string.emotion_fear)
    EmotionLabel.DISGUST -> stringResource(R.string.emotion_disgust)
    EmotionLabel.ANGER -> stringResource(R.string.emotion_anger)
    EmotionLabel.CONTEMPT -> stringResource(R.string.emotion_contempt)
    else -> label.name
}

/** A caption: the person and the emotion, with a question mark if it is unsure. */
@Composable
fun caption(face: TrackedFace): String {
    val name = (face.identity as? Identity.User)?.name
    val word = face.label?.let { emotion(it) }
    val emotion = if (word == null || face.unsure.isEmpty()) word else stringResource(R.string.emotion_unsure, word)
    return when {
        name == null -> emotion.orEmpty()
        emotion == null -> name
        else -> stringResource(R.string.person_and_emotion, name, emotion)
    }
}

/** What became of a correction, for the person who said it. */
@Composable
fun words(correction: Correction): String = when (correction.refusal) {
    null -> {
        val label = correction.label?.let { emotion(it) }.orEmpty()
        stringResource(if (correction.isTaken) R.string.correction_learned else R.string.correction_noted, label)
    }
    CorrectionRefusal.NO_TRACK, CorrectionRefusal.ANSWER_CHANGED -> stringResource(R.string.correction_changed)
    CorrectionRefusal.NOTHING_SHOWN -> stringResource(R.string.correction_nothing_shown)
    CorrectionRefusal.NOTHING_TO_UNDO -> stringResource(R.string.correction_nothing_to_undo)
    CorrectionRefusal.IDENTITY_OPEN, CorrectionRefusal.UNKNOWN_FACE, CorrectionRefusal.SOMEBODY_ELSE ->
        stringResource(R.string.correction_who)
}

/** Why a new head was refused. */
@Composable
fun words(refusal: Refusal): String = stringResource(
    when (refusal) {
        Refusal.SOMEBODY_ELSE -> R.string.refusal_somebody_else
        Refusal.LABELS_CONTRADICT -> R.string.refusal_labels_contradict
        Refusal.LABELS_DOUBTFUL -> R.string.refusal_labels_doubtful
        Refusal.NOT_BETTER -> R.string.refusal_not_better
        Refusal.TOO_FEW_CLIPS -> R.string.refusal_too_few_clips
    },
)

/** What the person in front of the camera should know or do. */
@Composable
fun advice(state: EnrollmentModel.State): String = when (state.advice) {
    Advice.LOOK_HERE -> stringResource(R.string.advice_look_here)
    Advice.GOOD -> stringResource(R.string.advice_good)
    Advice.NO_FACE -> stringResource(R.string.advice_no_face)
    Advice.SEVERAL_FACES -> stringResource(R.string.advice_several_faces)
    Advice.TOO_SMALL -> stringResource(R.string.advice_too_small)
    Advice.TURNED -> stringResource(R.string.advice_turned)
    Advice.BLURRED -> stringResource(R.string.advice_blurred)
    Advice.DARK -> stringResource(R.string.advice_dark)
    Advice.OVEREXPOSED -> stringResource(R.string.advice_overexposed)
    Advice.TOO_SIMILAR -> stringResource(R.string.advice_too_similar)
    Advice.LOOKS_LIKE_ANOTHER_USER ->
        stringResource(R.string.advice_looks_like_another_user, state.other.orEmpty())
    Advice.SOMEBODY_ELSE -> stringResource(R.string.advice_somebody_else)
    Advice.ENOUGH -> stringResource(R.string.advice_enough)
}

/** What went wrong, and what helps. */
@Composable
fun words(failure: FailureKind): String = stringResource(
    when (failure) {
        FailureKind.MODELS -> R.string.failure_models
        FailureKind.STORAGE -> R.string.failure_storage
        FailureKind.WRONG_KEY -> R.string.failure_wrong_key
        FailureKind.DAMAGED_FILE -> R.string.failure_damaged_file
        FailureKind.FILE -> R.string.failure_file
        FailureKind.NOT_ENOUGH_PICTURES -> R.string.failure_not_enough_pictures
        FailureKind.SEVERAL_PEOPLE -> R.string.failure_several_people
        FailureKind.USER_NOT_FOUND -> R.string.failure_user_not_found
        FailureKind.OTHER -> R.string.failure_other
    },
)

/** A number of frames or pictures of the camera. */
@Composable
fun frames(count: Long): String = pluralStringResource(R.plurals.frames, plural(count), count)

/** The number that chooses the form of a plural. */
private fun plural(count: Long): Int = count.coerceAtMost(Int.MAX_VALUE.toLong()).toInt()

/** The title of a screen. */
@Composable
fun title(screen: Screen): String = stringResource(
    when (screen) {
        Screen.LIVE -> R.string.screen_live
        Screen.ENROLL -> R.string.screen_enroll
        Screen.TEACH -> R.string.screen_teach
        Screen.TIMELINE -> R.string.screen_timeline
        Screen.SETTINGS -> R.string.screen_settings
        Screen.BENCHMARK -> R.string.screen_benchmark
    },
)
