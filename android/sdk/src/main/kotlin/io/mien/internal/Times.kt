package io.mien.internal

import io.mien.ErrorCode
import io.mien.MienError
import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Duration.Companion.microseconds
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

internal fun ULong.microseconds(): Duration = toLong().microseconds

internal fun ULong.milliseconds(): Duration = toLong().milliseconds

internal fun ULong.instant(): Instant = Instant.fromEpochMilliseconds(toLong())

/** Returns a length of time in whole microseconds. */
internal fun Duration.micros(what: String): ULong = checked(what).inWholeMicroseconds.toULong()

/** Returns a length of time in whole milliseconds. */
internal fun Duration.millis(what: String): ULong = checked(what).inWholeMilliseconds.toULong()

private fun Duration.checked(what: String): Duration {
    if (isNegative() || isInfinite()) {
        throw MienError(ErrorCode.INVALID_OPTION, "$what is $this; it must be finite and 0 or more")
    }
    return this
}

/** Returns milliseconds since 1970. */
internal fun Instant.millis(what: String): ULong {
    val milliseconds = toEpochMilliseconds()
    if (milliseconds < 0) throw MienError(ErrorCode.INVALID_OPTION, "$what is before 1970")
    return milliseconds.toULong()
}

/** Returns the time now, milliseconds since 1970. */
internal fun now(): ULong = Clock.System.now().toEpochMilliseconds().toULong()

/** The times of a timeline, as the core writes them: milliseconds. */
internal interface TimeScale<Time : Any> {
    fun read(milliseconds: ULong): Time

    fun write(time: Time, what: String): ULong

    /** By the clock on the wall. */
    object Wall : TimeScale<Instant> {
        override fun read(milliseconds: ULong): Instant = milliseconds.instant()

        override fun write(time: Instant, what: String): ULong = time.millis(what)
    }

    /** Since the start of a medium. */
    object Medium : TimeScale<Duration> {
        override fun read(milliseconds: ULong): Duration = milliseconds.milliseconds()

        override fun write(time: Duration, what: String): ULong = time.millis(what)
    }
}
