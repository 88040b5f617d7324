package io.mien

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

class UsersTest {
    @TempDir
    lateinit var folder: File
    private val engine by lazy { Material.engine(StoreLocation.unencrypted(folder)) }
    private val probe = Material.wanda("test", "fear", "0204")

    @AfterEach
    fun close() = engine.close()

    private suspend fun enrollWanda() = engine.users.enroll("Wanda").use { enrollment ->
        for ((label, frame) in listOf("sad" to "0018", "happy" to "0300", "happy" to "0332")) {
            assertTrue(enrollment.addBlocking(Material.wanda("learn", label, frame)) is EnrollmentStep.Accepted)
        }
        enrollment.finish()
    }

    private fun recordWanda(labels: List<String> = listOf("fear", "happy", "sad")): Clips = engine.users.clips().apply {
        for (label in labels) for (picture in Material.wandas(label)) {
            begin(EmotionLabel(label))
            assertEquals(ClipStep.Taken(1), addBlocking(picture))
            assertEquals(1, endBlocking())
        }
    }

    private fun emotion(of: EmotionEngine = engine) = of.processBlocking(probe).faces[0].emotion!!

    @Test
    fun `an enrolled user is recognized`() = runBlocking<Unit> {
        assertEquals(3, enrollWanda())
        val identity = engine.processBlocking(probe).faces[0].identity
        assertTrue(identity is Identity.User && identity.name == "Wanda" && identity.similarity > 0.6f, "$identity")
        val user = engine.users.get("Wanda")
        assertEquals(listOf(user), engine.users.list())
        assertEquals(3 to null, user.embeddings to user.activeGeneration)
        assertTrue(user.enrolledAt > Instant.fromEpochSeconds(1_600_000_000))
        assertTrue(engine.users.verify("Wanda", probe)!!.resembles)
        assertFalse(engine.users.verify("Wanda", Material.bytes("pictures/obama.jpg"))!!.resembles)
    }

    @Test
    fun `an enrollment counts and says why not`() = runBlocking<Unit> {
        val enrollment = engine.users.enroll(
            "Wanda",
            EnrollmentOptions {
                targetFrames = 2
                maxFrames = 2
            },
        )
        val blank = Frame.copyOf(PixelFormat.GRAY_8, 320, 240, ByteArray(320 * 240))
        assertEquals(EnrollmentStep.Rejected(Rejection.NoFace, "no face"), enrollment.addBlocking(blank))
        val several = enrollment.addBlocking(Material.bytes("pictures/multi_face.jpg")) as EnrollmentStep.Rejected
        assertTrue(several.reason is Rejection.SeveralFaces)
        val first = Material.wanda("learn", "sad", "0018")
        assertEquals(EnrollmentStep.Accepted(1, 2), enrollment.addBlocking(first))
        assertEquals(Rejection.TooSimilar, (enrollment.addBlocking(first) as EnrollmentStep.Rejected).reason)
        assertFalse(enrollment.isComplete)
        assertTrue(enrollment.addBlocking(Material.wanda("learn", "happy", "0300")) is EnrollmentStep.Accepted)
        assertTrue(enrollment.isComplete)
        assertEquals(2, enrollment.count)
        val step = enrollment.addBlocking(Material.wanda("learn", "happy", "0332"))
        assertEquals(Rejection.Enough, (step as EnrollmentStep.Rejected).reason)
        assertEquals(2, enrollment.finish())
        fails(ErrorCode.CLOSED) { enrollment.finish() }
    }

    @Test
    fun `the frame path gives an enrollment the same answers`() = runBlocking<Unit> {
        val picture = Material.picture("pictures/multi_face.jpg")
        val frame = Frame.copyOf(PixelFormat.RGB_8, picture.width, picture.height, Material.rgb(picture))
        engine.users.enroll("Anna").use { enrollment ->
            val (byFile, byFrame) = enrollment.addBlocking(Material.bytes("pictures/multi_face.jpg")) to
                enrollment.addBlocking(frame)
            val kinds = listOf(byFile, byFrame).map { (it as EnrollmentStep.Rejected).reason::class }
            assertEquals(kinds[0], kinds[1])
        }
    }

