package io.mien

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.File

class PublicFunctionsTest {
    private val android = File(Material.repository, "android")

    /** Sources that a Java VM can call; the functions of android/sdk on a context and on bitmaps need a device. */
    private val called = listOf("sdk/src/main", "camerax/src/main", "compose/src/main")

    private fun named(): List<String> {
        val declared =
            Regex("""public (?:suspend |override |inline )*fun (?:<[^>]*> )?(?:[A-Za-z.]+\.)?([a-zA-Z0-9]+)\(""")
        return called.asSequence().flatMap { File(android, it).walk() }.filter { it.extension == "kt" }
            .flatMap {
                declared.findAll(it.readText()).map { found -> found.groupValues[1] }
            }.distinct().sorted().toList()
    }

    @Test
    fun `every public function is named in a test`() {
        val tests = listOf("jvm", "sample-jvm").asSequence()
            .flatMap { File(android, "$it/src/test/kotlin").walk() }.filter { it.extension == "kt" }
            .filter { it.name != "PublicFunctionsTest.kt" }.joinToString("\n") { it.readText() }
        val missing = named().filterNot { Regex("\\b$it\\b").containsMatchIn(tests) }
        assertEquals(emptyList<String>(), missing)
        println("public functions: ${named().size} of the libraries, all named in tests")
    }

    @Test
    fun `everything that is public is documented`() {
        val sources = listOf("sdk/src", "camerax/src", "compose/src").flatMap { File(android, it).walk() }
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
