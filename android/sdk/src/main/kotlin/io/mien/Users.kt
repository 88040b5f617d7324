package io.mien

import io.mien.internal.AudioChunk
import io.mien.internal.Native
import io.mien.internal.TimeScale
import io.mien.internal.core
import io.mien.internal.described
import io.mien.internal.direct
import io.mien.internal.handFrame
import io.mien.internal.label
import io.mien.internal.now
import io.mien.internal.public
import io.mien.internal.readAtMost
import io.mien.internal.unsigned
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.InputStream
import java.io.OutputStream
import java.nio.ByteBuffer
import kotlin.time.Duration
import io.mien.ffi.Cancel as CoreCancel
import io.mien.ffi.Enrollment as CoreEnrollment
import io.mien.ffi.Footage as CoreFootage
import io.mien.ffi.TrainingProgress as CoreProgress

/**
 * The progress of an adaptation.
 *
 * @property epoch Number of finished epochs.
 * @property epochs Number of all epochs.
 * @property loss Mean loss of the last epoch.
 */
public class AdaptProgress(public val epoch: Int, public val epochs: Int, public val loss: Float) {
    private fun parts(): List<Pair<String, Any?>> = listOf("epoch" to epoch, "epochs" to epochs, "loss" to loss)

    override fun equals(other: Any?): Boolean = other is AdaptProgress && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("AdaptProgress", parts())
}

/**
 * The enrolled users, their own heads and their identification.
 *
 * All functions throw [ErrorCode.STORAGE] if the engine has no store or it cannot be read or written, and
 * [ErrorCode.CLOSED] after the engine was closed.
 */
public class Users internal constructor(private val engine: EmotionEngine) {
    /** Returns all users, by name. */
    public suspend fun list(): List<User> = engine.native.useOffThread { core -> core.users().map { it.public() } }

    /** Returns the names of users who are not recognized because their profiles are damaged. They can be deleted. */
    public suspend fun damaged(): List<String> = engine.native.useOffThread { it.damagedUsers() }

    /**
     * Returns the user of this name.
     *
     * Throws [ErrorCode.USER_NOT_FOUND].
     */
    public suspend fun get(name: String): User = engine.native.useOffThread { it.user(name).public() }

    /**
     * Starts the enrollment of a new user from frames.
     *
     * Throws [ErrorCode.INVALID_OPTION] for an invalid or taken name or an option out of range.
     */
    public suspend fun enroll(name: String, options: EnrollmentOptions = EnrollmentOptions()): Enrollment =
        engine.native.useOffThread { Enrollment(it.enroll(name, options.core())) }

    /**
     * Starts an enrollment that adds frames to an enrolled user.
     *
     * Throws [ErrorCode.USER_NOT_FOUND]; [ErrorCode.INVALID_OPTION] if the user was enrolled with another
     * identity network or an option is out of range.
     */
    public suspend fun enrollMore(name: String, options: EnrollmentOptions = EnrollmentOptions()): Enrollment =
        engine.native.useOffThread { Enrollment(it.enrollMore(name, options.core())) }

    /**
     * Deletes a user with all data: embeddings, heads, timelines and recorded clips.
     *
     * Throws [ErrorCode.USER_NOT_FOUND].
     */
    public suspend fun delete(name: String): Unit = engine.native.useOffThread { it.deleteUser(name) }

    /**
     * Creates empty clips in memory, to record material for a user's head. They are gone with the process.
     *
     * Throws [ErrorCode.CLOSED].
     */
    public fun clips(): Clips = engine.native.use { Clips(it.footage()) }

    /**
     * Opens the clips of the user [name] in the store, to record material for the user's head: those that were recorded
     * before and not removed are there again, also after the process was killed. Each clip is written, encrypted as the
     * store is, when it ends. Clips stay until they are removed ([Clips.remove], [Clips.clear]), also when they are
     * learned: a later adaptation needs them again. They expire [keepDays] (1 to 365; null: as before, 30 at first) after they were recorded;
     * call [EmotionEngine.pruneTimelines] once a day for users who are absent. Exports leave them out. Delete no user
     * while the user's clips are open.
     *
     * Throws [ErrorCode.USER_NOT_FOUND]; [ErrorCode.INVALID_OPTION] for days out of range;
     * [ErrorCode.PROFILE_VERSION] if a newer version recorded them; [ErrorCode.STORAGE], also without a store;
     * [ErrorCode.CLOSED].
     */
    public suspend fun clips(name: String, keepDays: Int? = null): Clips = engine.native.useOffThread {
        Clips(it.recording(name, keepDays?.unsigned("keepDays"), now()))
    }

