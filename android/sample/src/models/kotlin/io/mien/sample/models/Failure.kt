package io.mien.sample.models

import io.mien.ErrorCode
import io.mien.MienError
import java.io.IOException

/** What went wrong, told apart as far as a person can do something about it. */
enum class FailureKind {
    MODELS,
    STORAGE,
    WRONG_KEY,
    DAMAGED_FILE,
    FILE,
    NOT_ENOUGH_PICTURES,
    SEVERAL_PEOPLE,
    USER_NOT_FOUND,
    OTHER,
}

/**
 * A failure for the screen.
 *
 * @property kind What went wrong; the views have words for it.
 * @property details The library's message, in English. It may contain names: for the screen of this person, never for
 * a log.
 */
data class Failure(val kind: FailureKind, val details: String) {
    companion object {
        fun of(error: Exception): Failure {
            val details = (error as? MienError)?.details
            return Failure(kind(error), details ?: error.message ?: error.toString())
        }

        private fun kind(error: Exception): FailureKind = when (error) {
            is MienError -> kind(error.code)
            is IOException -> FailureKind.FILE
            else -> FailureKind.OTHER
        }

        private fun kind(code: ErrorCode): FailureKind = when (code) {
            ErrorCode.MODEL_LOAD -> FailureKind.MODELS
            ErrorCode.STORAGE -> FailureKind.STORAGE
            ErrorCode.WRONG_KEY -> FailureKind.WRONG_KEY
            ErrorCode.PROFILE_CORRUPT, ErrorCode.PROFILE_VERSION -> FailureKind.DAMAGED_FILE
            ErrorCode.NOT_ENOUGH_SAMPLES -> FailureKind.NOT_ENOUGH_PICTURES
            ErrorCode.SEVERAL_PEOPLE -> FailureKind.SEVERAL_PEOPLE
            ErrorCode.USER_NOT_FOUND -> FailureKind.USER_NOT_FOUND
            else -> FailureKind.OTHER
        }
    }
}
