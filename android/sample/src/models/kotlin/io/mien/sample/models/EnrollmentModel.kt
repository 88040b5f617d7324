package io.mien.sample.models

import io.mien.EmotionEngine
import io.mien.EnrollmentOptions
import io.mien.EnrollmentStep
import io.mien.QualityIssue
import io.mien.Rejection
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.transformWhile
import kotlinx.coroutines.flow.update

/** Guides a user through an enrollment. */
class EnrollmentModel {
    /** The state of the view: accepted pictures, the target, and a hint for the user. */
    data class State(
        val count: Int = 0,
        val targetFrames: Int = EnrollmentOptions().targetFrames,
        val hint: String = "Look at the camera.",
        val isDone: Boolean = false,
    )

    private val shown = MutableStateFlow(State())
    val state: StateFlow<State> = shown.asStateFlow()

    /** Adds frames until the enrollment is complete, then enrolls the user. After a cancellation nothing is stored. */
    suspend fun enroll(name: String, frames: Flow<CameraFrame>, engine: EmotionEngine) {
        engine.users.enroll(name).use { enrollment ->
            // Each frame runs networks: not on the main thread.
            frames.transformWhile {
                emit(enrollment.add(it.frame))
                !enrollment.isComplete
            }.flowOn(Dispatchers.Default).collect(::show)
            enrollment.finish()
        }
        shown.update { it.copy(isDone = true) }
    }

    private fun show(step: EnrollmentStep) = shown.update {
        when (step) {
            is EnrollmentStep.Accepted ->
                State(step.count, step.targetFrames, "Good. Turn your head a little and change your expression.")
            is EnrollmentStep.Rejected -> it.copy(hint = advice(step.reason) ?: step.message)
        }
    }

    private fun advice(rejection: Rejection): String? = when (rejection) {
        Rejection.NoFace -> "Hold the phone so that your face is visible."
        is Rejection.SeveralFaces -> "Only one face may be visible."
        is Rejection.Quality -> rejection.issues.firstOrNull()?.let(::advice)
        Rejection.TooSimilar -> "Turn your head a little and change your expression."
        is Rejection.LooksLikeAnotherUser -> "You look like ${rejection.name}, who is already enrolled."
        is Rejection.LooksLikeSomebodyElse -> "This is not the person of the first pictures."
        Rejection.Enough -> null
    }

    private fun advice(issue: QualityIssue): String = when (issue) {
        QualityIssue.TOO_SMALL -> "Come closer."
        QualityIssue.TURNED -> "Look more toward the camera."
        QualityIssue.BLURRED -> "Hold still."
        QualityIssue.DARK, QualityIssue.LOW_CONTRAST -> "Find more light."
        QualityIssue.OVEREXPOSED -> "Find less light, and none from behind."
    }
}