    /**
     * Says that the heads of the user [name] are to be adapted to the clips in the store ([clips] with a name) when there
     * is time: by [adaptDue], in this process or another one. It is stored with the clips and deleted with the user; an
     * adaptation to these clips takes it back, and so does false.
     *
     * Throws [ErrorCode.USER_NOT_FOUND], [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun adaptLater(name: String, isDue: Boolean = true): Unit =
        engine.native.useOffThread { it.setAdaptationDue(name, isDue) }

    /**
     * The users whose heads are to be adapted ([adaptLater]), by name.
     *
     * Throws [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun due(): List<String> = engine.native.useOffThread { it.adaptationsDue() }

    /**
     * Adapts the heads of all users of [due] to their clips in the store, one after another, as [adapt] does, and returns
     * the reports by name. Users whose clips are too few or cannot be learned are due no longer and have no report.
     * [onProgress] is called as in [adapt], with the user's number from 0 and the number of users.
     *
     * After an error or a cancellation the remaining users are still due: call it again.
     *
     * Throws [ErrorCode.INVALID_OPTION] for an option out of range or clips of an emotion that the head does not have,
     * after which that user is due no longer; [ErrorCode.CANCELLED],
     * [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun adaptDue(
        options: AdaptOptions = AdaptOptions(),
        onProgress: (user: Int, users: Int, progress: AdaptProgress) -> Unit = { _, _, _ -> },
    ): Map<String, Adapted> {
        val reports = LinkedHashMap<String, Adapted>()
        val names = due()
        names.forEachIndexed { number, name ->
            try {
                clips(name).use { clips ->
                    reports[name] = adapt(name, clips, options) { onProgress(number, names.size, it) }
                }
            } catch (error: MienError) {
                when (error.code) {
                    ErrorCode.NOT_ENOUGH_SAMPLES, ErrorCode.TRAINING_DIVERGED -> adaptLater(name, false)
                    ErrorCode.USER_NOT_FOUND -> Unit // Deleted meanwhile.
                    ErrorCode.INVALID_OPTION -> {
                        // It would fail again and again, and nobody after it would be adapted.
                        adaptLater(name, false)
                        throw error
                    }
                    else -> throw error
                }
            }
        }
        return reports
    }

    /**
     * Adapts the heads of the user [name] with the finished clips: one for faces, and one for speech if clips have
     * speech to learn ([ClipSummary.speech]). A new head becomes a new generation, which answers from now on. The old head stays if anything fails, the work is cancelled, or the new head is refused
     * ([AdaptReport.refusal]). Clips of somebody else than the user are never learned, and clips that look like
     * another emotion only after [Clips.confirm] ([AdaptReport.leftOut]). Clips of one emotion, or
     * unlabeled ones, make a baseline, which needs a generic head that was trained with statistics. [onProgress] is called
     * on the caller's context, with the newest progress: if it is slower than the work, it misses some.
     *
     * Throws [ErrorCode.USER_NOT_FOUND]; [ErrorCode.INVALID_OPTION] for a label that the head does not have, an
     * option out of range or the clips of another user; [ErrorCode.NOT_ENOUGH_SAMPLES], [ErrorCode.TRAINING_DIVERGED],
     * [ErrorCode.CANCELLED], [ErrorCode.STORAGE]; [ErrorCode.CLOSED], also if the engine of the clips
     * was closed.
     */
    public suspend fun adapt(
        name: String,
        clips: Clips,
        options: AdaptOptions = AdaptOptions(),
        onProgress: (AdaptProgress) -> Unit = {},
    ): Adapted = coroutineScope {
        val cancel = CoreCancel()
        val newest = Channel<AdaptProgress>(Channel.CONFLATED)
        val progress = object : CoreProgress {
            override fun at(epoch: UInt, epochs: UInt, loss: Float) {
                newest.trySend(AdaptProgress(epoch.toInt(), epochs.toInt(), loss))
            }
        }
        // If it throws, the scope ends with its exception, and the watcher cancels the work.
        val reporting = launch { for (epoch in newest) onProgress(epoch) }
        // Begun at once and resumed by whoever cancels: one that waited for a thread might never begin.
        val watcher = launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) {
            try {
                awaitCancellation()
            } finally {
                cancel.cancel()
            }
        }
        try {
            val adapted = withContext(Dispatchers.Default) {
                val now = now()
                engine.native.use { core ->
                    clips.native.use { core.adapt(name, it, options.core(), now, cancel, progress).public() }
                }
            }
            newest.close()
            reporting.join()
            adapted
        } catch (error: MienError) {
            // A coroutine that was cancelled ends as such.
            if (error.code == ErrorCode.CANCELLED) ensureActive()
            throw error
        } finally {
            newest.close()
            watcher.cancel()
        }
    }

    /**
     * Fits the head of the user [name] in full to the corrections of all sessions. The new head becomes a generation,
     * which answers from now on, if it is better on corrections that it did not learn ([CorrectionReport.isAccepted]).
     * What is refused does not answer until the next correction; what is too little to judge goes on answering
     * ([CorrectionReport.isPending]). Takes up to seconds; call it at the end of a session.
     *
     * Throws [ErrorCode.USER_NOT_FOUND]; [ErrorCode.NOT_ENOUGH_SAMPLES] without corrections;
     * [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun relearn(name: String): CorrectionReport =
        engine.native.useOffThread { it.relearn(name, now()).public() }

    /**
     * Takes back the newest correction in use of the user [name], whichever session made it. Returns its label; null if
     * there is none.
     *
     * Throws [ErrorCode.USER_NOT_FOUND]; [ErrorCode.INVALID_OPTION] if the generation that learned it cannot be
     * left; [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun undoCorrection(name: String): EmotionLabel? =
        engine.native.useOffThread { it.undoCorrection(name)?.label() }

    /**
     * Activates another generation of the user's head for [modality]: the one numbered [to] (0 is the generic head), by
     * default the previous one. Generations are never lost, so a later one can be activated again by its number. What
     * corrections taught the modality beyond its generations is forgotten. Returns the number of the active generation,
     * null for the generic head.
     *
     * Throws [ErrorCode.USER_NOT_FOUND]; [ErrorCode.INVALID_OPTION] if there is no such generation or no
     * earlier one.
     */
    public suspend fun rollback(name: String, to: Int? = null, modality: Modality = Modality.FACE): Int? =
        engine.native.useOffThread { it.rollback(name, modality.core(), to?.unsigned("to"))?.toInt() }

    /**
     * Returns what timelines the user [name] has.
     *
     * Throws [ErrorCode.USER_NOT_FOUND], [ErrorCode.STORAGE], [ErrorCode.PROFILE_CORRUPT], [ErrorCode.CLOSED].
     */
    public suspend fun timelines(name: String): UserTimelines = engine.native.useOffThread { core ->
        val (media, wall) = core.timelines(name).partition { it.medium != null }
        UserTimelines(wall.firstOrNull()?.public(TimeScale.Wall), media.map { it.public(TimeScale.Medium) })
    }

    /**
     * Returns the options of all timelines of the user [name].
     *
     * Throws as [timelines].
     */
    public suspend fun timelineOptions(name: String): TimelineOptions =
        engine.native.useOffThread { it.timelineOptions(name).public() }

    /**
     * Sets the options of all timelines of the user [name].
     *
     * Throws [ErrorCode.INVALID_OPTION] if they are out of range, or if the offset changes while data by wall
     * time is stored; otherwise as [timelines].
     */
    public suspend fun setTimelineOptions(name: String, options: TimelineOptions): Unit =
        engine.native.useOffThread { it.setTimelineOptions(name, options.core()) }

    /**
     * Exports all data of a user, with or without timelines, as a file that only the passphrase opens, for another
     * device. The stream stays open.
     *
     * @param passphrase 8 characters or more (Unicode code points after normalization to NFC, so that the way a
     * keyboard composes letters does not matter). Deriving the key of the file from it takes a moment on purpose.
     * @throws MienError [ErrorCode.INVALID_OPTION] for a shorter passphrase
     * @throws MienError [ErrorCode.USER_NOT_FOUND] if there is no such user
     * @throws MienError [ErrorCode.STORAGE] if the stream cannot be written, with its exception as the cause
     */
    public suspend fun export(name: String, out: OutputStream, passphrase: String, timeline: Boolean = true): Unit =
        engine.native.useOffThread {
            out.write(it.exportUser(name, timeline, passphrase))
            out.flush()
        }

    /**
     * Adds the user of an exported file, of this or another device, and returns the name. The stream stays open.
     *
     * Throws [ErrorCode.WRONG_KEY] for a wrong passphrase; [ErrorCode.PROFILE_CORRUPT] or
     * [ErrorCode.PROFILE_VERSION] for the file; [ErrorCode.INVALID_OPTION] if the name is taken or the
     * networks were others; [ErrorCode.STORAGE] if the file is too large, or the stream cannot be read, with its
     * exception as the cause.
     */
    public suspend fun import(input: InputStream, passphrase: String): String = engine.native.useOffThread { core ->
        // A byte more than is allowed, which the core refuses: a stream without an end must not fill the memory.
        val max = core.storeLimits().importBytes.toLong() + 1
        core.importUser(input.readAtMost(max).direct(), passphrase)
    }

    /**
     * Compares the principal face of a picture file with the user `name` only; returns null if the picture shows no
     * face.
     *
     * Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW) and 0.52 %
     * (KDEF) were taken for a user, by `mien eval identity --data DIR`.
     *
     * Throws [ErrorCode.USER_NOT_FOUND], [ErrorCode.INVALID_FRAME] if the picture cannot be read,
     * [ErrorCode.CLOSED].
     */
    public suspend fun verify(name: String, picture: ByteArray): Likeness? =
        engine.native.useOffThread { it.verifyPicture(name, picture.direct())?.public() }

    /** The calibration in use. */
    public suspend fun calibration(): Calibration = engine.native.useOffThread { it.calibration().public() }

    /** The default calibration of the identity network. */
    public suspend fun defaultCalibration(): Calibration = engine.native.useOffThread {
        it.defaultCalibration().public()
    }

    /**
     * Stores the calibration to use from now on, for the identity network in use.
     *
     * Throws [ErrorCode.INVALID_OPTION] if it is out of range.
     */
    public suspend fun calibrate(calibration: Calibration): Unit =
        engine.native.useOffThread { it.calibrate(calibration.core()) }
}