    @Test
    fun `an enrollment that is closed or too short keeps nobody`() = runBlocking<Unit> {
        engine.users.enroll("Anna").use { it.addBlocking(Material.bytes("pictures/obama.jpg")) }
        val enrollment = engine.users.enroll("Anna")
        val error = fails(ErrorCode.NOT_ENOUGH_SAMPLES) { enrollment.finish() }
        assertTrue(error.message!!.contains("no frame was given"))
        repeat(2) { enrollment.close() }
        fails(ErrorCode.CLOSED) { enrollment.addBlocking(probe) }
        assertEquals(emptyList<User>(), engine.users.list())
    }

    @Test
    fun `names that are taken empty or unknown are refused`() = runBlocking<Unit> {
        enrollWanda()
        assertTrue(fails(ErrorCode.INVALID_OPTION) { engine.users.enroll("Wanda") }.details!!.contains("Wanda"))
        fails(ErrorCode.INVALID_OPTION) { engine.users.enroll("") }
        fails(ErrorCode.USER_NOT_FOUND) { engine.users.enrollMore("Anna") }
        fails(ErrorCode.USER_NOT_FOUND) { engine.users.get("Anna") }
        fails(ErrorCode.USER_NOT_FOUND) { engine.users.delete("Anna") }
        fails(ErrorCode.USER_NOT_FOUND) { engine.users.rollback("Anna") }
        fails(ErrorCode.USER_NOT_FOUND) { engine.users.verify("Anna", probe) }
    }

    @Test
    fun `another person is not added to a user`() = runBlocking<Unit> {
        enrollWanda()
        engine.users.enrollMore("Wanda").use { enrollment ->
            val step = enrollment.addBlocking(Material.bytes("pictures/obama.jpg")) as EnrollmentStep.Rejected
            assertTrue(step.reason is Rejection.LooksLikeSomebodyElse, "$step")
            assertTrue(enrollment.addBlocking(Material.wanda("learn", "fear", "0160")) is EnrollmentStep.Accepted)
            assertEquals(1, enrollment.finish())
        }
        engine.users.enroll("Anna").use { enrollment ->
            val step = enrollment.addBlocking(probe) as EnrollmentStep.Rejected
            assertEquals("Wanda", (step.reason as Rejection.LooksLikeAnotherUser).name)
        }
        assertEquals(4, engine.users.get("Wanda").embeddings)
    }

    @Test
    fun `a head is learned rolled back and forward`() = runBlocking<Unit> {
        enrollWanda()
        val steps = mutableListOf<AdaptProgress>()
        val report = recordWanda().use { engine.users.adapt("Wanda", it) { step -> steps.add(step) } }.face
        assertTrue(report.isAccepted, report.reason)
        assertEquals(null to emptyList<LeftOut>(), report.refusal to report.leftOut)
        assertEquals(LearningMode.LABELED, report.mode)
        assertEquals(
            setOf(EmotionLabel.FEAR, EmotionLabel.HAPPY, EmotionLabel.SAD),
            report.clips.map {
                it.label
            }.toSet(),
        )
        assertEquals(18, report.clips.sumOf { it.count })
        assertTrue(steps.isNotEmpty() && steps.all { it.epoch <= it.epochs && it.loss.isFinite() })
        assertEquals(EmotionLabel.FEAR to true, emotion().run { label to isAdapted })
        val generation = engine.users.get("Wanda").generations.single()
        assertEquals(Triple(1, 18, true), Triple(generation.number, generation.clips, generation.isUsable))
        assertEquals(null, engine.users.rollback("Wanda"))
        assertFalse(emotion().isAdapted)
        fails(ErrorCode.INVALID_OPTION) { engine.users.rollback("Wanda") }
        assertEquals(1, engine.users.rollback("Wanda", 1))
        assertTrue(emotion().isAdapted)
        assertEquals(null, engine.users.rollback("Wanda", 0))
        fails(ErrorCode.INVALID_OPTION) { engine.users.rollback("Wanda", 9) }
    }

    @Test
    fun `every kind of head can be learned`() = runBlocking<Unit> {
        enrollWanda()
        recordWanda().use { clips ->
            for (kind in HeadKind.values()) {
                val fit = FitOptions.of(kind).copy { epochs = 10 }
                val report = engine.users.adapt(
                    "Wanda",
                    clips,
                    AdaptOptions {
                        head = kind
                        this.fit = fit
                        folds = 2
                        isGated = false
                    },
                ).face
                assertTrue(report.isAccepted, "$kind: ${report.reason}")
            }
        }
        val generations = engine.users.get("Wanda").generations
        assertEquals(listOf(2, 3, 4), generations.map { it.number })
    }

