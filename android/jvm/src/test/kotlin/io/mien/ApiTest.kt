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
    @Test
    fun `the public API changes only with its dump`() {
        val classes = File(EmotionEngine::class.java.protectionDomain.codeSource.location.toURI())
        val files = classes.walk().filter { it.extension == "class" }.sorted().toList()
        assertTrue(files.size > 100, "$classes")
        val api = files.asSequence().map { it.inputStream() }.loadApiFromJvmClasses()
            .filterOutNonPublic(listOf("io.mien.ffi", "io.mien.internal"))
            .dump(StringBuilder()).toString()
        val dump = File(System.getProperty("mien.repository"), "android/api/mien.api")
        if (System.getProperty("mien.api") == "write") {
            dump.parentFile.mkdirs()
            dump.writeText(api)
        }
        assertEquals(dump.readText(), api, "the API differs from android/api/mien.api: see ApiTest")
    }
}
