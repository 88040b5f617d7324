package io.mien

import io.mien.internal.AudioChunk
import io.mien.internal.core
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.Random
import kotlin.math.PI
import kotlin.math.pow
import kotlin.math.sin
import kotlin.time.Duration
import kotlin.time.Duration.Companion.microseconds
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/** Sound beside frames; the voices are synthesized. */
class AudioTest {
    @TempDir
    lateinit var folder: File
    private lateinit var engine: EmotionEngine

    @BeforeEach
    fun open() {
        engine = Material.engine(StoreLocation.unencrypted(folder))
    }

    @AfterEach
    fun close() = engine.close()

    /**
     * Two seconds of a voice of this pitch, with the breath of its consonants, in faint noise; a second of quiet before
     * and after.
     */
    private fun utterance(pitchHz: Double, seed: Long, tilt: Double = 0.8): FloatArray {
        val random = Random(seed)
        var phase = 0.0
        return FloatArray(4 * RATE) {
            val time = it.toDouble() / RATE
            val noise = random.nextGaussian()
            if (time !in 1.0..3.0) {
                (1e-4 * noise).toFloat()
            } else {
                phase += 2 * PI * (pitchHz + 0.2 * pitchHz * sin(4 * time)) / RATE
                val voice = (1..20).sumOf { k -> tilt.pow(k) * sin(k * phase) }
                (0.1 * (0.6 + 0.4 * sin(25 * time)) * voice + 2e-3 * noise).toFloat()
            }
        }
    }

    private fun direct(samples: FloatArray): ByteBuffer {
        val bytes = ByteBuffer.allocateDirect(4 * samples.size).order(ByteOrder.nativeOrder())
        bytes.asFloatBuffer().put(samples)
        return bytes
    }

    private suspend fun enrollWanda() = engine.users.enroll("Wanda").use {
        for (label in LABELS) it.addBlocking(Material.wandas(label).first())
        it.finish()
    }

    /** Records the pictures with a voice for each emotion. */
    private fun record(): Clips = engine.users.clips().also { clips ->
        LABELS.forEachIndexed { at, label ->
            Material.wandas(label).forEachIndexed { index, picture ->
                clips.begin(EmotionLabel(label))
                clips.addAudio(utterance(PITCHES[at], index.toLong(), TILTS[at]), Duration.ZERO)
                clips.addBlocking(picture)
                clips.endBlocking()
            }
        }
    }

    private fun woman(): List<Frame> = (0..35).map { Material.picture("clip/%04d.jpg".format(it)) }
        .map { Frame.copyOf(PixelFormat.RGB_8, it.width, it.height, Material.rgb(it)) }

    /** Shows frames six times per second while the sound is heard. */
    private fun VideoSession.hear(frames: List<Frame>, sound: FloatArray): List<StreamResult> =
        frames.mapIndexed { index, frame ->
            val at = STEP_TIME * index
            val from = minOf(index * STEP, sound.size)
            val chunk = sound.copyOfRange(from, minOf(from + STEP, sound.size))
            submitAudio(chunk, at)
            processBlocking(frame, at + STEP_TIME - 1.microseconds)
        }