    @Test
    fun `clips without a label are learned where the options say so`() = runBlocking<Unit> {
        enrollWanda()
        recordWanda().use { clips ->
            clips.begin(null)
            clips.addBlocking(Material.wanda("test", "happy", "0438"))
            clips.end()
            assertEquals(ClipSummary("unlabeled/1", null, 1, false), clips.list().last())
            val options = AdaptOptions {
                pseudoLabels = PseudoLabels { confidence = 0.5f }
                folds = 2
            }
            assertEquals(1, engine.users.adapt("Wanda", clips, options).face.pseudoLabeled)
        }
    }

    @Test
    fun `clips of somebody else are named and never learned`() = runBlocking<Unit> {
        enrollWanda()
        recordWanda().use { clips ->
            clips.begin(EmotionLabel.HAPPY, "a guest")
            clips.addBlocking(Material.bytes("pictures/obama.jpg"))
            clips.end()
            clips.confirm("a guest")
            val report = engine.users.adapt("Wanda", clips).face
            assertTrue(report.isAccepted, report.reason)
            val guest = report.leftOut.single()
            assertEquals(Triple(18, "a guest", EmotionLabel.HAPPY), Triple(guest.index, guest.name, guest.label))
            assertTrue(guest.reason is LeftOutReason.SomebodyElse, "${guest.reason}")
            assertEquals(18, report.clips.sumOf { it.count })
        }
        engine.users.clips().use { clips ->
            for (label in listOf("happy", "sad")) {
                clips.begin(EmotionLabel(label))
                clips.addBlocking(Material.bytes("pictures/obama.jpg"))
                clips.end()
            }
            val report = engine.users.adapt("Wanda", clips).face
            assertEquals(false to Refusal.SOMEBODY_ELSE, report.isAccepted to report.refusal)
            assertEquals(listOf("happy/1", "sad/1"), report.leftOut.map { it.name })
            val unchecked = AdaptOptions { allowsUncheckedFaces = true }
            fails(ErrorCode.INVALID_OPTION) { engine.users.adapt("Wanda", clips, unchecked) }
        }
    }

    @Test
    fun `pictures of two people enroll nobody and are told apart`() = runBlocking<Unit> {
        engine.users.enroll("Guest").use { enrollment ->
            enrollment.addBlocking(Material.bytes("pictures/obama.jpg"))
            enrollment.addBlocking(Material.wanda("learn", "happy", "0300"))
            enrollment.addBlocking(Material.bytes("pictures/obama2.jpg"))
            enrollment.addBlocking(Material.wanda("learn", "sad", "0018"))
            assertTrue(enrollment.isMixture)
            fails(ErrorCode.SEVERAL_PEOPLE) { enrollment.finish() }
            assertEquals(setOf(listOf(0, 2), listOf(1, 3)), enrollment.people().toSet())
        }
        assertEquals(emptyList<User>(), engine.users.list())
    }

    @Test
    fun `neutral clips alone need statistics of a generic head`() = runBlocking<Unit> {
        enrollWanda()
        engine.users.clips().use { clips ->
            clips.begin(EmotionLabel("Neutral"))
            clips.addBlocking(Material.wanda("learn", "sad", "0018"))
            clips.end()
            clips.confirm(clips.list().single().name)
            assertEquals(Refusal.TOO_FEW_CLIPS, engine.users.adapt("Wanda", clips).face.refusal)
        }
    }

    @Test
    fun `clips are begun ended removed and cleared`() = runBlocking<Unit> {
        engine.users.clips().use { clips ->
            fails(ErrorCode.INVALID_OPTION) { clips.addBlocking(probe) }
            fails(ErrorCode.INVALID_OPTION) { clips.end() }
            clips.begin(EmotionLabel.HAPPY)
            fails(ErrorCode.INVALID_OPTION) { clips.begin(EmotionLabel.SAD) }
            assertEquals(
                ClipStep.NoFace,
                clips.addBlocking(Frame.copyOf(PixelFormat.GRAY_8, 64, 64, ByteArray(64 * 64))),
            )
            assertEquals(0, clips.end(), "a clip without frames is dropped")
            for (label in listOf("happy", "sad")) {
                clips.begin(EmotionLabel(label))
                clips.addBlocking(probe)
                clips.end()
            }
            clips.remove(0)
            assertEquals(listOf(ClipSummary("sad/1", EmotionLabel.SAD, 1, false)), clips.list())
            fails(ErrorCode.INVALID_OPTION) { clips.remove(1) }
            fails(ErrorCode.INVALID_OPTION) { clips.begin(EmotionLabel.HAPPY, "sad/1") }
            clips.confirm("sad/1")
            assertTrue(clips.list().single().isConfirmed)
            fails(ErrorCode.INVALID_OPTION) { clips.confirm("happy/1") }
            clips.clear()
            assertEquals(emptyList<ClipSummary>(), clips.list())
        }
    }

