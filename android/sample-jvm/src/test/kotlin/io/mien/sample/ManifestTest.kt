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
}