    @Test
    fun `speech is silent until its user adapted a head and joins the answer then`() = runBlocking<Unit> {
        enrollWanda()
        val frames = woman()
        val sound = utterance(PITCHES[0], 99, TILTS[0])
        val silent = engine.video().use { it.hear(frames, sound) }
        val heard = silent.mapNotNull { it.speech }
        val track = silent.first().faces.single().track
        assertTrue(heard.any { it.speaker == track && it.refusal == null && it.doubts.isEmpty() }, "$heard")
        assertTrue(heard.all { it.start in 800.milliseconds..1200.milliseconds && it.end > it.start }, "$heard")
        assertTrue(heard.any { it.isOngoing } && heard.any { it.refusal == SpeechRefusal.DOUBTFUL }, "$heard")
        assertTrue(heard.flatMap { it.doubts }.contains(SpeechDoubt.SHORT))
        assertEquals(null, silent.last().speech, "it is over")
        val alone = silent.flatMap { it.faces }.mapNotNull { it.emotion?.modalities }.toSet()
        assertEquals(setOf(listOf(Modality.FACE)), alone)

        record().use { clips ->
            assertTrue(clips.list().all { it.speech == ClipSpeech(null, emptyList()) }, "${clips.list()}")
            val adapted = engine.users.adapt("Wanda", clips)
            assertTrue(adapted.face.isAccepted && adapted.speech!!.isAccepted, "$adapted")
            assertEquals(18, adapted.speech!!.clips.sumOf { it.count })
        }
        val user = engine.users.get("Wanda")
        assertEquals(1 to 1, user.activeGeneration to user.activeSpeechGeneration)
        assertTrue(user.speechGenerations.single().isUsable)
        val joined = engine.video().use { it.hear(frames, sound) }
        val both = joined.flatMap { it.faces }.mapNotNull { it.emotion }.filter { Modality.SPEECH in it.modalities }
        assertTrue(both.size >= 4 && both.all { it.isAdapted && it.modalities.size == 2 }, "${both.size}")

        assertEquals(null, engine.users.rollback("Wanda", modality = Modality.SPEECH))
        val back = engine.users.get("Wanda")
        assertEquals(1 to null, back.activeGeneration to back.activeSpeechGeneration)
        assertEquals(1, engine.users.rollback("Wanda", 1, Modality.SPEECH))
    }

    @Test
    fun `speech that may be another's or is doubtful is left out of clips and named`() {
        val sound = utterance(140.0, 1)
        engine.users.clips().use { clips ->
            fails(ErrorCode.INVALID_OPTION) { clips.addAudio(sound, Duration.ZERO) }
            fun record(vararg pictures: ByteArray, sound: Clips.() -> Unit) {
                clips.begin(EmotionLabel.HAPPY)
                clips.sound()
                pictures.forEach { clips.addBlocking(it) }
                clips.endBlocking()
            }
            val face = Material.wandas("happy").first()
            record(face) {}
            record(face) { addAudio(ShortArray(RATE), Duration.ZERO) }
            record(face, face, face, face) { addAudio(sound, Duration.ZERO) }
            record(face) { addAudio(direct(sound), SampleFormat.F32, Duration.ZERO) }
            record(face) { addAudio(FloatArray(sound.size) { 30 * sound[it] }, Duration.ZERO) }
            val speech = clips.list().map { it.speech }
            assertEquals(null, speech[0], "no sound")
            assertEquals(SpeechRefusal.DOUBTFUL, speech[1]!!.refusal)
            assertTrue(SpeechDoubt.NO_VOICE in speech[1]!!.doubts, "${speech[1]}")
            assertEquals(ClipSpeech(SpeechRefusal.MOUTH_STILL, emptyList()), speech[2])
            assertEquals(ClipSpeech(null, emptyList()), speech[3])
            assertTrue(SpeechDoubt.CLIPPED in speech[4]!!.doubts, "${speech[4]}")
        }
    }