    @Test
    fun `a label that nobody knows and too few clips are refused`() = runBlocking<Unit> {
        enrollWanda()
        recordWanda(listOf("happy")).use { clips ->
            assertEquals(Refusal.TOO_FEW_CLIPS, engine.users.adapt("Wanda", clips).face.refusal)
            val error = fails(ErrorCode.INVALID_OPTION) { clips.begin(EmotionLabel("bored")) }
            assertTrue(error.details!!.contains("bored"), error.details)
            clips.begin(EmotionLabel("Joy"))
            clips.end()
        }
        engine.users.clips().use { fails(ErrorCode.NOT_ENOUGH_SAMPLES) { engine.users.adapt("Wanda", it) } }
    }

    @Test
    fun `cancelling an adaptation leaves the user without a head`() = runBlocking<Unit> {
        enrollWanda()
        recordWanda().use { clips ->
            val begun = CompletableDeferred<Unit>()
            val job = async { engine.users.adapt("Wanda", clips, SLOW.copy { isGated = false }) { slowly(begun) } }
            begun.await()
            job.cancelAndJoin()
            assertTrue(job.isCancelled)
            fails<CancellationException> { job.await() }
            assertEquals(null, engine.users.get("Wanda").activeGeneration)
        }
    }

    @Test
    fun `what progress throws comes out and cancels`() = runBlocking<Unit> {
        enrollWanda()
        recordWanda().use { clips ->
            val error = fails<IllegalArgumentException> {
                engine.users.adapt("Wanda", clips) { throw IllegalArgumentException("mine") }
            }
            assertEquals("mine", error.message)
        }
        assertEquals(null, engine.users.get("Wanda").activeGeneration)
    }

    @Test
    fun `closing the engine ends an adaptation`() = runBlocking<Unit> {
        enrollWanda()
        recordWanda().use { clips ->
            val begun = CompletableDeferred<Unit>()
            var error: Throwable? = null
            val job = launch {
                error = runCatching { engine.users.adapt("Wanda", clips, SLOW) { slowly(begun) } }.exceptionOrNull()
            }
            begun.await()
            engine.close()
            job.join()
            assertTrue(error.errorCode == ErrorCode.CLOSED, "$error")
        }
    }

    @Test
    fun `a user moves to another phone with head and timeline`(@TempDir there: File) = runBlocking<Unit> {
        enrollWanda()
        recordWanda().use { engine.users.adapt("Wanda", it) }
        val event =
            TimelineEvent(
                Instant.fromEpochMilliseconds(5),
                Duration.ZERO,
                EmotionLabel.HAPPY,
                listOf(LabelProbability(EmotionLabel.HAPPY, 1f), LabelProbability(EmotionLabel.SAD, 0f)),
                true,
            )
        engine.timeline("Wanda").record(listOf(event), Instant.fromEpochMilliseconds(5))
        val file = ByteArrayOutputStream().also { engine.users.export("Wanda", it, "open sesame") }.toByteArray()
        assertFalse(String(file, Charsets.ISO_8859_1).contains("Wanda"))
        Material.engine(StoreLocation.unencrypted(there)).use { other ->
            fails(ErrorCode.WRONG_KEY) { other.users.import(ByteArrayInputStream(file), "sesame") }
            val damaged = file.clone().also { it[100] = (it[100] + 1).toByte() }
            fails(ErrorCode.PROFILE_CORRUPT) { other.users.import(ByteArrayInputStream(damaged), "open sesame") }
            fails(ErrorCode.PROFILE_CORRUPT) {
                other.users.import(ByteArrayInputStream(ByteArray(10)), "open sesame")
            }
            assertEquals("Wanda", other.users.import(ByteArrayInputStream(file), "open sesame"))
            assertEquals(emotion(), emotion(other))
            assertEquals(1, other.timeline("Wanda").events(event.at, event.at + 1.milliseconds).size)
            fails(ErrorCode.INVALID_OPTION) { other.users.import(ByteArrayInputStream(file), "open sesame") }
        }
        fails(ErrorCode.INVALID_OPTION) { engine.users.export("Wanda", ByteArrayOutputStream(), "") }
    }

