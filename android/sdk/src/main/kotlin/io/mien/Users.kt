package io.mien

import io.mien.internal.AudioChunk
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
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.InputStream
import java.io.OutputStream
import java.nio.ByteBuffer
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
public data class AdaptProgress(val epoch: Int, val epochs: Int, val loss: Float)

/**
 * The enrolled users, their own heads and their identification.
 *
 * All functions throw [MienException.Storage] if the engine has no store or it cannot be read or written, and
 * [MienException.Closed] after the engine was closed.
 */
public class Users internal constructor(private val engine: EmotionEngine) {
    /** Returns all users, by name. */
    public suspend fun list(): List<User> = engine.native.useOffThread { core -> core.users().map { it.public() } }

    /** Returns the names of users who are not recognized because their profiles are damaged. They can be deleted. */
    public suspend fun damaged(): List<String> = engine.native.useOffThread { it.damagedUsers() }

    /**
     * Returns the user of this name.
     *
     * Throws [MienException.UserNotFound].
     */
    public suspend fun get(name: String): User = engine.native.useOffThread { it.user(name).public() }

    /**
     * Starts the enrollment of a new user from frames.
     *
     * Throws [MienException.InvalidOption] for an invalid or taken name or an option out of range.
     */
    public suspend fun enroll(name: String, options: EnrollmentOptions = EnrollmentOptions()): Enrollment =
        engine.native.useOffThread { Enrollment(it.enroll(name, options.core())) }

    /**
     * Starts an enrollment that adds frames to an enrolled user.
     *
     * Throws [MienException.UserNotFound]; [MienException.InvalidOption] if the user was enrolled with another
     * identity network or an option is out of range.
     */
    public suspend fun enrollMore(name: String, options: EnrollmentOptions = EnrollmentOptions()): Enrollment =
        engine.native.useOffThread { Enrollment(it.enrollMore(name, options.core())) }

    /**
     * Deletes a user with all data: embeddings, heads, timelines and recorded clips.
     *
     * Throws [MienException.UserNotFound].
     */
    public suspend fun delete(name: String): Unit = engine.native.useOffThread { it.deleteUser(name) }

    /**
     * Creates empty clips in memory, to record material for a user's head. They are gone with the process.
     *
     * Throws [MienException.Closed].
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
     * Throws [MienException.UserNotFound]; [MienException.InvalidOption] for days out of range;
     * [MienException.ProfileVersion] if a newer version recorded them; [MienException.Storage], also without a store;
     * [MienException.Closed].
     */
    public suspend fun clips(name: String, keepDays: Int? = null): Clips = engine.native.useOffThread {
        Clips(it.recording(name, keepDays?.unsigned("keepDays"), System.currentTimeMillis().toULong()))
    }

    /**
     * Says that the heads of the user [name] are to be adapted to the clips in the store ([clips] with a name) when there
     * is time: by [adaptDue], in this process or another one. It is stored with the clips and deleted with the user; an
     * adaptation to these clips takes it back, and so does false.
     *
     * Throws [MienException.UserNotFound], [MienException.Storage], [MienException.Closed].
     */
    public suspend fun adaptLater(name: String, isDue: Boolean = true): Unit =
        engine.native.useOffThread { it.setAdaptationDue(name, isDue) }

    /**
     * The users whose heads are to be adapted ([adaptLater]), by name.
     *
     * Throws [MienException.Storage], [MienException.Closed].
     */
    public suspend fun due(): List<String> = engine.native.useOffThread { it.adaptationsDue() }

    /**
     * Adapts the heads of all users of [due] to their clips in the store, one after another, as [adapt] does, and returns
     * the reports by name. Users whose clips are too few or cannot be learned are due no longer and have no report.
     * [onProgress] is called as in [adapt], with the user's number from 0 and the number of users.
     *
     * After an error or a cancellation the remaining users are still due: call it again.
     *
     * Throws [MienException.InvalidOption] for an option out of range or clips of an emotion that the head does not have,
     * after which that user is due no longer; [MienException.Cancelled],
     * [MienException.Storage], [MienException.Closed].
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
            } catch (error: MienException) {
                when (error) {
                    is MienException.NotEnoughSamples, is MienException.TrainingDiverged -> adaptLater(name, false)
                    is MienException.UserNotFound -> Unit // Deleted meanwhile.
                    is MienException.InvalidOption -> {
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
     * Throws [MienException.UserNotFound]; [MienException.InvalidOption] for a label that the head does not have, an
     * option out of range or the clips of another user; [MienException.NotEnoughSamples], [MienException.TrainingDiverged],
     * [MienException.Cancelled], [MienException.Storage]; [MienException.Closed], also if the engine of the clips
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
                val now = System.currentTimeMillis().toULong()
                engine.native.use { core ->
                    clips.native.use { core.adapt(name, it, options.core(), now, cancel, progress).public() }
                }
            }
            newest.close()
            reporting.join()
            adapted
        } catch (error: MienException.Cancelled) {
            // A coroutine that was cancelled ends as such.
            ensureActive()
            throw error
        } finally {
            newest.close()
            watcher.cancel()
        }
    }

    /**
     * Fits the head of the user [name] in full to the corrections of all sessions. The new head becomes a generation,
     * which answers from now on, if it is better on corrections that it did not learn ([CorrectionReport.accepted]).
     * What is refused does not answer until the next correction; what is too little to judge goes on answering
     * ([CorrectionReport.pending]). Takes up to seconds; call it at the end of a session.
     *
     * Throws [MienException.UserNotFound]; [MienException.NotEnoughSamples] without corrections;
     * [MienException.Storage], [MienException.Closed].
     */
    public suspend fun relearn(name: String): CorrectionReport =
        engine.native.useOffThread { it.relearn(name, System.currentTimeMillis().toULong()).public() }

