package io.mien

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

class PublicFunctionsTest {
    private val android = File(Material.repository, "android")

    /** Modules whose calls are not measured (`scripts/android/exercised.py`): each function is at least named. */
    private val unmeasured = listOf("compose")

    private fun named(): List<String> {
        val declared =
            Regex("""public (?:suspend |override |inline )*fun (?:<[^>]*> )?(?:[A-Za-z.]+\.)?([a-zA-Z0-9]+)\(""")
        return unmeasured.asSequence().flatMap { File(android, "$it/src/main").walk() }.filter { it.extension == "kt" }
            .flatMap {
                declared.findAll(it.readText()).map { found -> found.groupValues[1] }
            }.distinct().sorted().toList()
    }

    @Test
    fun `every public function whose calls are not measured is named in a test`() {
        val tests = listOf("jvm", "sample-jvm").asSequence()
            .flatMap { File(android, "$it/src/test/kotlin").walk() }.filter { it.extension == "kt" }
            .filter { it.name != "PublicFunctionsTest.kt" }.joinToString("\n") { it.readText() }
        assertTrue(named().isNotEmpty(), "${named()}")
        val missing = named().filterNot { Regex("\\b$it\\b").containsMatchIn(tests) }
        assertEquals(emptyList<String>(), missing)
    }

    @Test
    fun `everything that is public is documented`() {
        val sources = listOf("sdk", "camerax", "compose", "java", "work").flatMap { File(android, "$it/src").walk() }
            .filter { it.extension == "kt" }
        val undocumented = sources.flatMap { file ->
            val lines = file.readLines()
            lines.indices.filter { index ->
                val line = lines[index].trim()
                line.startsWith("public ") && !lines.take(index).reversed()
                    .dropWhile { it.trim().startsWith("@") }.first().trim().run { endsWith("*/") } &&
                    !Regex("^public (val|var) .*,$").matches(line)
            }.map { "${file.name}:${it + 1} ${lines[it].trim()}" }
        }
        assertEquals(emptyList<String>(), undocumented)
    }
}
