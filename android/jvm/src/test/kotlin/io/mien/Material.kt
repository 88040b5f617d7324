package io.mien

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import kotlinx.coroutines.runBlocking
import java.awt.image.BufferedImage
import java.io.File
import java.nio.ByteBuffer
import javax.imageio.ImageIO

/** The repository's models, pictures and command. */
object Material {
    val repository = File(System.getProperty("mien.repository")).canonicalFile
    val models = File(repository, "models")

    fun bytes(name: String): ByteArray = File(repository, "tests/fixtures/$name").readBytes()

    fun picture(name: String): BufferedImage = ImageIO.read(File(repository, "tests/fixtures/$name"))

    fun wanda(kind: String, label: String, frame: String): ByteArray = bytes("adapt/woman/$kind/$label/$frame.jpg")

    fun wandas(label: String): List<ByteArray> =
        File(repository, "tests/fixtures/adapt/woman/learn/$label").listFiles()!!.sorted().map { it.readBytes() }

    fun pack(): ModelPack = runBlocking { ModelPack.read(ModelFiles.folder(models)) }

    fun engine(store: StoreLocation? = null, options: EngineOptions = EngineOptions()): EmotionEngine =
        pack().use { runBlocking { EmotionEngine.create(it, options, store) } }

    /** Returns the output of the command `mien` with `--json`. */
    fun mien(vararg arguments: String): JsonNode {
        val process = ProcessBuilder(listOf(System.getProperty("mien.command")) + arguments)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .apply { environment()["MIEN_STORE"] = File(repository, "no-such-store").path }
            .start()
        val text = process.inputStream.readBytes()
        check(process.waitFor() == 0) { "mien ${arguments.joinToString(" ")} failed" }
        return ObjectMapper().readTree(text)
    }

    /** Returns a direct buffer of these bytes. */
    fun direct(bytes: ByteArray): ByteBuffer = ByteBuffer.allocateDirect(bytes.size).put(bytes).also { it.flip() }

    /** Returns red, green and blue of every pixel. */
    fun rgb(picture: BufferedImage): ByteArray {
        val bytes = ByteArray(3 * picture.width * picture.height)
        var at = 0
        for (y in 0 until picture.height) for (x in 0 until picture.width) {
            val pixel = picture.getRGB(x, y)
            for (shift in listOf(16, 8, 0)) bytes[at++] = (pixel shr shift).toByte()
        }
        return bytes
    }

    /** Returns the picture as I420 planes, full range BT.601. */
    fun i420(picture: BufferedImage): Array<ByteArray> {
        val (w, h) = picture.width to picture.height
        val (cw, ch) = (w + 1) / 2 to (h + 1) / 2
        val y = ByteArray(w * h)
        val u = ByteArray(cw * ch)
        val v = ByteArray(cw * ch)
        fun clamp(value: Double) = value.coerceIn(0.0, 255.0).toInt().toByte()
        for (row in 0 until h) for (column in 0 until w) {
            val pixel = picture.getRGB(column, row)
            val (r, g, b) = listOf(16, 8, 0).map { (pixel shr it and 255).toDouble() }
            y[row * w + column] = clamp(0.299 * r + 0.587 * g + 0.114 * b + 0.5)
            if (row % 2 == 0 && column % 2 == 0) {
                val at = row / 2 * cw + column / 2
                u[at] = clamp(-0.168736 * r - 0.331264 * g + 0.5 * b + 128.5)
                v[at] = clamp(0.5 * r - 0.418688 * g - 0.081312 * b + 128.5)
            }
        }
        return arrayOf(y, u, v)
    }
}

/** Runs [work], which must throw an [E], and returns the exception. */
inline fun <reified E : Throwable> fails(noinline work: suspend () -> Unit): E =
    org.junit.jupiter.api.assertThrows<E> { runBlocking { work() } }

/** Runs [work], which must throw an error of this [code], and returns the error. */
fun fails(code: ErrorCode, work: suspend () -> Unit): MienError =
    fails<MienError>(work).also { org.junit.jupiter.api.Assertions.assertEquals(code, it.code, "$it") }

/** The code, if this is an error of the library. */
val Throwable?.errorCode: ErrorCode?
    get() = (this as? MienError)?.code

/** The original cause; with assertions of the Java VM, coroutines wrap an exception in a copy of itself. */
val MienError.origin: Throwable?
    get() = generateSequence(cause) { it.cause }.firstOrNull { it !is MienError }
