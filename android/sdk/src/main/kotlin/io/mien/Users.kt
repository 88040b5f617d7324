package io.mien

import io.mien.internal.Native
import io.mien.internal.core
import io.mien.internal.direct
import io.mien.internal.handFrame
import io.mien.internal.public
import io.mien.internal.readAtMost
import io.mien.internal.unsigned
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.InputStream
import java.io.OutputStream
import io.mien.ffi.Cancel as CoreCancel
import io.mien.ffi.Enrollment as CoreEnrollment
import io.mien.ffi.Footage as CoreFootage
import io.mien.ffi.TrainingProgress as CoreProgress

/**
 * A user.
 *
 * @property name the name
 * @property enrolledAtMs when the user was enrolled, milliseconds since 1970
 * @property embeddings pictures that the user is recognized by
 * @property generations the generations of the user's own head that are kept, oldest first
 * @property activeGeneration the number of the one that answers; null where the generic head does
 */
public data class User(
    val name: String,
    val enrolledAtMs: Long,
    val embeddings: Int,
    val generations: List<Generation>,
    val activeGeneration: Int?,
)

/**
 * A generation of a user's own head.
 *
 * @property number counts up from 1
 * @property adaptedAtMs when it was learned, milliseconds since 1970
 * @property clips clips it was learned from
 * @property estimatedLoss mean negative log probability of a clip's emotion; null where it was not estimated
 * @property usable whether it was learned with the networks in use; others cannot answer
 */
public data class Generation(
    val number: Int,
    val adaptedAtMs: Long,
    val clips: Int,
    val estimatedLoss: Float?,
    val usable: Boolean,
)

/**
 * What a comparison with one user gave: that a face resembles a user's, never that it is theirs.
 *
 * Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW) and 0.52 %
 * (KDEF) were taken for a user, by `mien eval identity --data DIR`.
 *
 * @property similarity how alike, -1 to 1
 * @property resembles whether the similarity reaches the threshold where only this one user is in question
 */
public data class Likeness(val similarity: Float, val resembles: Boolean)

/**
 * How faces are told apart.
 *
 * @property threshold the least similarity at which a face counts as that of the only user, -1 to 1
 * @property rise added to the threshold for each factor e in the number of users, 0 to 1
 * @property margin how much more alike the best user must be than the second best, 0 to 2
 * @property center taken from each embedding before it is compared; empty for none
 * @property network SHA-256 of the network that it was measured on; empty for any
 * @property evidence how this was measured, for people
 * @property figures what it was measured to do; null where it was not
 */
public class Calibration(
    public val threshold: Float,
    public val rise: Float,
    public val margin: Float,
    public val center: FloatArray = FloatArray(0),
    public val network: String = "",
    public val evidence: String = "",
    public val figures: CalibrationFigures? = null,
)

/**
 * What a calibration does, measured on people who had no part in it; shares are 0 to 1.
 *
 * @property users users enrolled at a time
 * @property wrongUserRate share of the pictures of enrolled people that were given another's name
 * @property missedUserRate share of the pictures of enrolled people that were taken for unknown
 * @property unknownAcceptedRate share of the pictures of other people that were given a name
 */
public data class CalibrationFigures(
    val users: Int,
    val wrongUserRate: Float,
    val missedUserRate: Float,
    val unknownAcceptedRate: Float,
)

/** How a user's head was made. */
public enum class LearningMode {
    /** Learned from labeled clips of several emotions. */
    LABELED,

    /** The generic head with the user's offset taken from the frames, from neutral clips alone. */
    NEUTRAL_BASELINE,
}

/** A label with a number of clips. */
public data class LabelCount(val label: String, val count: Int)

/**
 * What an adaptation did.
 *
 * @property mode how the head was made
 * @property accepted whether the new head answers from now on
 * @property reason why, or why not
 * @property clips clips learned from, for each label that occurred
 * @property labelsWithoutClips labels of which no clip was given
 * @property rehearsed whether these were rehearsed by draws from the generic data; else they keep their weights
 * @property pseudoLabeled unlabeled clips that the head was sure enough of to learn them
 * @property epochs epochs that were chosen; 0 where taking the offset alone was best
 * @property accuracyBefore accuracy of the head that answered before on the given clips, 0 to 1
 * @property accuracyLearned accuracy of the new head on the same clips, which it has learned, 0 to 1
 * @property accuracyHeldOut accuracy of heads that learned the other clips on the ones held out; null where none could be
 * @property lossBefore mean loss of the head that answered before
 * @property lossEstimated mean loss of the new head, as estimated
 */
public data class AdaptReport(
    val mode: LearningMode,
    val accepted: Boolean,
    val reason: String,
    val clips: List<LabelCount>,
    val labelsWithoutClips: List<String>,
    val rehearsed: Boolean,
    val pseudoLabeled: Int,
    val epochs: Int,
    val accuracyBefore: Float,
    val accuracyLearned: Float,
    val accuracyHeldOut: Float?,
    val lossBefore: Float,
    val lossEstimated: Float?,
)

