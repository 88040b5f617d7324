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

/** What the person in front of the camera should know or do. */
enum class Advice {
    LOOK_HERE,
    GOOD,
    NO_FACE,
    SEVERAL_FACES,
    TOO_SMALL,
    TURNED,
    BLURRED,
    DARK,
    OVEREXPOSED,
    TOO_SIMILAR,
    LOOKS_LIKE_ANOTHER_USER,
    SOMEBODY_ELSE,
    ENOUGH,
}

/** Guides a user through an enrollment. */
class EnrollmentModel {
    /**
     * The state of the view: accepted pictures, the target, and advice for the user.
     *
     * @property other The name of the enrolled user that the person looks like.
     */
    data class State(
        val count: Int = 0,
        val targetFrames: Int = EnrollmentOptions().targetFrames,
        val advice: Advice = Advice.LOOK_HERE,
        val other: String? = null,
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
                State(step.count, step.targetFrames, Advice.GOOD)
            is EnrollmentStep.Rejected -> {
                val other = (step.reason as? Rejection.LooksLikeAnotherUser)?.name
                it.copy(advice = advice(step.reason), other = other)
            }
        }
    }

    private fun advice(rejection: Rejection): Advice = when (rejection) {
        Rejection.NoFace -> Advice.NO_FACE
        is Rejection.SeveralFaces -> Advice.SEVERAL_FACES
        is Rejection.Quality -> rejection.issues.firstOrNull()?.let(::advice) ?: Advice.LOOK_HERE
        Rejection.TooSimilar -> Advice.TOO_SIMILAR
        is Rejection.LooksLikeAnotherUser -> Advice.LOOKS_LIKE_ANOTHER_USER
        is Rejection.LooksLikeSomebodyElse -> Advice.SOMEBODY_ELSE
        Rejection.Enough -> Advice.ENOUGH
    }

    private fun advice(issue: QualityIssue): Advice = when (issue) {
        QualityIssue.TOO_SMALL -> Advice.TOO_SMALL
        QualityIssue.TURNED -> Advice.TURNED
        QualityIssue.BLURRED -> Advice.BLURRED
        QualityIssue.DARK, QualityIssue.LOW_CONTRAST -> Advice.DARK
        QualityIssue.OVEREXPOSED -> Advice.OVEREXPOSED
    }
}
