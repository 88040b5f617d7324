package io.mien.java

import io.mien.AudioFormat
import io.mien.ClipStep
import io.mien.Clips
import io.mien.Enrollment
import io.mien.EnrollmentStep
import io.mien.Frame
import io.mien.SampleFormat
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture

/** What [Enrollment] does off the caller's thread, for Java; see [EngineFutures] for errors and cancellation. */
public class EnrollmentFutures private constructor(private val enrollment: Enrollment) {
    /** Adds a frame; it and its buffers belong to the call until the future ends. */
    public fun add(frame: Frame): CompletableFuture<EnrollmentStep> = call { enrollment.add(frame) }

    /** Like the other [add], for a picture file. */
    public fun add(picture: ByteArray): CompletableFuture<EnrollmentStep> = call { enrollment.add(picture) }

    /** Enrolls the user; returns the number of frames. */
    public fun finish(): CompletableFuture<Int> = call { enrollment.finish() }

    /** Makes the futures of an enrollment. */
    public companion object {
        /** Returns the futures of [enrollment]. */
        @JvmStatic
        public fun from(enrollment: Enrollment): EnrollmentFutures = EnrollmentFutures(enrollment)
    }
}

/** What [Clips] do off the caller's thread or with times, for Java; see [EngineFutures] for errors and cancellation. */
public class ClipsFutures private constructor(private val clips: Clips) {
    /** Adds the principal face of a frame; it and its buffers belong to the call until the future ends. */
    public fun add(frame: Frame): CompletableFuture<ClipStep> = call { clips.add(frame) }

    /** Like the other [add], for a picture file. */
    public fun add(picture: ByteArray): CompletableFuture<ClipStep> = call { clips.add(picture) }

    /** Adds sound to the open clip, on the caller's thread; see [Clips.addAudio]. */
    @JvmOverloads
    public fun addAudio(
        samples: ByteBuffer,
        type: SampleFormat,
        timestamp: java.time.Duration,
        format: AudioFormat = AudioFormat(),
    ): Unit = clips.addAudio(samples, type, timestamp.kotlin(), format)

    /** Ends the open clip; returns its number of frames. */
    public fun end(): CompletableFuture<Int> = call { clips.end() }

    /** Says that the person was asked and means the label of the finished clip. */
    public fun confirm(name: String): CompletableFuture<Void?> = callVoid { clips.confirm(name) }

    /** Removes the finished clip with this index. */
    public fun remove(index: Int): CompletableFuture<Void?> = callVoid { clips.remove(index) }

    /** Removes all clips. */
    public fun clear(): CompletableFuture<Void?> = callVoid { clips.clear() }

    /** Makes the futures of clips. */
    public companion object {
        /** Returns the futures of [clips]. */
        @JvmStatic
        public fun from(clips: Clips): ClipsFutures = ClipsFutures(clips)
    }
}