/**
 * A running enrollment. Nothing is stored before [finish].
 *
 * Closing it without [finish] enrolls nobody.
 */
public class Enrollment internal constructor(core: CoreEnrollment) : AutoCloseable {
    internal val native: Native<CoreEnrollment> = Native(core, "the enrollment")
    internal val handle: Long = core.frameHandle().toLong()

    /**
     * Adds a frame; it is accepted, or rejected with a reason.
     *
     * The frame and its buffers belong to the call until it returns or throws, also if the coroutine is cancelled.
     *
     * Throws [ErrorCode.INVALID_FRAME], [ErrorCode.CLOSED], [ErrorCode.INTERNAL].
     */
    public suspend fun add(frame: Frame): EnrollmentStep =
        native.useBusy { handFrame(handle, frame, Duration.ZERO) { enrollment() } }

    /** Like [add], for a picture file. */
    public suspend fun add(picture: ByteArray): EnrollmentStep =
        native.useBusy { it.addPicture(picture.direct()).public() }

    /** Like [add], on the caller's thread. */
    public fun addBlocking(frame: Frame): EnrollmentStep =
        native.use { handFrame(handle, frame, Duration.ZERO) { enrollment() } }

    /** Like [addBlocking], for a picture file. */
    public fun addBlocking(picture: ByteArray): EnrollmentStep = native.use { it.addPicture(picture.direct()).public() }

