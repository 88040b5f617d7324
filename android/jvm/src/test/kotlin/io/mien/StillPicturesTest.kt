package io.mien

import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource
import java.io.File
import kotlin.time.Duration.Companion.microseconds

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StillPicturesTest {
    private val engine = Material.engine()

    @AfterAll
    fun close() = engine.close()

    @ParameterizedTest
    @ValueSource(
        strings = [
            "pictures/obama.jpg", "pictures/obama_partial_face.jpg", "pictures/multi_face.jpg",
            "adapt/woman/test/fear/0204.jpg", "adapt/man/test/happy/0062.jpg",
        ],
    )
    fun `results equal the command's to the last digit`(name: String) {
        val printed = Material.mien("analyze", File(Material.repository, "tests/fixtures/$name").path, "--json")
        val faces = printed["inputs"][0]["results"][0]["faces"]
        val result = engine.processBlocking(Material.bytes(name))
        assertEquals(faces.size(), result.faces.size)
        for ((expected, face) in faces.zip(result.faces)) {
            val bounds = face.bounds.run { listOf(x, y, width, height) }
            assertEquals(expected["box"].map { it.asText().toFloat() }, bounds)
            val points = face.landmarks.run { listOf(leftEye, rightEye, nose, leftMouth, rightMouth) }
            val landmarks = expected["landmarks"].map { FacePoint(it[0].asText().toFloat(), it[1].asText().toFloat()) }
            assertEquals(landmarks, points)
            assertEquals(expected["score"].asText().toFloat(), face.score)
            assertEquals(expected["principal"].asBoolean(), face.isPrincipal)
            val quality = expected["quality"].run {
                fun value(name: String) = this[name].asText().toFloat()
                Quality(
                    value("eye_distance"),
                    value("yaw"),
                    value("pitch"),
                    value("roll"),
                    value("sharpness"),
                    value("brightness"),
                    value("contrast"),
                    value("clipped"),
                )
            }
            assertEquals(quality, face.quality)
            assertEquals(expected["issues"].map { it.asText() }, face.issues.map { it.name.lowercase() })
            assertEquals(expected["unsure"].map { it.asText() }, face.unsure.map { name(it) })
            val emotion = face.emotion!!
            assertEquals(expected["emotion"]["label"].asText(), emotion.label.name)
            val probabilities = expected["emotion"]["probabilities"].fields().asSequence()
                .map { LabelProbability(EmotionLabel(it.key), it.value.asText().toFloat()) }.toSet()
            assertEquals(probabilities, emotion.probabilities.toSet())
            val (valence, arousal) = listOf("valence", "arousal").map { expected["emotion"]["affect"][it].asText() }
            assertEquals(Affect(valence.toFloat(), arousal.toFloat()), emotion.affect)
            assertEquals(emotion.affect, Affect.of(emotion.probabilities))
        }
    }

    private fun name(unsure: Unsure) = when (unsure) {
        Unsure.LowConfidence -> "low_confidence"
        Unsure.ShortWindow -> "short_window"
        Unsure.IdentityOpen -> "identity_open"
        is Unsure.Quality -> unsure.issue.name.lowercase()
    }

    @Test
    fun `labels without a position have no valence`() {
        assertEquals(Affect(0.81f, 0.51f), Affect.of(listOf(LabelProbability(EmotionLabel.HAPPY, 1f))))
        assertEquals(
            null,
            Affect.of(
                listOf(LabelProbability(EmotionLabel.HAPPY, 0.8f), LabelProbability(EmotionLabel("bored"), 0.2f)),
            ),
        )
    }

    @Test
    fun `a picture file and its pixels give the same`() {
        val picture = Material.picture("golden/face.png")
        val frame = Frame.copyOf(PixelFormat.RGB_8, picture.width, picture.height, Material.rgb(picture))
        val result = engine.processBlocking(frame)
        assertEquals(engine.processBlocking(Material.bytes("golden/face.png")), result)
        assertEquals(picture.width to picture.height, result.width to result.height)
        assertNotNull(result.principal)
        val emotion = result.principal!!.emotion!!
        assertEquals(emotion.confidence, emotion.probabilities.maxOf { it.probability })
    }

    @Test
    fun `a picture that lies on its side is turned`() {
        val picture = Material.picture("golden/face.png")
        val (width, height, pixels) = Triple(picture.width, picture.height, Material.rgb(picture))
        val side = ByteArray(pixels.size)
        for (row in 0 until height) {
            for (column in 0 until width) {
                val to = 3 * (column * height + height - 1 - row)
                pixels.copyInto(side, to, 3 * (row * width + column), 3 * (row * width + column) + 3)
            }
        }
        val upright = engine.processBlocking(Frame.copyOf(PixelFormat.RGB_8, width, height, pixels))
        val turned = engine.processBlocking(Frame.copyOf(PixelFormat.RGB_8, height, width, side))
        assertEquals(listOf(0, 270), listOf(upright.turnDegrees, turned.turnDegrees))
        assertEquals(upright.principal!!.emotion!!.label, turned.principal!!.emotion!!.label)
    }

    @Test
    fun `a picture without a face is a result`() {
        val result = engine.processBlocking(Frame.copyOf(PixelFormat.GRAY_8, 64, 48, ByteArray(64 * 48)))
        assertEquals(FrameResult(64, 48, emptyList()), result)
        assertEquals(null, result.principal)
    }

    @Test
    fun `something that is no picture is named`() {
        val error = fails(ErrorCode.INVALID_FRAME) { engine.processBlocking(byteArrayOf(1, 2, 3)) }
        assertTrue(error.message!!.startsWith("the picture cannot be read"), error.message)
        fails(ErrorCode.INVALID_FRAME) { engine.processBlocking(ByteArray(0)) }
    }

    @Test
    fun `nobody is known without a store`() {
        val identity = engine.processBlocking(Material.bytes("pictures/obama.jpg")).faces[0].identity
        assertEquals(Identity.Unknown(null, UnknownReason.NOBODY_ENROLLED), identity)
        assertTrue(fails(ErrorCode.STORAGE) { engine.users.list() }.message!!.contains("without a store"))
    }

    @Test
    fun `the engine tells its emotions its networks and its version`() {
        val labels = listOf("neutral", "happy", "sad", "anger", "fear", "disgust", "surprise")
        assertEquals(labels.map(::EmotionLabel).sorted(), engine.labels.sorted())
        assertEquals(labels + "contempt", EmotionLabel.KNOWN.map { it.name })
        for (label in EmotionLabel.KNOWN) assertNotNull(Affect.of(listOf(LabelProbability(label, 1f))), "$label")
        assertEquals(129, engine.networks.length)
        assertTrue(Regex("\\d+\\.\\d+\\.\\d+").matches(EmotionEngine.libraryVersion()))
        assertFalse(engine.isClosed)
    }

    @Test
    fun `every call after close is Closed and closing again does nothing`() {
        val closed = Material.engine()
        val video = closed.video()
        val live = closed.live()
        val clips = closed.users.clips()
        repeat(2) { closed.close() }
        assertTrue(closed.isClosed)
        val blank = Frame.copyOf(PixelFormat.GRAY_8, 64, 48, ByteArray(64 * 48))
        fails(ErrorCode.CLOSED) { closed.processBlocking(blank) }
        fails(ErrorCode.CLOSED) { closed.processBlocking(Material.bytes("pictures/obama.jpg")) }
        fails(ErrorCode.CLOSED) { closed.video() }
        fails(ErrorCode.CLOSED) { closed.live() }
        fails(ErrorCode.CLOSED) { closed.users.list() }
        fails(ErrorCode.CLOSED) { closed.users.clips() }
        fails(ErrorCode.CLOSED) { closed.users.timelines("Anna") }
        fails(ErrorCode.CLOSED) { closed.setting("a") }
        fails(ErrorCode.CLOSED) { closed.pruneTimelines() }
        fails(ErrorCode.CLOSED) { video.processBlocking(blank, 1.microseconds) }
        fails(ErrorCode.CLOSED) { clips.begin(EmotionLabel.HAPPY) }
        fails(ErrorCode.CLOSED) { clips.addBlocking(blank) }
        repeat(2) {
            video.close()
            live.close()
            clips.close()
        }
        fails(ErrorCode.CLOSED) { video.processBlocking(blank, 2.microseconds) }
        fails(ErrorCode.CLOSED) { live.submit(blank, 2.microseconds) }
        fails(ErrorCode.CLOSED) { clips.list() }
    }
}
