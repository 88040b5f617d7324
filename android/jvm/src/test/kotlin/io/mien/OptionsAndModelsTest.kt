package io.mien

import io.mien.internal.core
import io.mien.internal.errorOf
import io.mien.internal.public
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayInputStream
import java.io.File
import java.io.FileNotFoundException
import kotlin.time.Duration.Companion.microseconds

class OptionsAndModelsTest {
    @Test
    fun `an engine that is cancelled while it is made leaves the store free`(@TempDir folder: File) =
        runBlocking<Unit> {
            val store = StoreLocation.unencrypted(folder)
            Material.pack().use { pack ->
                repeat(5) { round ->
                    val making = launch(Dispatchers.Default) { EmotionEngine.create(pack, store = store).close() }
                    delay(1L + 15 * round)
                    making.cancelAndJoin()
                }
                EmotionEngine.create(pack, store = store).close()
            }
        }

    @Test
    fun `the options of a fit suit the head`() {
        EmotionEngine.libraryVersion()
        assertEquals(FitOptions(), FitOptions.of(HeadKind.LOGISTIC))
        for (kind in HeadKind.entries) {
            assertEquals(io.mien.ffi.defaultFitOptions(kind.core()), FitOptions.of(kind).core(), "$kind")
        }
    }

    @Test
    fun `options out of range are refused with their name`() {
        val engineOptions = listOf(
            "size" to EngineOptions { detector = DetectorOptions { size = 100 } },
            "score" to EngineOptions { detector = DetectorOptions { score = 2f } },
            "max_faces" to EngineOptions { detector = DetectorOptions { maxFaces = 0 } },
            "maxFaces" to EngineOptions { detector = DetectorOptions { maxFaces = -1 } },
        )
        for ((name, options) in engineOptions) {
            val error = fails(ErrorCode.INVALID_OPTION) { Material.engine(options = options) }
            assertTrue(error.message!!.contains(name), error.message)
        }
        fails(ErrorCode.INVALID_OPTION) {
            Material.engine(
                options = EngineOptions {
                    calibration = Calibration(threshold = 9f, rise = 0f, margin = 0f)
                },
            )
        }
        fails(ErrorCode.PROFILE_CORRUPT) {
            Material.engine(options = EngineOptions { genericHead = byteArrayOf(1) })
        }
        Material.engine().use { engine ->
            fails(ErrorCode.INVALID_OPTION) { engine.video(StreamOptions { analyzeFps = Float.NaN }) }
            fails(ErrorCode.INVALID_OPTION) {
                engine.video(StreamOptions { tracker = TrackerOptions { maxFaces = 0 } })
            }
            fails(ErrorCode.INVALID_OPTION) { engine.live(LiveOptions { targetFps = 0f }) }
            fails(ErrorCode.INVALID_OPTION) { engine.live(LiveOptions { maxResults = -3 }) }
            fails(ErrorCode.INVALID_OPTION) { engine.live(LiveOptions { maxIdle = (-1).microseconds }) }
        }
    }

    @Test
    fun `limits of quality are the engine's`() {
        Material.engine(options = EngineOptions { quality = QualityLimits { eyeDistance = 10_000f } }).use { engine ->
            val face = engine.processBlocking(Material.bytes("pictures/obama.jpg")).faces[0]
            assertTrue(QualityIssue.TOO_SMALL in face.issues, "${face.issues}")
        }
    }

    @Test
    fun `networks that run beside each other give the same`() {
        val beside = EngineOptions { isParallel = true }
        assertTrue(beside.core().parallel)
        val faces = listOf(EngineOptions(), beside).map { options ->
            Material.engine(options = options).use { it.processBlocking(Material.bytes("pictures/obama.jpg")).faces }
        }
        assertTrue(faces[0][0].emotion != null)
        assertEquals(faces[0], faces[1])
    }

    @Test
    fun `every code of the frame path is a code of errors`() {
        assertEquals(ErrorCode.entries, (1..ErrorCode.entries.size).map { errorOf(it, "said").code })
        assertEquals(ErrorCode.INTERNAL, errorOf(99, "said").code)
        val error = errorOf(5, "said", "said of Wanda")
        assertEquals(listOf("UserNotFound: said", "said of Wanda"), listOf(error.toString(), error.details))
    }

    @Test
    fun `a pack names its files`() {
        Material.pack().use { pack ->
            assertTrue(pack.name.isNotEmpty())
            assertEquals(setOf("yunet.onnx", "mobilenet.onnx", "expression.onnx"), pack.files.toSet())
            Material.pack().use { other ->
                pack.overlaid(other).use { assertEquals(pack.files.toSet(), it.files.toSet()) }
            }
        }
    }

    @Test
    fun `a damaged or missing model file is named`() {
        val whole = ModelFiles.folder(Material.models)
        val damaged = ModelFiles { name ->
            val bytes = whole.open(name).readBytes()
            if (name == "yunet.onnx") bytes[1000] = (bytes[1000] + 1).toByte()
            ByteArrayInputStream(bytes)
        }
        assertTrue(fails(ErrorCode.MODEL_LOAD) { ModelPack.read(damaged) }.message!!.contains("yunet.onnx"))
        val missing = ModelFiles { name ->
            if (name == "mobilenet.onnx") throw FileNotFoundException(name) else whole.open(name)
        }
        assertTrue(fails(ErrorCode.MODEL_LOAD) { ModelPack.read(missing) }.message!!.contains("mobilenet.onnx"))
        fails(ErrorCode.MODEL_LOAD) { ModelPack.read(ModelFiles { ByteArrayInputStream(byteArrayOf(1)) }) }
        val error = fails(ErrorCode.MODEL_LOAD) { ModelPack.read(ModelFiles.folder(File("/nowhere"))) }
        assertTrue(error.message!!.contains(ModelPack.MANIFEST))
    }
}