    /**
     * Takes back the newest correction in use of the user [name], whichever session made it. Returns its label; null if
     * there is none.
     *
     * Throws [MienException.UserNotFound]; [MienException.InvalidOption] if the generation that learned it cannot be
     * left; [MienException.Storage], [MienException.Closed].
     */
    public suspend fun undoCorrection(name: String): String? = engine.native.useOffThread { it.undoCorrection(name) }

    /**
     * Activates another generation of the user's head for [modality]: the one numbered [to] (0 is the generic head), by
     * default the previous one. Generations are never lost, so a later one can be activated again by its number. What
     * corrections taught the modality beyond its generations is forgotten. Returns the number of the active generation,
     * null for the generic head.
     *
     * Throws [MienException.UserNotFound]; [MienException.InvalidOption] if there is no such generation or no
     * earlier one.
     */
    public suspend fun rollback(name: String, to: Int? = null, modality: Modality = Modality.FACE): Int? =
        engine.native.useOffThread { it.rollback(name, modality.core(), to?.unsigned("to"))?.toInt() }

    /**
     * Exports all data of a user, with or without timelines, as a file that only the passphrase opens, for another
     * device. The stream stays open.
     *
     * @param passphrase 8 characters or more (Unicode code points after normalization to NFC, so that the way a
     * keyboard composes letters does not matter). Deriving the key of the file from it takes a moment on purpose.
     * @throws MienException.InvalidOption for a shorter passphrase
     * @throws MienException.UserNotFound if there is no such user
     * @throws MienException.Storage if the stream cannot be written, with its exception as the cause
     */
    public suspend fun export(name: String, out: OutputStream, passphrase: String, timeline: Boolean = true): Unit =
        engine.native.useOffThread {
            out.write(it.exportUser(name, timeline, passphrase))
            out.flush()
        }

    /**
     * Adds the user of an exported file, of this or another device, and returns the name. The stream stays open.
     *
     * Throws [MienException.WrongKey] for a wrong passphrase; [MienException.ProfileCorrupt] or
     * [MienException.ProfileVersion] for the file; [MienException.InvalidOption] if the name is taken or the
     * networks were others; [MienException.Storage] if the file is too large, or the stream cannot be read, with its
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
     * Throws [MienException.UserNotFound], [MienException.InvalidFrame] if the picture cannot be read,
     * [MienException.Closed].
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
     * Throws [MienException.InvalidOption] if it is out of range.
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
     * Throws [MienException.InvalidFrame], [MienException.Closed], [MienException.Internal].
     */
    public suspend fun add(frame: Frame): EnrollmentStep =
        native.useBusy { handFrame(handle, frame, 0) { enrollment() } }

    /** Like [add], for a picture file. */
    public suspend fun add(picture: ByteArray): EnrollmentStep =
        native.useBusy { it.addPicture(picture.direct()).public() }

    /** Like [add], on the caller's thread. */
    public fun addBlocking(frame: Frame): EnrollmentStep = native.use { handFrame(handle, frame, 0) { enrollment() } }

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
     * Throws [MienException.SeveralPeople], [MienException.NotEnoughSamples] with the counted reasons,
     * [MienException.InvalidOption] if the name was taken meanwhile, [MienException.Storage], [MienException.Closed].
     */
    public suspend fun finish(): Int = native.useOffThread { it.finish(System.currentTimeMillis().toULong()).toInt() }

    /** Ends the enrollment; without [finish] nobody is enrolled. Closing again does nothing. */
    override fun close() {
        native.close()
    }
}

/**
 * Clips for [Users.adapt]: up to 1000 clips of up to 600 frames, and 64 MiB if they are in the store. They hold the outputs
 * of the networks and numbers that describe the speech, in memory or in the store, never pictures or sound. Clips in
 * the store ([Users.clips] with a name) are written and erased by [end], [confirm], [remove] and [clear]: call these off the main thread.
 */
public class Clips internal constructor(core: CoreFootage) : AutoCloseable {
    internal val native: Native<CoreFootage> = Native(core, "the object of clips")
    internal val handle: Long = core.frameHandle().toLong()