    @Test
    fun `arrays and buffers of both types are heard alike`() {
        val frames = woman().take(26)
        val sound = utterance(140.0, 1)
        val shorts = ShortArray(sound.size) { (32767 * sound[it]).toInt().toShort() }
        val floats = FloatArray(sound.size) { shorts[it] / 32768f }
        val heap = ByteBuffer.allocate(2 * shorts.size).order(ByteOrder.nativeOrder())
        heap.asShortBuffer().put(shorts)
        fun heard(submit: LiveSession.() -> Unit): HeardSpeech? = engine.live(LIVE).use { live ->
            live.submit()
            live.submit(frames[0], 4_100_000.microseconds)
            live.receiveBlocking(60.seconds)!!.speech
        }
        val expected = heard { submitAudio(floats, Duration.ZERO) }
        assertEquals(SpeechRefusal.NO_FACE, expected!!.refusal)
        assertEquals(expected, heard { submitAudio(shorts, Duration.ZERO) })
        assertEquals(expected, heard { submitAudio(heap, SampleFormat.I16, Duration.ZERO) })
        assertEquals(expected, heard { submitAudio(direct(floats), SampleFormat.F32, Duration.ZERO) })
        val stereo = FloatArray(2 * floats.size) { floats[it / 2] }
        assertEquals(expected, heard { submitAudio(stereo, Duration.ZERO, AudioFormat(channels = 2)) })
        assertEquals(expected, heard { submitAudio(floats + FloatArray(99), Duration.ZERO, count = floats.size) })
        assertEquals(0, heap.position())
        assertEquals(null, heard { submitAudio(ShortArray(0), Duration.ZERO) })
    }

    @Test
    fun `sound that cannot be is refused`() {
        engine.video().use { video ->
            val sound = ShortArray(1600)
            fails(ErrorCode.INVALID_OPTION) { video.submitAudio(sound, Duration.ZERO, AudioFormat(rateHz = 96_000)) }
            fails(ErrorCode.INVALID_OPTION) { video.submitAudio(sound, Duration.ZERO, AudioFormat(channels = 3)) }
            fails(ErrorCode.INVALID_OPTION) { video.submitAudio(sound, Duration.ZERO, AudioFormat(rateHz = -1)) }
            fails(ErrorCode.INVALID_OPTION) { video.submitAudio(sound, (-1).microseconds) }
            fails(ErrorCode.INVALID_OPTION) { video.submitAudio(sound, Duration.ZERO, count = 1601) }
            fails(ErrorCode.INVALID_OPTION) { video.submitAudio(sound, Duration.ZERO, count = -1) }
            fails(ErrorCode.INVALID_OPTION) {
                video.submitAudio(ByteBuffer.allocateDirect(3), SampleFormat.I16, Duration.ZERO)
            }
            fails(ErrorCode.INVALID_OPTION) { engine.video(StreamOptions { speechHold = 1.minutes + 1.microseconds }) }
            video.submitAudio(sound, 10_000_000.microseconds)
            fails(ErrorCode.TIMESTAMP_ORDER) { video.submitAudio(sound, 8_000_000.microseconds) }
            video.submitAudio(FloatArray(1600) { Float.NaN }, 10_100_000.microseconds)
            video.close()
            fails(ErrorCode.CLOSED) { video.submitAudio(sound, Duration.ZERO) }
        }
        val live = engine.live()
        engine.close()
        fails(ErrorCode.CLOSED) { live.submitAudio(ShortArray(16), Duration.ZERO) }
        live.close()
        val options = EngineOptions { genericSpeechHead = ByteArray(9) }
        fails(ErrorCode.PROFILE_CORRUPT) { Material.engine(options = options) }
    }

    @Test
    fun `speech that nobody can vouch for is learned if the application does`() = runBlocking<Unit> {
        enrollWanda()
        engine.users.clips().use { clips ->
            LABELS.forEachIndexed { at, label ->
                for (take in 0L..3L) {
                    clips.begin(EmotionLabel(label))
                    clips.addAudio(utterance(PITCHES[at], take, TILTS[at]), Duration.ZERO)
                    repeat(4) { clips.addBlocking(Material.wandas(label)[take.toInt()]) }
                    clips.end()
                }
            }
            assertTrue(clips.list().all { it.speech!!.refusal == SpeechRefusal.MOUTH_STILL }, "${clips.list()}")
            assertEquals(null, engine.users.adapt("Wanda", clips).speech)
            val adapted = engine.users.adapt("Wanda", clips, AdaptOptions { allowsUncheckedVoices = true })
            assertEquals(12, adapted.speech!!.clips.sumOf { it.count })
        }
    }

