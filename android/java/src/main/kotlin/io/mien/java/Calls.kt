package io.mien.java

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.future.future
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.time.Duration
import kotlin.time.Instant
import kotlin.time.toJavaDuration
import kotlin.time.toJavaInstant
import kotlin.time.toKotlinDuration
import kotlin.time.toKotlinInstant

/** Runs [work], which leaves the caller's thread by itself; cancelling the future cancels it. */
internal fun <T> call(context: CoroutineContext = Dispatchers.Default, work: suspend () -> T): CompletableFuture<T> =
    CoroutineScope(EmptyCoroutineContext).future(context, CoroutineStart.DEFAULT) { work() }

/** Like [call], for work without a result. */
internal fun callVoid(work: suspend () -> Unit): CompletableFuture<Void?> = call {
    work()
    null
}

/** Like [call]; what [work] tells meanwhile, it tells on [executor]. */
internal fun <T> callOn(executor: Executor, work: suspend () -> T): CompletableFuture<T> =
    call(executor.asCoroutineDispatcher(), work)

internal fun java.time.Duration.kotlin(): Duration = toKotlinDuration()

internal fun java.time.Instant.kotlin(): Instant = toKotlinInstant()

internal fun Duration.java(): java.time.Duration = toJavaDuration()

internal fun Instant.java(): java.time.Instant = toJavaInstant()
