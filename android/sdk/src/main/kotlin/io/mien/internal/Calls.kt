package io.mien.internal

import io.mien.MienException
import io.mien.ffi.CoreException
import io.mien.ffi.InternalException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.nio.ByteBuffer

/** Calls generated code, whose exceptions become those of the API. */
internal inline fun <T> call(work: () -> T): T = try {
    work()
} catch (error: CoreException) {
    throw error.public()
} catch (error: InternalException) {
    throw MienException.Internal(error.message ?: "the native library failed", error)
} catch (error: IllegalStateException) {
    // Generated code throws it for an object that was destroyed.
    throw MienException.Closed("the object is closed")
}

/** As [call], off the caller's thread. */
internal suspend fun <T> offThread(work: () -> T): T = withContext(Dispatchers.IO) { call(work) }

internal fun CoreException.public(): MienException {
    val said = message ?: ""
    return when (this) {
        is CoreException.ModelLoad -> MienException.ModelLoad(said)
        is CoreException.InvalidFrame -> MienException.InvalidFrame(said)
        is CoreException.InvalidOption -> MienException.InvalidOption(said)
        is CoreException.TimestampOrder -> MienException.TimestampOrder(said)
        is CoreException.UserNotFound -> MienException.UserNotFound(said)
        is CoreException.NotEnoughSamples -> MienException.NotEnoughSamples(said)
        is CoreException.TrainingDiverged -> MienException.TrainingDiverged(said)
        is CoreException.ProfileCorrupt -> MienException.ProfileCorrupt(said)
        is CoreException.ProfileVersion -> MienException.ProfileVersion(said)
        is CoreException.Storage -> MienException.Storage(said)
        is CoreException.WrongKey -> MienException.WrongKey(said)
        is CoreException.Cancelled -> MienException.Cancelled(said)
        is CoreException.Closed -> MienException.Closed(said)
        is CoreException.Internal -> MienException.Internal(said)
    }
}

/** The exception of a code on the frame path (`CoreError::code`). */
internal fun exceptionOf(code: Int, message: String): MienException = when (code) {
    1 -> MienException.ModelLoad(message)
    2 -> MienException.InvalidFrame(message)
    3 -> MienException.InvalidOption(message)
    4 -> MienException.TimestampOrder(message)
    5 -> MienException.UserNotFound(message)
    6 -> MienException.NotEnoughSamples(message)
    7 -> MienException.TrainingDiverged(message)
    8 -> MienException.ProfileCorrupt(message)
    9 -> MienException.ProfileVersion(message)
    10 -> MienException.Storage(message)
    11 -> MienException.WrongKey(message)
    12 -> MienException.Cancelled(message)
    13 -> MienException.Closed(message)
    else -> MienException.Internal(message)
}

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
