package io.mien.internal

import io.mien.MienException
import io.mien.ffi.CoreException
import io.mien.ffi.FailureKind
import io.mien.ffi.InternalException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.IOException
import java.nio.ByteBuffer

/** Calls generated code, whose exceptions become those of the API. */
internal inline fun <T> call(work: () -> T): T = try {
    work()
} catch (error: CoreException) {
    throw error.public()
} catch (error: InternalException) {
    // What a panic says may name anything.
    throw MienException.Internal("the native library failed", details = error.message)
} catch (error: IllegalStateException) {
    // Generated code throws it for an object that was destroyed.
    throw MienException.Closed("the object is closed")
}

/** As [call], off the caller's thread. */
internal suspend fun <T> offThread(work: () -> T): T = withContext(Dispatchers.IO) { call(work) }

internal fun CoreException.public(): MienException = when (this) {
    is CoreException.Failed -> exceptionOf(kind, text, details)
}

/** The exception of a code on the frame path (`CoreError::code`). */
internal fun exceptionOf(code: Int, message: String, details: String? = null): MienException =
    exceptionOf(FailureKind.entries.getOrElse(code - 1) { FailureKind.INTERNAL }, message, details)

private fun exceptionOf(kind: FailureKind, message: String, details: String?): MienException = when (kind) {
    FailureKind.MODEL_LOAD -> MienException.ModelLoad(message, details = details)
    FailureKind.INVALID_FRAME -> MienException.InvalidFrame(message, details = details)
    FailureKind.INVALID_OPTION -> MienException.InvalidOption(message, details = details)
    FailureKind.TIMESTAMP_ORDER -> MienException.TimestampOrder(message, details = details)
    FailureKind.USER_NOT_FOUND -> MienException.UserNotFound(message, details = details)
    FailureKind.NOT_ENOUGH_SAMPLES -> MienException.NotEnoughSamples(message, details = details)
    FailureKind.TRAINING_DIVERGED -> MienException.TrainingDiverged(message, details = details)
    FailureKind.PROFILE_CORRUPT -> MienException.ProfileCorrupt(message, details = details)
    FailureKind.PROFILE_VERSION -> MienException.ProfileVersion(message, details = details)
    FailureKind.STORAGE -> MienException.Storage(message, details = details)
    FailureKind.WRONG_KEY -> MienException.WrongKey(message, details = details)
    FailureKind.CANCELLED -> MienException.Cancelled(message, details = details)
    FailureKind.CLOSED -> MienException.Closed(message, details = details)
    FailureKind.INTERNAL -> MienException.Internal(message, details = details)
}

/**
 * A failure to use a file of ours, as a `cause`: where it happened and of which class, without the text, which names the
 * file's path.
 */
internal fun IOException.withoutPath(): IOException = IOException(javaClass.name).also { it.stackTrace = stackTrace }

/** The bytes in memory that native code can borrow. */
internal fun ByteArray.direct(): ByteBuffer = ByteBuffer.allocateDirect(size).put(this).also { it.flip() }

/** What is between position and limit, in a direct buffer of its own; neither moves. */
internal fun ByteBuffer.copy(): ByteBuffer = ByteBuffer.allocateDirect(remaining()).put(duplicate()).also { it.flip() }

/** A time or count that must not be negative. */
internal fun Long.unsigned(what: String): ULong {
    if (this < 0) throw MienException.InvalidOption("$what is $this; it must be 0 or more")
    return toULong()
}

/** As [unsigned] for counts. */
internal fun Int.unsigned(what: String): UInt {
    if (this < 0) throw MienException.InvalidOption("$what is $this; it must be 0 or more")
    return toUInt()
}