    @Test
    fun `a deleted user is gone`() = runBlocking<Unit> {
        enrollWanda()
        engine.users.delete("Wanda")
        assertEquals(emptyList<User>(), engine.users.list())
        assertTrue(engine.processBlocking(probe).faces[0].identity is Identity.Unknown)
    }

    @Test
    fun `identification is calibrated`() = runBlocking<Unit> {
        enrollWanda()
        val default = engine.users.defaultCalibration()
        assertEquals(default.threshold, engine.users.calibration().threshold)
        val figures = CalibrationFigures(25, 0.01f, 0.1f, 0.02f)
        engine.users.calibrate(
            Calibration(
                threshold = 0.99f,
                rise = 0f,
                margin = 0f,
                evidence = "a test",
                figures = figures,
            ),
        )
        assertTrue(engine.processBlocking(probe).faces[0].identity is Identity.Unknown)
        val stored = engine.users.calibration()
        assertEquals(Triple(0.99f, "a test", figures), Triple(stored.threshold, stored.evidence, stored.figures))
        assertEquals(64, stored.network.length)
        fails(ErrorCode.INVALID_OPTION) {
            engine.users.calibrate(Calibration(threshold = 2f, rise = 0f, margin = 0f))
        }
        val center = FloatArray(1024) { 0.001f * it }
        engine.users.calibrate(Calibration(center, 0.5f, 0f, 0f))
        assertArrayEquals(center, engine.users.calibration().center)
    }

    @Test
    fun `a store opens with its key only and the key can change`() = runBlocking<Unit> {
        val home = File(folder, "keyed")
        val key = { fill: Int -> ByteArray(32) { fill.toByte() } }
        val given = key(7)
        Material.engine(StoreLocation(home, given)).use {
            assertArrayEquals(ByteArray(32), given, "the key is wiped")
            it.setSetting("consent", byteArrayOf(1))
            it.changeStoreKey(key(8))
            fails(ErrorCode.INVALID_OPTION) { it.changeStoreKey(ByteArray(5)) }
        }
        fails(ErrorCode.WRONG_KEY) { Material.engine(StoreLocation(home, key(7))) }
        fails(ErrorCode.WRONG_KEY) { Material.engine(StoreLocation.unencrypted(home)) }
        Material.engine(StoreLocation(home, key(8))).use {
            assertArrayEquals(byteArrayOf(1), it.setting("consent"))
            it.changeStoreKey(null)
        }
        Material.engine(StoreLocation.unencrypted(home)).use {
            it.setSetting("consent", null)
            assertEquals(null, it.setting("consent"))
        }
    }

    @Test
    fun `a store is locked while an engine has it`() {
        engine.labels
        val error = fails(ErrorCode.STORAGE) { Material.engine(StoreLocation.unencrypted(folder)) }
        assertTrue(error.message!!.isNotEmpty())
    }

    @Test
    fun `the limits of a store hold`() = runBlocking<Unit> {
        val limits = StoreLimits { users = 1 }
        Material.engine(StoreLocation.unencrypted(File(folder, "small"), limits)).use { small ->
            assertEquals(limits, small.storeLimits())
            suspend fun enroll(name: String, picture: ByteArray) = small.users.enroll(name).use {
                it.addBlocking(picture)
                it.finish()
            }
            enroll("Wanda", probe)
            fails(ErrorCode.STORAGE) { enroll("Barack", Material.bytes("pictures/obama.jpg")) }
        }
    }

    /** Signals that training began, and blocks it until it is cancelled, however slow the machine. */
    private fun slowly(begun: CompletableDeferred<Unit>) {
        begun.complete(Unit)
        Thread.sleep(1)
    }

    private companion object {
        val SLOW = AdaptOptions { fit = FitOptions.of(HeadKind.LOGISTIC).copy { epochs = 100_000 } }
    }
}
