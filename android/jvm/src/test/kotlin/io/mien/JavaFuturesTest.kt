package io.mien

import io.mien.java.ClipsFutures
import io.mien.java.EngineFutures
import io.mien.java.EnrollmentFutures
import io.mien.java.LiveFutures
import io.mien.java.TimelineFutures
import io.mien.java.UsersFutures
import io.mien.java.VideoFutures
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import kotlin.coroutines.Continuation

class JavaFuturesTest {
    private val futures = mapOf(
        EmotionEngine::class.java to EngineFutures::class.java,
        Users::class.java to UsersFutures::class.java,
        Clips::class.java to ClipsFutures::class.java,
        Enrollment::class.java to EnrollmentFutures::class.java,
        LiveSession::class.java to LiveFutures::class.java,
        VideoSession::class.java to VideoFutures::class.java,
        EmotionTimeline::class.java to TimelineFutures::class.java,
        EmotionEngine.Companion::class.java to EngineFutures::class.java,
        ModelPack.Companion::class.java to EngineFutures::class.java,
        Frame.Companion::class.java to EngineFutures::class.java,
    )

    /** Public functions of the type that Java cannot call: they suspend, or take Kotlin's durations. */
    private fun hidden(of: Class<*>): Set<String> = of.methods
        .filter { it.declaringClass == of && !it.isSynthetic }
        .filter { '-' in it.name || it.parameterTypes.lastOrNull() == Continuation::class.java }
        .map { it.name.substringBefore('-') }.toSet()

    @Test
    fun `Java has each function that it cannot call itself`() {
        val missing = futures.flatMap { (kind, wrapper) ->
            val names = wrapper.methods.map { it.name.removeSuffix("User") }.toSet()
            (hidden(kind) - names).map { "${kind.simpleName}.$it" }
        }
        assertEquals(emptyList<String>(), missing)
        assertEquals(true, futures.keys.sumOf { hidden(it).size } > 50)
    }
}
