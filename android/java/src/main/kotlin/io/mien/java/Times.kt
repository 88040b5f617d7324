// Written by `make contract` from the declarations in Rust; edit those.

package io.mien.java

import io.mien.Bucket
import io.mien.HeardSpeech
import io.mien.LiveOptions
import io.mien.LiveStatistics
import io.mien.StreamOptions
import io.mien.StreamResult
import io.mien.Tally
import io.mien.TimelineEvent
import io.mien.TrackedFace
import io.mien.TrackerOptions

/** The lengths of time in results and options, and stream times, for Java. */
public object Times {
    /** Returns [TrackerOptions.detectWithin]: Maximum time between detections if frames come slowly. */
    @JvmStatic
    public fun detectWithin(of: TrackerOptions): java.time.Duration = of.detectWithin.java()

    /** Returns [TrackerOptions.rememberLostFor]: Time that an unseen face is remembered. */
    @JvmStatic
    public fun rememberLostFor(of: TrackerOptions): java.time.Duration = of.rememberLostFor.java()

    /**
     * Returns [StreamOptions.smoothing]: Time constant of the smoothing of probabilities, in stream time: after it 63 %
     * of a change shows. 0 disables smoothing.
     */
    @JvmStatic
    public fun smoothing(of: StreamOptions): java.time.Duration = of.smoothing.java()

    /**
     * Returns [StreamOptions.switchAfter]: Time that another label must lead before the label changes, in stream time.
     */
    @JvmStatic
    public fun switchAfter(of: StreamOptions): java.time.Duration = of.switchAfter.java()

    /** Returns [StreamOptions.identifyEvery]: Re-identification interval of a settled identity. */
    @JvmStatic
    public fun identifyEvery(of: StreamOptions): java.time.Duration = of.identifyEvery.java()

    /** Returns [StreamOptions.speechHold]: How long speech goes on counting after its end. */
    @JvmStatic
    public fun speechHold(of: StreamOptions): java.time.Duration = of.speechHold.java()

    /**
     * Returns [LiveOptions.maxIdle]: Maximum time without processing a frame (a longer gap would break the tracks);
     * after it an unchanged frame is processed too.
     */
    @JvmStatic
    public fun maxIdle(of: LiveOptions): java.time.Duration = of.maxIdle.java()

    /** Returns [HeardSpeech.start]: When it began, on the clock of the sound. */
    @JvmStatic
    public fun start(of: HeardSpeech): java.time.Duration = of.start.java()

    /** Returns [HeardSpeech.end]: When it ended, or up to when it was analyzed. */
    @JvmStatic
    public fun end(of: HeardSpeech): java.time.Duration = of.end.java()

    /** Returns [TrackedFace.analyzedAt]: The time of the frame that was analyzed last. */
    @JvmStatic
    public fun analyzedAt(of: TrackedFace): java.time.Duration? = of.analyzedAt?.java()

    /** Returns [StreamResult.timestamp]: The time of the frame, on the clock of its stream. */
    @JvmStatic
    public fun timestamp(of: StreamResult): java.time.Duration = of.timestamp.java()

    /**
     * Returns [LiveStatistics.lastAge]: How far the last result was behind the newest frame, in the time of the stream.
     */
    @JvmStatic
    public fun lastAge(of: LiveStatistics): java.time.Duration = of.lastAge.java()

    /** Returns [LiveStatistics.maxAge]: The maximum of that over the session. */
    @JvmStatic
    public fun maxAge(of: LiveStatistics): java.time.Duration = of.maxAge.java()

    /** Returns [TimelineEvent.duration]: How long it was seen, up to an hour; 0 if unknown. */
    @JvmStatic
    public fun duration(of: TimelineEvent<*>): java.time.Duration = of.duration.java()

    /** Returns [Tally.observed]: Sum of the durations of the events. */
    @JvmStatic
    public fun observed(of: Tally): java.time.Duration = of.observed.java()

    /** Returns [Bucket.length]: Its length. */
    @JvmStatic
    public fun length(of: Bucket<*>): java.time.Duration = of.length.java()

    /** Returns the event of a face that was seen at [at] for [duration]; null if its emotion is not known yet. */
    @JvmStatic
    public fun <Time : Any> event(face: TrackedFace, at: Time, duration: java.time.Duration): TimelineEvent<Time>? =
        TimelineEvent.of(face, at, duration.kotlin())
}
