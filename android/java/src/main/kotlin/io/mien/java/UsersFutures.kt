package io.mien.java

import io.mien.AdaptOptions
import io.mien.AdaptProgress
import io.mien.Adapted
import io.mien.Calibration
import io.mien.Clips
import io.mien.CorrectionReport
import io.mien.EmotionEngine
import io.mien.EmotionLabel
import io.mien.Enrollment
import io.mien.EnrollmentOptions
import io.mien.Likeness
import io.mien.Modality
import io.mien.TimelineOptions
import io.mien.User
import io.mien.UserTimelines
import java.io.InputStream
import java.io.OutputStream
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor
import java.util.function.Consumer

/** What [io.mien.Users] does off the caller's thread, for Java; see [EngineFutures] for errors and cancellation. */
public class UsersFutures private constructor(engine: EmotionEngine) {
    private val users = engine.users

    /** Returns all users, by name. */
    public fun list(): CompletableFuture<List<User>> = call { users.list() }

    /** Returns the names of users whose profiles are damaged. */
    public fun damaged(): CompletableFuture<List<String>> = call { users.damaged() }

    /** Returns the user of this name. */
    public fun get(name: String): CompletableFuture<User> = call { users.get(name) }

    /** Starts the enrollment of a new user. */
    @JvmOverloads
    public fun enroll(name: String, options: EnrollmentOptions = EnrollmentOptions()): CompletableFuture<Enrollment> =
        call { users.enroll(name, options) }

    /** Starts an enrollment that adds frames to an enrolled user. */
    @JvmOverloads
    public fun enrollMore(
        name: String,
        options: EnrollmentOptions = EnrollmentOptions(),
    ): CompletableFuture<Enrollment> = call { users.enrollMore(name, options) }

    /** Deletes a user with all data. */
    public fun delete(name: String): CompletableFuture<Void?> = callVoid { users.delete(name) }

    /** Opens the clips of the user in the store; [keepDays] is the number of days after which a clip expires, or null. */
    @JvmOverloads
    public fun clips(name: String, keepDays: Int? = null): CompletableFuture<Clips> =
        call { users.clips(name, keepDays) }

    /** Marks the user as due for an adaptation, or takes that back. */
    @JvmOverloads
    public fun adaptLater(name: String, isDue: Boolean = true): CompletableFuture<Void?> =
        callVoid { users.adaptLater(name, isDue) }

    /** Returns the names of users who are due. */
    public fun due(): CompletableFuture<List<String>> = call { users.due() }

    /** Adapts all users who are due; [onProgress] is called on [executor]. */
    public fun adaptDue(
        options: AdaptOptions,
        executor: Executor,
        onProgress: DueListener,
    ): CompletableFuture<Map<String, Adapted>> = callOn(executor) { users.adaptDue(options, onProgress::at) }

    /** Adapts the heads of the user to the clips. */
    @JvmOverloads
    public fun adapt(name: String, clips: Clips, options: AdaptOptions = AdaptOptions()): CompletableFuture<Adapted> =
        call { users.adapt(name, clips, options) }

    /** Like the other [adapt]; [onProgress] is called on [executor] with the newest progress. */
    public fun adapt(
        name: String,
        clips: Clips,
        options: AdaptOptions,
        executor: Executor,
        onProgress: Consumer<AdaptProgress>,
    ): CompletableFuture<Adapted> = callOn(executor) { users.adapt(name, clips, options, onProgress::accept) }

    /** Fits the head of the user in full to the corrections of all sessions. */
    public fun relearn(name: String): CompletableFuture<CorrectionReport> = call { users.relearn(name) }

    /** Takes back the newest correction of the user; null if there is none. */
    public fun undoCorrection(name: String): CompletableFuture<EmotionLabel?> = call { users.undoCorrection(name) }

    /** Activates another generation of the user's head; null: the previous one, 0: the generic head. */
    @JvmOverloads
    public fun rollback(name: String, to: Int? = null, modality: Modality = Modality.FACE): CompletableFuture<Int?> =
        call { users.rollback(name, to, modality) }

    /** Returns what timelines the user has. */
    public fun timelines(name: String): CompletableFuture<UserTimelines> = call { users.timelines(name) }

    /** Returns the options of all timelines of the user. */
    public fun timelineOptions(name: String): CompletableFuture<TimelineOptions> = call { users.timelineOptions(name) }

    /** Sets the options of all timelines of the user. */
    public fun setTimelineOptions(name: String, options: TimelineOptions): CompletableFuture<Void?> =
        callVoid { users.setTimelineOptions(name, options) }

    /** Exports all data of a user as a file that only the passphrase opens. The stream stays open. */
    @JvmOverloads
    public fun export(
        name: String,
        out: OutputStream,
        passphrase: String,
        timeline: Boolean = true,
    ): CompletableFuture<Void?> = callVoid { users.export(name, out, passphrase, timeline) }

    /** Imports a user, and returns the name; `import` is a word of Java. */
    @JvmName("importUser")
    public fun import(input: InputStream, passphrase: String): CompletableFuture<String> =
        call { users.import(input, passphrase) }

    /** Compares the principal face of a picture with the user; null without a face. */
    public fun verify(name: String, picture: ByteArray): CompletableFuture<Likeness?> =
        call { users.verify(name, picture) }

    /** Returns the calibration in use. */
    public fun calibration(): CompletableFuture<Calibration> = call { users.calibration() }

    /** Returns the default calibration of the identity network. */
    public fun defaultCalibration(): CompletableFuture<Calibration> = call { users.defaultCalibration() }

    /** Stores a calibration, which counts from now on. */
    public fun calibrate(calibration: Calibration): CompletableFuture<Void?> = callVoid { users.calibrate(calibration) }

    /** Hears of the progress of adaptations. */
    public fun interface DueListener {
        /** Called with the number of the user, from 0, the number of users, and the progress of that user. */
        public fun at(user: Int, users: Int, progress: AdaptProgress)
    }

    /** Makes the futures of an engine. */
    public companion object {
        /** Returns the futures of the users of [engine]. */
        @JvmStatic
        public fun from(engine: EmotionEngine): UsersFutures = UsersFutures(engine)
    }
}