/** How far an adaptation has come: [epoch] of [epochs]; [loss] is the mean loss of the last one. */
public data class AdaptProgress(val epoch: Int, val epochs: Int, val loss: Float)

/** Who is enrolled, and their heads. Functions throw [MienException.Storage] where the engine has no store. */
public class Users internal constructor(private val engine: EmotionEngine) {
    /** All users, by name. */
    public suspend fun list(): List<User> = engine.native.useOffThread { core -> core.users().map { it.public() } }

    /** The names of users who are not recognized because what is kept of them is damaged; [delete] takes them away. */
    public suspend fun damaged(): List<String> = engine.native.useOffThread { it.damagedUsers() }

    /** The user of that name. Throws [MienException.UserNotFound]. */
    public suspend fun get(name: String): User = engine.native.useOffThread { it.user(name).public() }

    /** Begins to enroll a new user from frames. Throws [MienException.InvalidOption] for a bad or taken name. */
    public suspend fun enroll(name: String, options: EnrollmentOptions = EnrollmentOptions()): Enrollment =
        engine.native.useOffThread { Enrollment(it.enroll(name, options.core())) }

    /** Begins to add frames to a user who is enrolled already. Throws [MienException.UserNotFound]. */
    public suspend fun enrollMore(name: String, options: EnrollmentOptions = EnrollmentOptions()): Enrollment =
        engine.native.useOffThread { Enrollment(it.enrollMore(name, options.core())) }

    /** Deletes a user with everything that is kept of them, for good. */
    public suspend fun delete(name: String): Unit = engine.native.useOffThread { it.deleteUser(name) }

    /** Empty clips, to record what a user's head is to learn. */
    public fun clips(): Clips = engine.native.use { Clips(it.footage()) }

    /**
     * Teaches the user [name] a head from [clips]. It becomes a new generation, which answers from now on. The old head
     * stays where anything fails, the coroutine is cancelled, or the new one is no better
     * ([AdaptReport.accepted]). Clips that all show "neutral" make a neutral baseline, which needs a generic head
     * that was trained with statistics. [onProgress] is called on another thread.
     *
     * Throws [MienException.NotEnoughSamples], [MienException.InvalidOption] for a label that nobody knows,
     * [MienException.TrainingDiverged], [MienException.UserNotFound].
     */
    public suspend fun adapt(
        name: String,
        clips: Clips,
        options: AdaptOptions = AdaptOptions(),
        onProgress: (AdaptProgress) -> Unit = {},
    ): AdaptReport = coroutineScope {
        val cancel = CoreCancel()
        var thrown: Throwable? = null
        val progress = object : CoreProgress {
            override fun at(epoch: UInt, epochs: UInt, loss: Float) {
                // Nothing may be thrown through native code.
                if (thrown != null) return
                try {
                    onProgress(AdaptProgress(epoch.toInt(), epochs.toInt(), loss))
                } catch (error: Throwable) {
                    thrown = error
                    cancel.cancel()
                }
            }
        }
        // Begun at once and resumed by whoever cancels: one that waited for a thread might never begin.
        val watcher = launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) {
            try {
                awaitCancellation()
            } finally {
                cancel.cancel()
            }
        }
        try {
            withContext(Dispatchers.Default) {
                val now = System.currentTimeMillis().toULong()
                engine.native.use { core ->
                    clips.native.use { core.adapt(name, it, options.core(), now, cancel, progress).public() }
                }
            }
        } catch (error: MienException.Cancelled) {
            // A coroutine that was cancelled ends as such.
            ensureActive()
            throw thrown ?: error
        } finally {
            watcher.cancel()
        }
    }

    /**
     * Lets another generation of the user's head answer: the one numbered [to] (0 is the generic head), or else the one
     * before. Gives the number of the one that answers now, null for the generic head. None is lost: rolling forward is
     * possible by number.
     */
    public suspend fun rollback(name: String, to: Int? = null): Int? =
        engine.native.useOffThread { it.rollback(name, to?.unsigned("to"))?.toInt() }

    /**
     * Writes everything of a user as a file that only [passphrase] opens, with the [timeline] or without, to take to
     * another phone. The stream stays open.
     *
     * @param passphrase 8 characters or more (Unicode code points, after normalization to NFC); how a keyboard composes its
     *   letters makes no difference. Deriving the file's key from it takes a moment, by intent.
     * @throws MienException.InvalidOption for a shorter passphrase
     * @throws MienException.UserNotFound where there is no such user
     * @throws MienException.Storage with the stream's exception as its cause where it cannot be written
     */
    public suspend fun export(name: String, out: OutputStream, passphrase: String, timeline: Boolean = true): Unit =
        engine.native.useOffThread {
            out.write(it.exportUser(name, timeline, passphrase))
            out.flush()
        }

    /**
     * Adds the user that [export] wrote, here or on another phone, and gives the name. The stream stays open.
     *
     * Throws [MienException.WrongKey] for another passphrase, [MienException.ProfileCorrupt] or
     * [MienException.ProfileVersion] for the file, [MienException.InvalidOption] where the name is taken,
     * [MienException.Storage] with the stream's exception as its cause where it cannot be read.
     */
    public suspend fun import(input: InputStream, passphrase: String): String = engine.native.useOffThread { core ->
        // A byte more than is allowed, which the core refuses: a stream without an end must not fill the memory.
        val max = core.storeLimits().importBytes.toLong() + 1
        core.importUser(input.readAtMost(max).direct(), passphrase)
    }

    /**
     * Whether the face that a picture file is about resembles the user [name]; null where it shows no face.
     *
     * Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW) and 0.52 %
     * (KDEF) were taken for a user, by `mien eval identity --data DIR`.
     *
     * Throws [MienException.UserNotFound], [MienException.InvalidFrame].
     */
    public suspend fun verify(name: String, picture: ByteArray): Likeness? =
        engine.native.useOffThread { it.verifyPicture(name, picture.direct())?.public() }

    /** How faces are told apart at present. */
    public suspend fun calibration(): Calibration = engine.native.useOffThread { it.calibration().public() }

    /** How faces are told apart where nothing was measured. */
    public suspend fun defaultCalibration(): Calibration = engine.native.useOffThread {
        it.defaultCalibration().public()
    }

    /** Stores how faces are told apart from now on. */
    public suspend fun calibrate(calibration: Calibration): Unit =
        engine.native.useOffThread { it.calibrate(calibration.core()) }
}

