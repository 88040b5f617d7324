package io.mien.internal

import io.mien.Affect
import io.mien.ClipStep
import io.mien.Emotion
import io.mien.EmotionLabel
import io.mien.EnrollmentStep
import io.mien.ErrorCode
import io.mien.FaceBounds
import io.mien.FaceLandmarks
import io.mien.FacePoint
import io.mien.FaceResult
import io.mien.FrameResult
import io.mien.HeardSpeech
import io.mien.Identity
import io.mien.LabelProbability
import io.mien.MienError
import io.mien.Modality
import io.mien.Quality
import io.mien.QualityIssue
import io.mien.Rejection
import io.mien.SpeechDoubt
import io.mien.SpeechRefusal
import io.mien.StreamEvent
import io.mien.StreamResult
import io.mien.Submission
import io.mien.TrackedFace
import io.mien.UnknownReason
import io.mien.Unsure
import java.nio.ByteBuffer
import kotlin.time.Duration
import kotlin.time.Duration.Companion.microseconds

/** Reads results in the layout of `bindings/src/android/layout.rs`. */
internal class ResultReader {
    private var buffer: ByteBuffer = ByteBuffer.allocate(0)
    private var kind = 0

    /** The last names: names recur in every frame, so they are not created again. */
    private val names = arrayOfNulls<EmotionLabel>(NAMES)
    private val nameBytes = arrayOfNulls<ByteArray>(NAMES)
    private var nextName = 0

    fun begin(from: ByteBuffer) {
        buffer = from
        from.clear()
        val version = from.getShort().toInt()
        if (version !=
            VERSION
        ) throw MienError(ErrorCode.INTERNAL, "the native library writes results of version $version")
        kind = from.getShort().toInt()
        from.limit(from.getInt())
        if (kind == ERROR) throw failure()
    }

    private fun failure(): MienError {
        val code = buffer.getInt()
        return errorOf(code, freshText(), optional { freshText() })
    }

    private fun expect(wanted: Int) {
        if (kind != wanted) throw MienError(ErrorCode.INTERNAL, "a result has kind $kind instead of kind $wanted")
    }

    fun still(): FrameResult {
        expect(STILL)
        return FrameResult(buffer.getInt(), buffer.getInt(), list { stillFace() }, buffer.getInt())
    }

    fun stream(): StreamResult {
        expect(STREAM)
        val timestamp = time()
        val width = buffer.getInt()
        val height = buffer.getInt()
        val detected = flag()
        return StreamResult(
            timestamp,
            width,
            height,
            list { trackedFace() },
            list { event() },
            detected,
            optional { speech() },
            optional { failure() },
        )
    }

    /** Returns the result of a stream, or null if none waits. */
    fun streamOrNothing(): StreamResult? = if (kind == NOTHING) null else stream()

    fun submission(): Submission {
        expect(SUBMISSION)
        return SUBMISSIONS[byte()]
    }

    fun enrollment(): EnrollmentStep {
        expect(ENROLLMENT)
        return if (byte() == 0) {
            EnrollmentStep.Accepted(buffer.getInt(), buffer.getInt())
        } else {
            EnrollmentStep.Rejected(rejection(), freshText())
        }
    }

    fun footage(): ClipStep {
        expect(FOOTAGE)
        return if (byte() == 0) ClipStep.Taken(buffer.getInt()) else ClipStep.NoFace
    }

    private fun byte(): Int = buffer.get().toInt()

    private fun flag(): Boolean = byte() != 0

    private inline fun <T> optional(read: () -> T): T? = if (flag()) read() else null

    private inline fun <T> list(read: () -> T): List<T> {
        val count = buffer.getInt()
        if (count == 0) return emptyList()
        val values = ArrayList<T>(count)
        repeat(count) { values.add(read()) }
        return values
    }

    private fun freshText(): String {
        val bytes = ByteArray(buffer.getInt())
        buffer.get(bytes)
        return String(bytes, Charsets.UTF_8)
    }

    private fun text(): String = label().name

    /** A name, of an emotion or otherwise. */
    private fun label(): EmotionLabel {
        val length = buffer.getInt()
        val start = buffer.position()
        for (index in 0 until NAMES) {
            val bytes = nameBytes[index] ?: break
            if (bytes.size == length && matches(bytes, start)) {
                buffer.position(start + length)
                return names[index]!!
            }
        }
        buffer.position(start - Int.SIZE_BYTES)
        val name = EmotionLabel(freshText())
        names[nextName] = name
        nameBytes[nextName] = name.name.toByteArray(Charsets.UTF_8)
        nextName = (nextName + 1) % NAMES
        return name
    }