    /**
     * Begins a clip of the emotion `label`, in any of its spellings; null begins an unlabeled clip. Reports call the
     * clip `name`; by default the label and a number, such as "happy/3".
     *
     * Throws [MienException.InvalidOption] for an emotion that the heads cannot learn, if another clip is open or has
     * this name or the maximum number of clips is reached, [MienException.Closed].
     */
    public fun begin(label: String?, name: String? = null): Unit = native.use { it.beginClip(label, name) }

    /**
     * Adds the principal face of a frame to the open clip.
     *
     * The frame and its buffers belong to the call until it returns or throws, also if the coroutine is cancelled.
     *
     * Throws [MienException.InvalidOption] if no clip is open or it is too long, [MienException.InvalidFrame],
     * [MienException.Closed], [MienException.Internal].
     */
    public suspend fun add(frame: Frame): ClipStep = native.useBusy { handFrame(handle, frame, 0) { footage() } }

    /** Like [add], for a picture file. */
    public suspend fun add(picture: ByteArray): ClipStep = native.useBusy { it.addPicture(picture.direct()).public() }

    /** Like [add], on the caller's thread. */
    public fun addBlocking(frame: Frame): ClipStep = native.use { handFrame(handle, frame, 0) { footage() } }

    /** Like [addBlocking], for a picture file. */
    public fun addBlocking(picture: ByteArray): ClipStep = native.use { it.addPicture(picture.direct()).public() }

    /**
     * Adds the first [count] samples of the next chunk of sound to the open clip, from any thread, as it is recorded with
     * the frames; [timestampUs] is the time of its first sample. Of sound longer than 10 s, the last counts. Its voice is
     * taken for that of the face, unless several faces are seen or the mouth is still: [ClipSummary.speech] says what
     * comes of it. Speech of an unlabeled clip is not learned.
     *
     * Throws [MienException.InvalidOption] if no clip is open, for a format out of range or an incomplete sample;
     * [MienException.TimestampOrder] if the chunk begins more than 1 s before the end of the last one, which then counts
     * as not added; [MienException.Closed], [MienException.Internal].
     */
    public fun addAudio(
        samples: ShortArray,
        timestampUs: Long,
        format: AudioFormat = AudioFormat(),
        count: Int = samples.size,
    ): Unit = native.use { AudioChunk(handle, format, timestampUs).hand(samples, count) }

    /** Like the other [addAudio], for samples with full scale -1 to 1. */
    public fun addAudio(
        samples: FloatArray,
        timestampUs: Long,
        format: AudioFormat = AudioFormat(),
        count: Int = samples.size,
    ): Unit = native.use { AudioChunk(handle, format, timestampUs).hand(samples, count) }

    /**
     * Like the other [addAudio], for the bytes between position and limit, which do not move. A direct buffer is not
     * copied; nothing may write to it during the call.
     */
    public fun addAudio(
        samples: ByteBuffer,
        type: SampleFormat,
        timestampUs: Long,
        format: AudioFormat = AudioFormat(),
    ): Unit = native.use { AudioChunk(handle, format, timestampUs).hand(samples, type) }

    /**
     * Ends the open clip and returns its number of frames; a clip with neither frames nor speech to learn is dropped.
     * Speech without a face is learned only with [AdaptOptions.uncheckedVoices]. If a clip cannot be written to the store,
     * another call tries again, until the next clip begins.
     *
     * Throws [MienException.InvalidOption] if no clip is open or there is no room; [MienException.UserNotFound] and
     * [MienException.Storage] for clips in the store; [MienException.Closed].
     */
    public fun end(): Int = native.use { it.endClip(System.currentTimeMillis().toULong()).toInt() }

    /** Number of clips in the store that other networks recorded: they are not listed and cannot be learned. */
    public val unusable: Int get() = native.use { it.unusableClips().toInt() }

    /** The finished clips, in order; none after the engine was closed. */
    public fun list(): List<ClipSummary> = native.use { core -> core.clips().map { it.public() } }

    /**
     * Says that the person was asked and means the label of the finished clip [name]: [Users.adapt] learns it although
     * it looks like another emotion.
     *
     * Throws [MienException.InvalidOption] if there is no such clip; [MienException.UserNotFound] and
     * [MienException.Storage] for clips in the store; [MienException.Closed].
     */
    public fun confirm(name: String): Unit = native.use { it.confirmClip(name) }

    /**
     * Removes the finished clip with this index; the later ones move up. No other clip gets its name. A clip in the store
     * is erased from its file.
     *
     * Throws [MienException.InvalidOption] if there is no such clip; [MienException.UserNotFound] and
     * [MienException.Storage] for clips in the store; [MienException.Closed].
     */
    public fun remove(index: Int): Unit = native.use { it.removeClip(index.unsigned("index")) }

    /**
     * Removes all clips, including the open one and those of other networks. Clips in the store are erased from its file.
     *
     * Throws, for clips in the store, [MienException.UserNotFound], [MienException.Storage], [MienException.Closed].
     */
    public fun clear(): Unit = native.use { it.clear() }

    /** Frees the clips after running adaptations. Closing again does nothing. */
    override fun close() {
        native.close()
    }
}
