package androidx.compose.ui.res

import androidx.compose.runtime.Composable
import androidx.compose.runtime.ReadOnlyComposable
import io.mien.sample.R
import org.w3c.dom.Element
import java.util.Locale
import java.util.concurrent.ConcurrentHashMap
import javax.xml.parsers.DocumentBuilderFactory

// What Compose for Android reads from an application's resources, and Compose for desktops does not have: here it is read
// from the same files.

/** The text [id] in the language of the default locale. */
@Composable
@ReadOnlyComposable
fun stringResource(id: Int): String = Texts.now().text(id)

/** The text [id] with its arguments. */
@Composable
@ReadOnlyComposable
fun stringResource(id: Int, vararg formatArgs: Any): String = Texts.now().text(id, *formatArgs)

/** The form of the text [id] for [count] things, with its arguments. */
@Composable
@ReadOnlyComposable
fun pluralStringResource(id: Int, count: Int, vararg formatArgs: Any): String =
    Texts.now().plural(id, count, *formatArgs)

/** The texts of a language; those of English where it has none. */
class Texts private constructor(private val locale: Locale) {
    private val strings = HashMap<String, String>()
    private val plurals = HashMap<String, Map<String, String>>()

    init {
        read("/values/strings.xml")
        if (locale.language != Locale.ENGLISH.language) read("/values-${locale.language}/strings.xml")
    }

    fun text(id: Int, vararg arguments: Any): String {
        val pattern = strings.getValue(STRINGS.getValue(id))
        // As on Android, a text without arguments is no pattern.
        return if (arguments.isEmpty()) pattern else pattern.format(locale, *arguments)
    }

    /** Only for languages with the two forms of English. */
    fun plural(id: Int, count: Int, vararg arguments: Any): String {
        val pattern = plurals.getValue(PLURALS.getValue(id)).getValue(if (count == 1) "one" else "other")
        return if (arguments.isEmpty()) pattern else pattern.format(locale, *arguments)
    }

    private fun read(path: String) {
        val file = Texts::class.java.getResourceAsStream(path) ?: return
        val root = file.use { DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(it) }.documentElement
        for (element in root.elements("string")) strings[element.getAttribute("name")] = unescaped(element)
        for (element in root.elements("plurals")) {
            plurals[element.getAttribute("name")] =
                element.elements("item").associate { it.getAttribute("quantity") to unescaped(it) }
        }
    }

    private fun Element.elements(tag: String): List<Element> =
        getElementsByTagName(tag).let { found -> (0 until found.length).map { found.item(it) as Element } }

    /** What Android's build tools make of a text: white space is one space, a backslash escapes. */
    private fun unescaped(element: Element): String = element.textContent.trim().replace(Regex("\\s+"), " ")
        .replace("\\n", "\n").replace(Regex("""\\(['"@?\\])"""), "$1")

    companion object {
        private val STRINGS = names(R.string::class.java)
        private val PLURALS = names(R.plurals::class.java)
        private val known = ConcurrentHashMap<Locale, Texts>()

        /** The texts of [locale]. */
        fun of(locale: Locale): Texts = known.getOrPut(locale) { Texts(locale) }

        /** The texts of the default locale. */
        fun now(): Texts = of(Locale.getDefault())

        private fun names(ids: Class<*>): Map<Int, String> =
            ids.fields.filter { it.type == Int::class.java }.associate { it.getInt(null) to it.name }
    }
}
