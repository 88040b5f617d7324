package io.mien.sample

import androidx.compose.ui.res.Texts
import io.mien.Material
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.w3c.dom.Element
import java.io.File
import java.util.Locale
import javax.xml.parsers.DocumentBuilderFactory

/** Tests of the application's texts: complete in both languages, used, and nowhere but in the resources. */
class TextsTest {
    private val sample = File(Material.repository, "android/sample/src")
    private val english = Language("values")
    private val german = Language("values-de")

    /** The texts of a file: the name, with the quantity for plurals, and the text. */
    private inner class Language(folder: String) {
        private val root = DocumentBuilderFactory.newInstance().newDocumentBuilder()
            .parse(File(sample, "main/res/$folder/strings.xml")).documentElement
        val strings = root.all("string").filter { it.getAttribute("translatable") != "false" }
            .associate { it.getAttribute("name") to it.textContent }
        val plurals = root.all("plurals").associate { plural ->
            val forms = plural.all("item").associate { it.getAttribute("quantity") to it.textContent }
            plural.getAttribute("name") to forms
        }
        val all = strings + plurals.flatMap { (name, forms) -> forms.map { "$name ${it.key}" to it.value } }

        private fun Element.all(tag: String) =
            getElementsByTagName(tag).let { found -> (0 until found.length).map { found.item(it) as Element } }
    }

    private fun sources(folder: String) =
        File(sample, folder).walk().filter { it.extension in setOf("kt", "xml") }.toList()

    private fun placeholders(text: String) =
        Regex("""%\d+\$[-+,.\w]*?[a-zA-Z]""").findAll(text).map { it.value }.sorted().toList()

    @Test
    fun `both languages have the same texts`() {
        assertTrue(english.all.size > 100)
        assertEquals(english.all.keys, german.all.keys)
        for ((name, forms) in english.plurals) assertEquals(setOf("one", "other"), forms.keys, name)
    }

    @Test
    fun `both languages have the same placeholders, all of them numbered`() {
        for ((name, text) in english.all) {
            assertEquals(placeholders(text), placeholders(german.all.getValue(name)), name)
        }
        for ((name, text) in english.all.entries + german.all.entries) {
            val rest = placeholders(text).fold(text) { left, it -> left.replaceFirst(it, "") }.replace("%%", "")
            assertTrue('%' !in rest, "$name: $text")
        }
    }

    @Test
    fun `a text is translated, unless it is short or the same word`() {
        val same = english.all.filter { (name, text) -> text == german.all[name] && text.count { it.isLetter() } > 12 }
        assertEquals(emptyMap<String, String>(), same)
        for ((name, text) in english.all) {
            assertTrue(text.isNotBlank() && text == text.trim(), name)
        }
    }

    @Test
    fun `each text is used`() {
        val used = (sources("views") + sources("main") + sources("models")).filter { it.name != "strings.xml" }
            .flatMap { Regex("""(?:R\.(?:string|plurals)\.|@string/)(\w+)""").findAll(it.readText()) }
            .map { it.groupValues[1] }.toSet()
        val named = english.strings.keys + english.plurals.keys
        assertEquals(emptySet<String>(), named - used)
    }

    @Test
    fun `no view has a text of its own`() {
        // A label that some heads have is compared, never shown; the name of a warning of the compiler is no text either.
        val known = Regex("""^\s*EmotionLabel\("\w+"\) -> stringResource\(R\.string\.emotion_\w+\)$|@Suppress|@OptIn""")
        val found = sources("views").flatMap { file ->
            val code = file.readText().replace(Regex("""/\*.*?\*/""", RegexOption.DOT_MATCHES_ALL), "").lines()
            code.map { it.substringBefore("//") }.filterNot { known.containsMatchIn(it) }.mapNotNull { code ->
                val texts = Regex(""""((?:[^"\\]|\\.)*)"""").findAll(code).map { it.groupValues[1] }
                texts.firstOrNull { text -> text.any(Char::isLetter) }?.let { "${file.name}: $it" }
            }
        }
        assertEquals(emptyList<String>(), found)
    }

    @Test
    fun `texts are read as Android reads them`() {
        val (here, there) = Texts.of(Locale.US) to Texts.of(Locale.GERMANY)
        assertEquals("1 frame", here.plural(R.plurals.frames, 1, 1))
        assertEquals("2 Bilder", there.plural(R.plurals.frames, 2, 2))
        assertEquals("19,5 Minuten aufgezeichnet", there.text(R.string.day_recorded, 19.5))
        assertEquals("Happy 40 %", here.text(R.string.day_share, "Happy", 40))
        assertEquals("Mien", there.text(R.string.app_name), "what has no translation stays English")
        assertEquals("OK", Texts.of(Locale.FRANCE).text(R.string.ok), "another language reads English")
    }
}
