package io.mien

import kotlinx.validation.api.dump
import kotlinx.validation.api.filterOutNonPublic
import kotlinx.validation.api.loadApiFromJvmClasses
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

/**
 * The public API is the one in `android/api`, in the format of Kotlin's binary compatibility validator.
 *
 * After a wanted change, `-Dmien.api=write` writes the file; its difference belongs into the review.
 */
class ApiTest {
    private val dumps = File(System.getProperty("mien.repository"), "android/api")

    /** The package of each artifact. */
    private val artifacts = mapOf(
        "mien" to "io/mien",
        "mien-camerax" to "io/mien/camerax",
        "mien-java" to "io/mien/java",
        "mien-work" to "io/mien/work",
    )

    /** The public API of each package. */
    private fun apis(): Map<String, String> {
        val classes = File(EmotionEngine::class.java.protectionDomain.codeSource.location.toURI())
        val files = classes.walk().filter { it.extension == "class" }.sorted().toList()
        val all = files.asSequence().map { it.inputStream() }.loadApiFromJvmClasses()
            .filterOutNonPublic(listOf("io.mien.ffi", "io.mien.internal", "androidx"))
            .dump(StringBuilder()).toString()
        val name = Regex("""(?:class|interface) (io/mien(?:/[a-z]+)?)/""")
        return Regex("(?<=\n}\n)\n").split(all).filter { it.isNotBlank() }
            .groupBy { name.find(it.lineSequence().first())!!.groupValues[1] }
            .mapValues { (_, types) -> types.joinToString("\n") }
    }

    @Test
    fun `the public API changes only with its dump`() {
        val apis = apis()
        assertEquals(artifacts.values.toSet(), apis.keys)
        for ((artifact, place) in artifacts) {
            val api = apis.getValue(place)
            assertTrue(api.lines().size > 10, "$artifact: $api")
            val dump = File(dumps, "$artifact.api")
            if (System.getProperty("mien.api") == "write") dump.writeText(api)
            assertEquals(dump.readText(), api, "the API differs from android/api/$artifact.api: see ApiTest")
        }
    }
}
