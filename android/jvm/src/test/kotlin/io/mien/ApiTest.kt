package io.mien

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** The public API is the one in `android/api` ([ApiDumps]). */
class ApiTest {
    /** The package of each artifact. */
    private val artifacts = mapOf(
        "mien" to "io/mien",
        "mien-camerax" to "io/mien/camerax",
        "mien-java" to "io/mien/java",
        "mien-jvm" to "io/mien/jvm",
        "mien-work" to "io/mien/work",
    )

    @Test
    fun `the public API changes only with its dump`() {
        val apis = ApiDumps.of(EmotionEngine::class.java)
        assertEquals(artifacts.values.toSet(), apis.keys)
        for ((artifact, place) in artifacts) ApiDumps.check(artifact, apis.getValue(place))
    }
}