    /** The number of accepted frames so far. This and the other questions do not wait for a frame being analyzed. */
    public val count: Int
        get() = native.use { it.count().toInt() }

    /** Whether the target number of frames is accepted. */
    public val isComplete: Boolean
        get() = native.use { it.isComplete() }

    /**
     * Returns the usable frames by the person they show, as numbers of the added frames from 0. The first group is
     * enrolled: the user's frames, or for a new user the largest group.
     */
    public fun people(): List<List<Int>> =
        native.use { core -> core.people().map { person -> person.frames.map { it.toInt() } } }

    /** Whether the frames of a new user show several people, so that [finish] refuses them. */
    public val isMixture: Boolean
        get() = native.use { it.isMixture() }

    /**
     * Enrolls the user, or adds the frames to the enrolled user. The enrollment ends, except if it is refused because
     * of several people: then [people] still says which frames belong together. Returns the number of accepted frames.
     *
     * Throws [ErrorCode.SEVERAL_PEOPLE], [ErrorCode.NOT_ENOUGH_SAMPLES] with the counted reasons,
     * [ErrorCode.INVALID_OPTION] if the name was taken meanwhile, [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun finish(): Int = native.useOffThread { it.finish(now()).toInt() }

    /** Ends the enrollment; without [finish] nobody is enrolled. Closing again does nothing. */
    override fun close() {
        native.close()
    }
}

