package io.mien.internal

import io.mien.Affect
import io.mien.ClipSpeech
import io.mien.ClipStep
import io.mien.ClipSummary
import io.mien.Emotion
import io.mien.EnrollmentStep
import io.mien.Face
import io.mien.FaceResult
import io.mien.FrameResult
import io.mien.Identity
import io.mien.LabelProbability
import io.mien.Modality
import io.mien.Point
import io.mien.Quality
import io.mien.QualityIssue
import io.mien.Rect
import io.mien.Rejection
import io.mien.SpeechDoubt
import io.mien.SpeechRefusal
import io.mien.UnknownReason
import io.mien.Unsure
import io.mien.ffi.Affect as CoreAffect
import io.mien.ffi.ClipSpeech as CoreClipSpeech
import io.mien.ffi.ClipSummary as CoreClipSummary
import io.mien.ffi.EnrollmentStep as CoreEnrollmentStep
import io.mien.ffi.FaceResult as CoreFaceResult
import io.mien.ffi.FootageStep as CoreFootageStep
import io.mien.ffi.FrameResult as CoreFrameResult
import io.mien.ffi.Identity as CoreIdentity
import io.mien.ffi.LabelProbability as CoreLabelProbability
import io.mien.ffi.Modality as CoreModality
import io.mien.ffi.Point as CorePoint
import io.mien.ffi.QualityIssue as CoreQualityIssue
import io.mien.ffi.Rejection as CoreRejection
import io.mien.ffi.SpeechDoubt as CoreSpeechDoubt
import io.mien.ffi.SpeechRefusal as CoreSpeechRefusal
import io.mien.ffi.UnknownReason as CoreUnknownReason
import io.mien.ffi.Unsure as CoreUnsure

// Results of picture files, which the generated code returns.

internal fun CoreFrameResult.public(): FrameResult =
    FrameResult(width.toInt(), height.toInt(), faces.map { it.public() }, turnDegrees.toInt())

private fun CorePoint.public(): Point = Point(x, y)

private fun CoreQualityIssue.public(): QualityIssue = when (this) {
    CoreQualityIssue.TOO_SMALL -> QualityIssue.TOO_SMALL
    CoreQualityIssue.TURNED -> QualityIssue.TURNED
    CoreQualityIssue.BLURRED -> QualityIssue.BLURRED
    CoreQualityIssue.DARK -> QualityIssue.DARK
    CoreQualityIssue.OVEREXPOSED -> QualityIssue.OVEREXPOSED
    CoreQualityIssue.LOW_CONTRAST -> QualityIssue.LOW_CONTRAST
}

private fun CoreIdentity.public(): Identity = when (this) {
    is CoreIdentity.User -> Identity.User(name, similarity)
    is CoreIdentity.Unknown -> Identity.Unknown(
        nearest,
        when (reason) {
            CoreUnknownReason.NOBODY_ENROLLED -> UnknownReason.NOBODY_ENROLLED
            CoreUnknownReason.BELOW_THRESHOLD -> UnknownReason.BELOW_THRESHOLD
            CoreUnknownReason.TOO_NEAR_TO_A_SECOND_USER -> UnknownReason.TOO_NEAR_TO_A_SECOND_USER
        },
    )
}

private fun CoreFaceResult.public(): FaceResult = FaceResult(
    face.run {
        Face(
            Rect(bounds.x, bounds.y, bounds.width, bounds.height),
            leftEye.public(),
            rightEye.public(),
            nose.public(),
            leftMouth.public(),
            rightMouth.public(),
            score,
        )
    },
    principal,
    quality.run { Quality(eyeDistance, yaw, pitch, roll, sharpness, brightness, contrast, clipped) },
    issues.map { it.public() },
    identity.public(),
    emotion?.run {
        Emotion(label, probabilities.map { it.public() }, adapted, affect?.public(), modalities.map { it.public() })
    },
    unsure.map { it.public() },
)

private fun CoreUnsure.public(): Unsure = when (this) {
    is CoreUnsure.LowConfidence -> Unsure.LowConfidence
    is CoreUnsure.ShortWindow -> Unsure.ShortWindow
    is CoreUnsure.IdentityOpen -> Unsure.IdentityOpen
    is CoreUnsure.Quality -> Unsure.Quality(issue.public())
}

internal fun LabelProbability.core(): CoreLabelProbability = CoreLabelProbability(label, probability)

internal fun CoreLabelProbability.public(): LabelProbability = LabelProbability(label, probability)

internal fun CoreAffect.public(): Affect = Affect(valence, arousal)

internal fun CoreEnrollmentStep.public(): EnrollmentStep = when (this) {
    is CoreEnrollmentStep.Accepted -> EnrollmentStep.Accepted(count.toInt(), targetFrames.toInt())
    is CoreEnrollmentStep.Rejected -> EnrollmentStep.Rejected(rejection.public(), message)
}

private fun CoreRejection.public(): Rejection = when (this) {
    CoreRejection.NoFace -> Rejection.NoFace
    is CoreRejection.SeveralFaces -> Rejection.SeveralFaces(count.toInt())
    is CoreRejection.Quality -> Rejection.Quality(issues.map { it.public() })
    CoreRejection.TooSimilar -> Rejection.TooSimilar
    is CoreRejection.LooksLikeAnotherUser -> Rejection.LooksLikeAnotherUser(name, similarity)
    is CoreRejection.LooksLikeSomebodyElse -> Rejection.LooksLikeSomebodyElse(similarity)
    CoreRejection.Enough -> Rejection.Enough
}

internal fun CoreFootageStep.public(): ClipStep = when (this) {
    is CoreFootageStep.Taken -> ClipStep.Taken(frames.toInt())
    CoreFootageStep.NoFace -> ClipStep.NoFace
}

internal fun Modality.core(): CoreModality = when (this) {
    Modality.FACE -> CoreModality.FACE
    Modality.SPEECH -> CoreModality.SPEECH
}

private fun CoreModality.public(): Modality = when (this) {
    CoreModality.FACE -> Modality.FACE
    CoreModality.SPEECH -> Modality.SPEECH
}

internal fun CoreClipSummary.public(): ClipSummary =
    ClipSummary(name, label, frames.toInt(), confirmed, speech?.public())

private fun CoreClipSpeech.public(): ClipSpeech = ClipSpeech(refusal?.public(), doubts.map { it.public() })

private fun CoreSpeechRefusal.public(): SpeechRefusal = when (this) {
    CoreSpeechRefusal.DOUBTFUL -> SpeechRefusal.DOUBTFUL
    CoreSpeechRefusal.NO_FACE -> SpeechRefusal.NO_FACE
    CoreSpeechRefusal.SEVERAL_FACES -> SpeechRefusal.SEVERAL_FACES
    CoreSpeechRefusal.MOUTH_STILL -> SpeechRefusal.MOUTH_STILL
}

private fun CoreSpeechDoubt.public(): SpeechDoubt = when (this) {
    CoreSpeechDoubt.CLIPPED -> SpeechDoubt.CLIPPED
    CoreSpeechDoubt.DAMAGED -> SpeechDoubt.DAMAGED
    CoreSpeechDoubt.NOISY -> SpeechDoubt.NOISY
    CoreSpeechDoubt.SHORT -> SpeechDoubt.SHORT
    CoreSpeechDoubt.NARROW_BAND -> SpeechDoubt.NARROW_BAND
    CoreSpeechDoubt.NO_VOICE -> SpeechDoubt.NO_VOICE
}