    private fun matches(bytes: ByteArray, start: Int): Boolean {
        for (index in bytes.indices) if (bytes[index] != buffer.get(start + index)) return false
        return true
    }

    private fun issue(): QualityIssue = ISSUES[byte()]

    private fun point(): FacePoint = FacePoint(buffer.getFloat(), buffer.getFloat())

    private fun bounds(): FaceBounds =
        FaceBounds(buffer.getFloat(), buffer.getFloat(), buffer.getFloat(), buffer.getFloat())

    private fun landmarks(): FaceLandmarks = FaceLandmarks(point(), point(), point(), point(), point())

    private fun time(): Duration = buffer.getLong().microseconds

    private fun quality(): Quality = Quality(
        buffer.getFloat(),
        buffer.getFloat(),
        buffer.getFloat(),
        buffer.getFloat(),
        buffer.getFloat(),
        buffer.getFloat(),
        buffer.getFloat(),
        buffer.getFloat(),
    )

    private fun identity(): Identity = if (byte() == 0) {
        Identity.User(text(), buffer.getFloat())
    } else {
        Identity.Unknown(optional { buffer.getFloat() }, REASONS[byte()])
    }

    private fun emotion(): Emotion {
        val label = label()
        val adapted = flag()
        val modalities = list { MODALITIES[byte()] }
        val probabilities = list { LabelProbability(label(), buffer.getFloat()) }
        val affect = optional { Affect(buffer.getFloat(), buffer.getFloat()) }
        return Emotion(label, probabilities, affect, adapted, modalities)
    }

    private fun speech(): HeardSpeech = HeardSpeech(
        time(),
        time(),
        flag(),
        optional { buffer.getLong() },
        optional { SPEECH_REFUSALS[byte()] },
        list { SPEECH_DOUBTS[byte()] },
    )

    private fun stillFace(): FaceResult = FaceResult(
        bounds(),
        landmarks(),
        buffer.getFloat(),
        flag(),
        quality(),
        list { issue() },
        identity(),
        optional { emotion() },
        list { unsure() },
    )

    private fun trackedFace(): TrackedFace = TrackedFace(
        buffer.getLong(),
        bounds(),
        landmarks(),
        buffer.getFloat(),
        optional { identity() },
        optional { emotion() },
        optional { label() },
        list { unsure() },
        optional { quality() },
        optional { time() },
    )

    private fun unsure(): Unsure = when (byte()) {
        0 -> Unsure.LowConfidence
        1 -> Unsure.ShortWindow
        2 -> Unsure.IdentityOpen
        else -> Unsure.Quality(issue())
    }

    private fun event(): StreamEvent {
        val event = byte()
        val track = buffer.getLong()
        return when (event) {
            0 -> StreamEvent.Began(track)
            1 -> StreamEvent.Lost(track)
            2 -> StreamEvent.Ended(track)
            3 -> StreamEvent.IdentitySettled(track, identity())
            4 -> StreamEvent.IdentityLost(track)
            else -> StreamEvent.EmotionChanged(
                track,
                optional { text() },
                optional { label() },
                label(),
                buffer.getFloat(),
            )
        }
    }

    private fun rejection(): Rejection = when (byte()) {
        0 -> Rejection.NoFace
        1 -> Rejection.SeveralFaces(buffer.getInt())
        2 -> Rejection.Quality(list { issue() })
        3 -> Rejection.TooSimilar
        4 -> Rejection.LooksLikeAnotherUser(text(), buffer.getFloat())
        5 -> Rejection.LooksLikeSomebodyElse(buffer.getFloat())
        else -> Rejection.Enough
    }

    private companion object {
        const val VERSION = 6
        const val ERROR = 0
        const val STILL = 1
        const val STREAM = 2
        const val SUBMISSION = 3
        const val ENROLLMENT = 4
        const val FOOTAGE = 5
        const val NOTHING = 6
        const val NAMES = 32
        val ISSUES = QualityIssue.values()
        val REASONS = UnknownReason.values()
        val SUBMISSIONS = Submission.values()
        val MODALITIES = Modality.values()
        val SPEECH_REFUSALS = SpeechRefusal.values()
        val SPEECH_DOUBTS = SpeechDoubt.values()
    }
}