    @Test
    fun `speech without a face is kept for the application that vouches for it`() = runBlocking<Unit> {
        enrollWanda()
        val unchecked = AdaptOptions { allowsUncheckedVoices = true }
        fun Clips.hear(label: String?, at: Int, take: Long): Int {
            begin(label?.let(::EmotionLabel))
            addAudio(utterance(PITCHES[at], take, TILTS[at]), Duration.ZERO)
            return endBlocking()
        }
        record().use { clips ->
            val recorded = clips.list().size
            LABELS.forEachIndexed { at, label -> assertEquals(0, clips.hear(label, at, 77)) }
            assertEquals(ClipSpeech(SpeechRefusal.NO_FACE, emptyList()), clips.list().last().speech)
            clips.hear(null, 0, 78)
            assertEquals(recorded + LABELS.size, clips.list().size, "speech of an unlabeled clip is not learned")
            val (face, speech) = engine.users.adapt("Wanda", clips, unchecked).run { face to speech!! }
            assertEquals(
                listOf(recorded, recorded + LABELS.size),
                listOf(face, speech).map {
                    it.clips.sumOf { it.count }
                },
            )
            assertEquals(recorded, engine.users.adapt("Wanda", clips).speech!!.clips.sumOf { it.count })
        }
        engine.users.clips().use { clips ->
            clips.hear("happy", 0, 77)
            val error = fails(ErrorCode.NOT_ENOUGH_SAMPLES) { engine.users.adapt("Wanda", clips, unchecked) }
            assertTrue(error.message!!.contains("face"), error.message)
        }
        // In the store too.
        engine.users.clips("Wanda").use { clips ->
            clips.hear("happy", 0, 77)
            clips.hear(null, 0, 78)
        }
        val kept = engine.users.clips("Wanda").use { it.list() }
        assertEquals(
            listOf(ClipSummary("happy/1", EmotionLabel.HAPPY, 0, false, ClipSpeech(SpeechRefusal.NO_FACE))),
            kept,
        )
    }

    @Test
    fun `weights of face and voice are checked`() {
        val options = EngineOptions { fusion = Fusion { speech = FusionWeights { adapted = 0f } } }
        fails(ErrorCode.INVALID_OPTION) { Material.engine(options = options) }
        val light = Fusion {
            face = FusionWeights { generic = 0.5f }
            speech = FusionWeights {
                generic = 2f
                adapted = 3f
            }
        }
        val (face, speech) = EngineOptions { fusion = light }.core().fusion.run { face to speech }
        assertEquals(listOf(0.5f, 1f), listOf(face.generic, face.adapted))
        assertEquals(listOf(2f, 3f), listOf(speech.generic, speech.adapted))
    }

    @Test
    fun `copies of sound are wiped after each call`() {
        engine.video().use { video ->
            video.submitAudio(ShortArray(160) { 12_345 }, Duration.ZERO)
            video.submitAudio(FloatArray(160) { 0.5f }, 10_000.microseconds)
            video.submitAudio(ByteBuffer.wrap(ByteArray(320) { 9 }), SampleFormat.I16, 20.milliseconds)
            fails(ErrorCode.INVALID_OPTION) { video.submitAudio(ShortArray(160) { 1 }, (-1).microseconds) }
        }
        val held = AudioChunk.OF_THREAD.get()!!.duplicate().apply { clear() }
        assertTrue(held.capacity() >= 640)
        assertTrue((0 until held.capacity()).all { held.get(it) == 0.toByte() })
    }

    private companion object {
        const val RATE = 16_000
        const val STEP = 2667
        val STEP_TIME = 166_667.microseconds
        val LABELS = listOf("happy", "sad", "fear")
        val PITCHES = listOf(200.0, 110.0, 300.0)
        val TILTS = listOf(0.8, 0.6, 0.9)
        val LIVE = LiveOptions { minChange = 0f }
    }
}
