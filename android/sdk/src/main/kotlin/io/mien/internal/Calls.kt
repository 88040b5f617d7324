package io.mien.internal

import io.mien.ErrorCode
import io.mien.MienError
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

/** The code as it is written on every platform: `UserNotFound`. */
internal val ErrorCode.id: String
    get() = name.split('_').joinToString("") { it.take(1) + it.drop(1).lowercase() }

/** Returns the result of [work]; converts its exceptions by [public]. */
internal inline fun <T> call(work: () -> T): T = try {
    work()
} catch (error: Throwable) {
    throw error.public()
}

/** Like [call], off the caller's thread. */
internal suspend fun <T> offThread(work: () -> T): T = withContext(Dispatchers.IO) { call(work) }

/**
 * Returns the exception for applications: a [MienError] with this as its cause. The cancellation of a coroutine
 * stays itself, and so do errors of the Java VM, except those of loading the native library.
 */
internal fun Throwable.public(): Throwable = when (this) {
    is MienError, is CancellationException -> this
    is CoreException -> public()
    // The message of a panic may contain anything.
    is InternalException -> MienError(ErrorCode.INTERNAL, "the native library failed", details = message)
    is IOException -> MienError(ErrorCode.STORAGE, "a file or stream cannot be read or written", this, message)
    is GeneralSecurityException -> MienError(ErrorCode.STORAGE, "the system's key store does not work", this, message)
    is InterruptedException -> {
        Thread.currentThread().interrupt()
        MienError(ErrorCode.CANCELLED, "the thread was interrupted")
    }
    is LinkageError -> MienError(ErrorCode.INTERNAL, "the native library cannot be used", this, message)
    is Exception -> MienError(ErrorCode.INTERNAL, "the library failed", this, toString())
    else -> this
}

/** Returns the exception for applications. */
internal fun CoreException.public(): MienError = when (this) {
    is CoreException.Failed -> MienError(kind.public(), text, details = details)
}

/** Returns the error of a code on the frame path (`CoreError::code`). */
internal fun errorOf(code: Int, message: String, details: String? = null): MienError =
    MienError(ErrorCode.entries.getOrElse(code - 1) { ErrorCode.INTERNAL }, message, details = details)

/** Returns a failure of file access as a `cause`: its class and stack trace without its text, which contains a path. */
internal fun IOException.withoutPath(): IOException = IOException(javaClass.name).also { it.stackTrace = stackTrace }

/** Returns the bytes in memory that native code can borrow. */
internal fun ByteArray.direct(): ByteBuffer = ByteBuffer.allocateDirect(size).put(this).also { it.flip() }

/** Returns the bytes between position and limit in a direct buffer of their own; neither moves. */
internal fun ByteBuffer.copy(): ByteBuffer = ByteBuffer.allocateDirect(remaining()).put(duplicate()).also { it.flip() }

/** Returns the bytes from [offset] after the position on; empty beyond the limit. */
internal fun ByteBuffer.from(offset: Long): ByteBuffer =
    duplicate().also { it.position((position() + offset).coerceIn(0, limit().toLong()).toInt()) }

/** Lends [key] to native code, and wipes the copy and [key] afterwards. */
internal inline fun <T> wiping(key: ByteArray, work: (ByteBuffer) -> T): T {
    val copy = key.direct()
    try {
        return work(copy)
    } finally {
        key.fill(0)
        for (index in 0 until copy.capacity()) copy.put(index, 0)
    }
}

/** Reads the rest of the stream, up to [max] bytes. */
internal fun InputStream.readAtMost(max: Long): ByteArray {
    val bytes = ByteArrayOutputStream()
    val part = ByteArray(64 * 1024)
    while (bytes.size() < max) {
        val count = read(part, 0, minOf(part.size.toLong(), max - bytes.size()).toInt())
        if (count < 0) break
        bytes.write(part, 0, count)
    }
    return bytes.toByteArray()
}

/** Returns a time or count that must not be negative. */
internal fun Long.unsigned(what: String): ULong {
    if (this < 0) throw MienError(ErrorCode.INVALID_OPTION, "$what is $this; it must be 0 or more")
    return toULong()
}

/** Like the other [unsigned], for counts. */
internal fun Int.unsigned(what: String): UInt {
    if (this < 0) throw MienError(ErrorCode.INVALID_OPTION, "$what is $this; it must be 0 or more")
    return toUInt()
}
