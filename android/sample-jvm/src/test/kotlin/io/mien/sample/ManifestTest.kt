package io.mien.sample

import io.mien.Material
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.w3c.dom.Element
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

class ManifestTest {
    private fun parsed(path: String): Element = DocumentBuilderFactory.newInstance().newDocumentBuilder()
        .parse(File(Material.repository, "android/$path")).documentElement

    private fun permissions(path: String): List<String> {
        val found = parsed(path).getElementsByTagName("uses-permission")
        return (0 until found.length).map { found.item(it) as Element }
            .filter { it.getAttribute("tools:node") != "remove" }
            .map { it.getAttribute("android:name") }
    }

    @Test
    fun `the sample asks for camera and microphone and the libraries for nothing`() {
        val asked = listOf("android.permission.CAMERA", "android.permission.RECORD_AUDIO")
        assertEquals(asked, permissions("sample/src/main/AndroidManifest.xml"))
        for (library in listOf("sdk", "camerax")) {
            assertEquals(emptyList<String>(), permissions("$library/src/main/AndroidManifest.xml"))
        }
    }

    @Test
    fun `no backup takes anything along`() {
        val manifest = parsed("sample/src/main/AndroidManifest.xml")
        val application = manifest.getElementsByTagName("application").item(0) as Element
        assertEquals("false", application.getAttribute("android:allowBackup"))
        val file = application.getAttribute("android:dataExtractionRules").removePrefix("@xml/")
        val rules = parsed("sample/src/main/res/xml/$file.xml")
        assertEquals(0, rules.getElementsByTagName("include").length)
        for (way in listOf("cloud-backup", "device-transfer")) {
            val excluded = (rules.getElementsByTagName(way).item(0) as Element).getElementsByTagName("exclude")
            val domains = (0 until excluded.length).map { (excluded.item(it) as Element).getAttribute("domain") }
            assertTrue(
                domains.containsAll(listOf("root", "file", "database", "sharedpref", "external")),
                "$way: $domains",
            )
        }
    }

    @Test
    fun `all that the manifest names exists`() {
        val res = File(Material.repository, "android/sample/src/main/res")
        val sources = res.walk().filter { it.extension == "xml" } +
            File(Material.repository, "android/sample/src/main/AndroidManifest.xml")
        val named = sources.flatMap { Regex("\"@(xml|mipmap|drawable|color)/(\\w+)\"").findAll(it.readText()) }
            .map { it.groupValues[1] to it.groupValues[2] }.toSet()
        assertTrue("mipmap" to "launcher" in named)
        val values = res.walk().filter { it.parentFile.name == "values" }.joinToString { it.readText() }
        for ((kind, name) in named) {
            val exists = if (kind == "color") {
                "<color name=\"$name\">" in values
            } else {
                res.listFiles()!!.any { it.name.startsWith(kind) && File(it, "$name.xml").exists() }
            }
            assertTrue(exists, "@$kind/$name")
        }
    }

    @Test
    fun `the system's settings offer the languages of the texts`() {
        val offered = parsed("sample/src/main/res/xml/languages.xml").getElementsByTagName("locale")
        val names = (0 until offered.length).map { (offered.item(it) as Element).getAttribute("android:name") }
        val folders = File(Material.repository, "android/sample/src/main/res").list()!!
            .filter { it.startsWith("values-") && it != "values-night" }.map { it.removePrefix("values-") }
        assertEquals((folders + "en").toSet(), names.toSet())
    }
}
