package io.mien

import kotlinx.validation.api.dump
import kotlinx.validation.api.filterOutNonPublic
import kotlinx.validation.api.loadApiFromJvmClasses
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import java.io.File

/**
 * The public API as text, in the format of Kotlin's binary compatibility validator.
 *
 * After a wanted change, `-Dmien.api=write` writes the files of `android/api`; their difference belongs into the review.
 */
object ApiDumps {
    /** The public API of each package that was compiled together with [kind]. */
    fun of(kind: Class<*>): Map<String, String> {
        val classes = File(kind.protectionDomain.codeSource.location.toURI())
        val files = classes.walk().filter { it.extension == "class" }.sorted().toList()
        val all = files.asSequence().map { it.inputStream() }.loadApiFromJvmClasses()
            .filterOutNonPublic(listOf("io.mien.ffi", "io.mien.internal", "androidx"))
            .dump(StringBuilder()).toString()
        val name = Regex("""(?:class|interface) (io/mien(?:/[a-z]+)*)/""")
        return Regex("(?<=\n}\n)\n").split(all).filter { it.isNotBlank() }
            .groupBy { name.find(it.lineSequence().first())!!.groupValues[1] }
            .mapValues { (_, types) -> types.joinToString("\n") }
    }

    /** Fails if [api] differs from the dump of [artifact]. */
    fun check(artifact: String, api: String) {
        assertTrue(api.lines().size > 3, "$artifact: $api")
        val dump = File(System.getProperty("mien.repository"), "android/api/$artifact.api")
        if (System.getProperty("mien.api") == "write") dump.writeText(api)
        assertEquals(dump.readText(), api, "the API differs from android/api/$artifact.api: see ApiDumps")
    }
}