/**
 * Clips for [Users.adapt]: up to 1000 clips of up to 600 frames, and 64 MiB if they are in the store. They hold the outputs
 * of the networks and numbers that describe the speech, in memory or in the store ([Users.clips] with a name), never
 * pictures or sound.
 */
public class Clips internal constructor(core: CoreFootage) : AutoCloseable {
    internal val native: Native<CoreFootage> = Native(core, "the object of clips")
    internal val handle: Long = core.frameHandle().toLong()

    /**
     * Begins a clip of the emotion `label`, in any of its spellings; null begins an unlabeled clip. Reports call the
     * clip `name`; by default the label and a number, such as "happy/3".
     *
     * Throws [ErrorCode.INVALID_OPTION] for an emotion that the heads cannot learn, if another clip is open or has
     * this name or the maximum number of clips is reached, [ErrorCode.CLOSED].
     */
    public fun begin(label: EmotionLabel?, name: String? = null): Unit = native.use { it.beginClip(label?.name, name) }

    /**
     * Adds the principal face of a frame to the open clip.
     *
     * The frame and its buffers belong to the call until it returns or throws, also if the coroutine is cancelled.
     *
     * Throws [ErrorCode.INVALID_OPTION] if no clip is open or it is too long, [ErrorCode.INVALID_FRAME],
     * [ErrorCode.CLOSED], [ErrorCode.INTERNAL].
     */
    public suspend fun add(frame: Frame): ClipStep =
        native.useBusy { handFrame(handle, frame, Duration.ZERO) { footage() } }

    /** Like [add], for a picture file. */
    public suspend fun add(picture: ByteArray): ClipStep = native.useBusy { it.addPicture(picture.direct()).public() }

    /** Like [add], on the caller's thread. */
    public fun addBlocking(frame: Frame): ClipStep =
        native.use { handFrame(handle, frame, Duration.ZERO) { footage() } }

    /** Like [addBlocking], for a picture file. */
    public fun addBlocking(picture: ByteArray): ClipStep = native.use { it.addPicture(picture.direct()).public() }

    /**
     * Adds the first [count] samples of the next chunk of sound to the open clip, from any thread, as it is recorded with
     * the frames; [timestamp] is the time of its first sample. Of sound longer than 10 s, the last counts. Its voice is
     * taken for that of the face, unless several faces are seen or the mouth is still: [ClipSummary.speech] says what
     * comes of it. Speech of an unlabeled clip is not learned.
     *
     * Throws [ErrorCode.INVALID_OPTION] if no clip is open, for a format out of range or an incomplete sample;
     * [ErrorCode.TIMESTAMP_ORDER] if the chunk begins more than 1 s before the end of the last one, which then counts
     * as not added; [ErrorCode.CLOSED], [ErrorCode.INTERNAL].
     */
    public fun addAudio(
        samples: ShortArray,
        timestamp: Duration,
        format: AudioFormat = AudioFormat(),
        count: Int = samples.size,
    ): Unit = native.use { AudioChunk(handle, format, timestamp).hand(samples, count) }

