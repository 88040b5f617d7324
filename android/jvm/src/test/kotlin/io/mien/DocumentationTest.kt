package io.mien

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.File

class DocumentationTest {
    private val android = File(Material.repository, "android")

    @Test
    fun `everything that is public is documented`() {
        val sources = listOf("sdk", "camerax", "compose", "java", "publish", "work").flatMap {
            File(android, "$it/src").walk()
        }
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
