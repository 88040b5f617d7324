package io.mien

/**
 * The error of every function: a closed set of kinds. No face and an unknown person are results, never errors.
 *
 * [message], `toString()` and [code] may go into a log and a crash report: they contain no name of a user, a medium
 * or a setting, no label and no path. [details] contain them.
 *
 * @property code The name of the kind, the same on every platform and after R8 renamed the class: `UserNotFound`.
 * @property details The message in full, in English, with names and paths; null if [message] leaves out nothing. For
 * the screen of the person whose data it names, never for a log.
 */
public sealed class MienException(
    public val code: String,
    message: String,
    cause: Throwable?,
    public val details: String?,
) : Exception(message, cause) {
    /** A model file is missing, damaged, unknown or of the wrong shape. */
    public class ModelLoad internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("ModelLoad", message, cause, details)

    /** The planes of a frame do not fit its size, the rotation is unknown, or a picture cannot be decoded. */
    public class InvalidFrame internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("InvalidFrame", message, cause, details)

    /** An option, name or argument is out of its range. */
    public class InvalidOption internal constructor(
        message: String,
        cause: Throwable? = null,
        details: String? = null,
    ) : MienException("InvalidOption", message, cause, details)

    /** A timestamp is not later than the previous one. */
    public class TimestampOrder internal constructor(
        message: String,
        cause: Throwable? = null,
        details: String? = null,
    ) : MienException("TimestampOrder", message, cause, details)

    /** No user of this name is enrolled. */
    public class UserNotFound internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("UserNotFound", message, cause, details)

    /** Too little usable data to learn from or to enroll with. */
    public class NotEnoughSamples internal constructor(
        message: String,
        cause: Throwable? = null,
        details: String? = null,
    ) : MienException("NotEnoughSamples", message, cause, details)

    /** Training reached a value that is not finite; the old head was kept. */
    public class TrainingDiverged internal constructor(
        message: String,
        cause: Throwable? = null,
        details: String? = null,
    ) : MienException("TrainingDiverged", message, cause, details)

    /** A stored profile or an exported file is damaged. */
    public class ProfileCorrupt internal constructor(
        message: String,
        cause: Throwable? = null,
        details: String? = null,
    ) : MienException("ProfileCorrupt", message, cause, details)

    /** A stored profile or an exported file was written by a newer version. */
    public class ProfileVersion internal constructor(
        message: String,
        cause: Throwable? = null,
        details: String? = null,
    ) : MienException("ProfileVersion", message, cause, details)

    /** The store cannot be read or written, or its limits do not allow it. */
    public class Storage internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("Storage", message, cause, details)

    /** The key of a store or the passphrase of a file is wrong, missing or not expected. */
    public class WrongKey internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("WrongKey", message, cause, details)

    /** The caller cancelled the work. */
    public class Cancelled internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("Cancelled", message, cause, details)

    /** The object was closed. */
    public class Closed internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("Closed", message, cause, details)

    /** A network produced a value that is not finite, or an invariant does not hold. */
    public class Internal internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("Internal", message, cause, details)

    /** The pictures of an enrollment show several people, or somebody else than the user. */
    public class SeveralPeople internal constructor(
        message: String,
        cause: Throwable? = null,
        details: String? = null,
    ) : MienException("SeveralPeople", message, cause, details)
}
