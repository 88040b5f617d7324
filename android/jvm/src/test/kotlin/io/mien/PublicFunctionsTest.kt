package io.mien

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.File

class PublicFunctionsTest {
    private val sources = File(Material.repository, "android/sdk/src")

    private fun named(folder: String): List<String> {
        val declared = Regex("""public (?:suspend |override |inline )*fun (?:<[^>]*> )?(?:[A-Za-z.]+\.)?([a-zA-Z0-9]+)\(""")
        return File(sources, folder).walk().filter { it.extension == "kt" }
            .flatMap { declared.findAll(it.readText()).map { found -> found.groupValues[1] } }.distinct().sorted().toList()
    }

    @Test
    fun `every public function is named in a test`() {
        val tests = File(Material.repository, "android/jvm/src/test/kotlin").walk().filter { it.extension == "kt" }
            .filter { it.name != "PublicFunctionsTest.kt" }.joinToString("\n") { it.readText() }
        val missing = named("main").filterNot { Regex("\\b$it\\b").containsMatchIn(tests) }
        assertEquals(emptyList<String>(), missing)
        println("public functions: ${named("main").size} of the library, all named in tests")
    }

    @Test
    fun `everything that is public is documented`() {
        val undocumented = sources.walk().filter { it.extension == "kt" }.flatMap { file ->
            val lines = file.readLines()
            lines.indices.filter { index ->
                val line = lines[index].trim()
                line.startsWith("public ") && !lines.take(index).reversed()
                    .dropWhile { it.trim().startsWith("@") }.first().trim().run { endsWith("*/") } &&
                    !Regex("^public (val|var) .*,$").matches(line)
            }.map { "${file.name}:${it + 1} ${lines[it].trim()}" }
        }.toList()
        assertEquals(emptyList<String>(), undocumented)
    }
}
