package io.mien

/** What went wrong, as a closed set; the message names the thing. No face and an unknown person are results, never errors. */
public sealed class MienException(message: String, cause: Throwable? = null) : Exception(message, cause) {
    /** A model file is missing, damaged, unknown or of the wrong shape. */
    public class ModelLoad internal constructor(message: String, cause: Throwable? = null) : MienException(message, cause)

    /** A frame's planes do not fit its size, its rotation is unknown, or a picture cannot be decoded. */
    public class InvalidFrame internal constructor(message: String, cause: Throwable? = null) : MienException(message, cause)

    /** An option, name or argument is out of its range. */
    public class InvalidOption internal constructor(message: String) : MienException(message)

    /** A timestamp is not later than the one before it. */
    public class TimestampOrder internal constructor(message: String) : MienException(message)

    /** No user of that name is enrolled. */
    public class UserNotFound internal constructor(message: String) : MienException(message)

    /** Too little usable data to learn from or to enrol with. */
    public class NotEnoughSamples internal constructor(message: String) : MienException(message)

    /** Training ran into a value that is not finite; the old head was kept. */
    public class TrainingDiverged internal constructor(message: String) : MienException(message)

    /** A stored profile or an exported file is damaged. */
    public class ProfileCorrupt internal constructor(message: String) : MienException(message)

    /** A stored profile or an exported file was written by a newer version. */
    public class ProfileVersion internal constructor(message: String) : MienException(message)

    /** The store could not be read or written, or its limits do not allow it. */
    public class Storage internal constructor(message: String, cause: Throwable? = null) : MienException(message, cause)

    /** A store's key or a file's passphrase is another, is missing or is not wanted. */
    public class WrongKey internal constructor(message: String, cause: Throwable? = null) : MienException(message, cause)

    /** The work was cancelled. */
    public class Cancelled internal constructor(message: String) : MienException(message)

    /** The object was closed. */
    public class Closed internal constructor(message: String) : MienException(message)

    /** A fault of the library. */
    public class Internal internal constructor(message: String, cause: Throwable? = null) : MienException(message, cause)
}
