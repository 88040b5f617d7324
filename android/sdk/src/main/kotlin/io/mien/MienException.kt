package io.mien

/**
 * What went wrong, as a closed set. No face and an unknown person are results, never errors.
 *
 * [message], `toString()` and [code] are fit for a log and a crash report: they hold no name of a user, a medium or a setting,
 * no label and no path. [details] name the thing.
 *
 * @property code the kind's name, the same on every platform and whatever R8 makes of the class's: `UserNotFound`
 * @property details the message in full, in English, with names and paths, where [message] leaves some out; null where it
 *   leaves out nothing. For the screen of the person whose data it names, never for a log
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

    /** A frame's planes do not fit its size, its rotation is unknown, or a picture cannot be decoded. */
    public class InvalidFrame internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("InvalidFrame", message, cause, details)

    /** An option, name or argument is out of its range. */
    public class InvalidOption internal constructor(
        message: String,
        cause: Throwable? = null,
        details: String? = null,
    ) : MienException("InvalidOption", message, cause, details)

    /** A timestamp is not later than the one before it. */
    public class TimestampOrder internal constructor(
        message: String,
        cause: Throwable? = null,
        details: String? = null,
    ) : MienException("TimestampOrder", message, cause, details)

    /** No user of that name is enrolled. */
    public class UserNotFound internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("UserNotFound", message, cause, details)

    /** Too little usable data to learn from or to enroll with. */
    public class NotEnoughSamples internal constructor(
        message: String,
        cause: Throwable? = null,
        details: String? = null,
    ) : MienException("NotEnoughSamples", message, cause, details)

    /** Training ran into a value that is not finite; the old head was kept. */
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

    /** The store could not be read or written, or its limits do not allow it. */
    public class Storage internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("Storage", message, cause, details)

    /** A store's key or a file's passphrase is another, is missing or is not wanted. */
    public class WrongKey internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("WrongKey", message, cause, details)

    /** The work was cancelled. */
    public class Cancelled internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("Cancelled", message, cause, details)

    /** The object was closed. */
    public class Closed internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("Closed", message, cause, details)

    /** A fault of the library. */
    public class Internal internal constructor(message: String, cause: Throwable? = null, details: String? = null) :
        MienException("Internal", message, cause, details)
}
