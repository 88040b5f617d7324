package io.mien.internal

import io.mien.MienException
import io.mien.ffi.CoreException
import io.mien.ffi.InternalException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.nio.ByteBuffer
import java.security.GeneralSecurityException

/** What [work] gives; whatever it throws comes out as [public] has it. */
internal inline fun <T> call(work: () -> T): T = try {
    work()
} catch (error: Throwable) {
    throw error.public()
}

/** As [call], off the caller's thread. */
internal suspend fun <T> offThread(work: () -> T): T = withContext(Dispatchers.IO) { call(work) }

/**
 * What is thrown to applications in place of this: a [MienException] with this as its cause. A coroutine's cancellation
 * stays itself, and so do the Java VM's own errors, but for those of loading the native library.
 */
internal fun Throwable.public(): Throwable = when (this) {
    is MienException, is CancellationException -> this
    is CoreException -> public()
    is InternalException -> MienException.Internal(message ?: "the native library failed", this)
    is IOException -> MienException.Storage("a file or stream cannot be read or written: $message", this)
    is GeneralSecurityException -> MienException.Storage("the system's key store does not work: $message", this)
    is InterruptedException -> {
        Thread.currentThread().interrupt()
        MienException.Cancelled("the thread was interrupted")
    }
    is LinkageError -> MienException.Internal("the native library cannot be used: $message", this)
    is Exception -> MienException.Internal("the library failed: $this", this)
    else -> this
}

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

/** What is from [offset] bytes behind the position on; empty where that is beyond the limit. */
internal fun ByteBuffer.from(offset: Long): ByteBuffer =
    duplicate().also { it.position((position() + offset).coerceIn(0, limit().toLong()).toInt()) }

/** Lends [key] to native code, and leaves no copy behind, nor the key itself. */
internal inline fun <T> wiping(key: ByteArray, work: (ByteBuffer) -> T): T {
    val copy = key.direct()
    try {
        return work(copy)
    } finally {
        key.fill(0)
        for (index in 0 until copy.capacity()) copy.put(index, 0)
    }
}

/** What is left of the stream, but no more than [most] bytes of it. */
internal fun InputStream.readAtMost(most: Long): ByteArray {
    val bytes = ByteArrayOutputStream()
    val part = ByteArray(64 * 1024)
    while (bytes.size() < most) {
        val count = read(part, 0, minOf(part.size.toLong(), most - bytes.size()).toInt())
        if (count < 0) break
        bytes.write(part, 0, count)
    }
    return bytes.toByteArray()
}

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
