package io.mien.example

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

class ExampleTest {
    private val repository = File(System.getProperty("mien.repository")).canonicalFile
    private val fixtures = repository.resolve("tests/fixtures")

    /** Runs the program in a Java VM of its own and returns its exit status and its lines. */
    private fun run(vararg arguments: String): Pair<Int, List<String>> {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val options = listOf("-cp", System.getProperty("java.class.path"), "-Djna.nosys=true")
        // A relative path, as in the README.
        val library = "-Dmien.library=${File(System.getProperty("mien.library")).relativeTo(File("").absoluteFile)}"
        val process = ProcessBuilder(listOf(java, library) + options + "io.mien.example.MainKt" + arguments)
            .redirectErrorStream(true).start()
        val lines = process.inputStream.bufferedReader().readLines()
        return process.waitFor() to lines
    }

    @Test
    fun `the example enrolls and adapts a user, analyzes two pictures and follows a stream`() {
        val (status, lines) = run(
            "$repository/models",
            "Wanda",
            "$fixtures/adapt/woman/learn",
            "$fixtures/adapt/woman/test/fear/0204.jpg",
            "$fixtures/pictures/obama.jpg",
            "$fixtures/clip",
        )
        println(lines.joinToString("\n"))
        assertEquals(0, status)
        assertTrue(Regex("Wanda is enrolled with [1-9] pictures\\.") in lines.joinToString("\n"))
        assertTrue(lines.any { it.startsWith("The adapted head is accepted: ") })
        assertTrue(lines.any { it.matches(Regex("0204\\.jpg: Wanda, fear \\d+ %, adapted head")) })
        assertTrue(lines.any { it.matches(Regex("obama\\.jpg: unknown person, \\w+ \\d+ %, generic head")) })
        val stream = lines.filter { it.startsWith("clip, ") }
        assertTrue(stream.first().matches(Regex("clip, 0s: not known yet, sad, generic head")))
        assertTrue(stream.last().matches(Regex("clip, 1\\d\\S*s: Wanda, happy, adapted head")))
    }

    @Test
    fun `the example says how it is called`() {
        val (status, lines) = run("models")
        assertEquals(2, status)
        assertTrue(lines.single().startsWith("usage: example MODELS NAME LESSONS PICTURE..."))
    }
}
