package io.mien

import io.mien.internal.id

/**
 * The error of every function; [code] tells its kind. No face and an unknown person are results, never errors.
 *
 * [message], `toString()` and [code] may go into a log and a crash report: they contain no name of a user, a medium
 * or a setting, no label and no path. [details] contain them.
 *
 * @property code The kind of the error.
 * @property details The message in full, in English, with names and paths; null if [message] leaves out nothing. For
 * the screen of the person whose data it names, never for a log.
 */
public class MienError @JvmOverloads constructor(
    public val code: ErrorCode,
    message: String,
    cause: Throwable? = null,
    public val details: String? = null,
) : Exception(message, cause) {
    /** The message, in English, without personal data. */
    override val message: String get() = super.message.orEmpty()

    /** The code, as it is written on every platform, and the message: `UserNotFound: no such user is enrolled`. */
    override fun toString(): String = "${code.id}: $message"
}