/** An enrollment that is under way; nothing is kept before [finish]. Closing it ends it without a user. */
public class Enrollment internal constructor(core: CoreEnrollment) : AutoCloseable {
    internal val native: Native<CoreEnrollment> = Native(core, "the enrollment")
    internal val handle: Long = core.frameHandle().toLong()

    /** Looks at a frame and takes it, or says why not; on the caller's thread. */
    public fun add(frame: Frame): EnrollmentStep = native.use { handFrame(handle, frame, 0) { enrollment() } }

    /** As [add], of a picture file. */
    public fun add(picture: ByteArray): EnrollmentStep = native.use { it.addPicture(picture.direct()).public() }

    /** Frames that count so far. */
    public val count: Int
        get() = native.use { it.count().toInt() }

    /** Whether so many frames count as are wanted. */
    public val isComplete: Boolean
        get() = native.use { it.isComplete() }

    /**
     * Enrolls the user, or adds to the user who was there, and gives the number of frames that counted. The enrollment is
     * over then, whatever comes of it. Throws [MienException.NotEnoughSamples] with the reasons counted.
     */
    public suspend fun finish(): Int = native.useOffThread { it.finish(System.currentTimeMillis().toULong()).toInt() }

    /** Ends the enrollment; without [finish] nothing is kept. Closing again does nothing. */
    override fun close() {
        native.close()
    }
}

/** A clip that was recorded: its emotion, null for one without a label, and its frames. */
public data class ClipSummary(val label: String?, val frames: Int)

/** Clips for [Users.adapt]: what the networks see of each frame, in memory, never pictures. At most 1000 of 600 frames. */
public class Clips internal constructor(core: CoreFootage) : AutoCloseable {
    internal val native: Native<CoreFootage> = Native(core, "the object of clips")
    internal val handle: Long = core.frameHandle().toLong()

    /** Begins a clip that shows the emotion [label], in any of its spellings; null for one that nobody has named. */
    public fun begin(label: String?): Unit = native.use { it.beginClip(label) }

    /** Adds a frame to the clip that was begun, by the face that it is about; on the caller's thread. */
    public fun add(frame: Frame): ClipStep = native.use { handFrame(handle, frame, 0) { footage() } }

    /** As [add], of a picture file. */
    public fun add(picture: ByteArray): ClipStep = native.use { it.addPicture(picture.direct()).public() }

    /** Ends the clip and gives the number of its frames; one without frames is dropped. */
    public fun end(): Int = native.use { it.endClip().toInt() }

    /** The clips that are done, in order. */
    public fun list(): List<ClipSummary> =
        native.use { core -> core.clips().map { ClipSummary(it.label, it.frames.toInt()) } }

    /** Drops the clip with this index in [list]. */
    public fun remove(index: Int): Unit = native.use { it.removeClip(index.unsigned("index")) }

    /** Drops all clips. */
    public fun clear(): Unit = native.use { it.clear() }

    /** Frees the clips, after an adaptation that learns from them. Closing again does nothing. */
    override fun close() {
        native.close()
    }
}