    /** Like the other [addAudio], for samples with full scale -1 to 1. */
    public fun addAudio(
        samples: FloatArray,
        timestamp: Duration,
        format: AudioFormat = AudioFormat(),
        count: Int = samples.size,
    ): Unit = native.use { AudioChunk(handle, format, timestamp).hand(samples, count) }

    /**
     * Like the other [addAudio], for the bytes between position and limit, which do not move. A direct buffer is not
     * copied; nothing may write to it during the call.
     */
    public fun addAudio(
        samples: ByteBuffer,
        type: SampleFormat,
        timestamp: Duration,
        format: AudioFormat = AudioFormat(),
    ): Unit = native.use { AudioChunk(handle, format, timestamp).hand(samples, type) }

    /**
     * Ends the open clip and returns its number of frames; a clip with neither frames nor speech to learn is dropped.
     * Speech without a face is learned only with [AdaptOptions.allowsUncheckedVoices]. If a clip cannot be written to the
     * store, another call tries again, until the next clip begins.
     *
     * Throws [ErrorCode.INVALID_OPTION] if no clip is open or there is no room; [ErrorCode.USER_NOT_FOUND] and
     * [ErrorCode.STORAGE] for clips in the store; [ErrorCode.CLOSED].
     */
    public suspend fun end(): Int = native.useOffThread { it.endClip(now()).toInt() }

    /** Like [end], on the caller's thread. */
    public fun endBlocking(): Int = native.use { it.endClip(now()).toInt() }

    /** Number of clips in the store that other networks recorded: they are not listed and cannot be learned. */
    public val unusable: Int get() = native.use { it.unusableClips().toInt() }

    /** The finished clips, in order; none after the engine was closed. */
    public fun list(): List<ClipSummary> = native.use { core -> core.clips().map { it.public() } }

    /**
     * Says that the person was asked and means the label of the finished clip [name]: [Users.adapt] learns it although
     * it looks like another emotion.
     *
     * Throws [ErrorCode.INVALID_OPTION] if there is no such clip; [ErrorCode.USER_NOT_FOUND] and
     * [ErrorCode.STORAGE] for clips in the store; [ErrorCode.CLOSED].
     */
    public suspend fun confirm(name: String): Unit = native.useOffThread { it.confirmClip(name) }

    /** Like [confirm], on the caller's thread. */
    public fun confirmBlocking(name: String): Unit = native.use { it.confirmClip(name) }

    /**
     * Removes the finished clip with this index; the later ones move up. No other clip gets its name. A clip in the store
     * is erased from its file.
     *
     * Throws [ErrorCode.INVALID_OPTION] if there is no such clip; [ErrorCode.USER_NOT_FOUND] and
     * [ErrorCode.STORAGE] for clips in the store; [ErrorCode.CLOSED].
     */
    public suspend fun remove(index: Int): Unit = native.useOffThread { it.removeClip(index.unsigned("index")) }

    /** Like [remove], on the caller's thread. */
    public fun removeBlocking(index: Int): Unit = native.use { it.removeClip(index.unsigned("index")) }

    /**
     * Removes all clips, including the open one and those of other networks. Clips in the store are erased from its file.
     *
     * Throws, for clips in the store, [ErrorCode.USER_NOT_FOUND], [ErrorCode.STORAGE], [ErrorCode.CLOSED].
     */
    public suspend fun clear(): Unit = native.useOffThread { it.clear() }

    /** Like [clear], on the caller's thread. */
    public fun clearBlocking(): Unit = native.use { it.clear() }

    /** Frees the clips after running adaptations. Closing again does nothing. */
    override fun close() {
        native.close()
    }
}
