// Written by `make contract` from the declarations in Rust; edit those.

package io.mien

import io.mien.internal.described
import io.mien.internal.fitOptions
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** Options of the face detector. */
public class DetectorOptions private constructor(builder: Builder) {
    /**
     * Side of the square that the frame is fitted into, pixels: a multiple of 32. Smaller is faster and misses small
     * faces (below about 10 pixels in the square). Range: 96 to 1280. Default: 320.
     */
    public val size: Int = builder.size

    /** Minimum detection score of a face. Range: 0 to 1. Default: 0.6. */
    public val score: Float = builder.score

    /**
     * Maximum intersection over union of two boxes; above it the box with the lower score is dropped. Range: 0 to 1.
     * Default: 0.3.
     */
    public val overlap: Float = builder.overlap

    /** Maximum number of faces, those with the best scores. Range: 1 to 1000. Default: 20. */
    public val maxFaces: Int = builder.maxFaces

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): DetectorOptions = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.size = size
        it.score = score
        it.overlap = overlap
        it.maxFaces = maxFaces
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "size" to size,
        "score" to score,
        "overlap" to overlap,
        "maxFaces" to maxFaces,
    )

    override fun equals(other: Any?): Boolean = other is DetectorOptions && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("DetectorOptions", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /**
         * Side of the square that the frame is fitted into, pixels: a multiple of 32. Smaller is faster and misses
         * small faces (below about 10 pixels in the square). Range: 96 to 1280. Default: 320.
         */
        @set:JvmSynthetic
        public var size: Int = 320

        /** Sets [size]. */
        public fun setSize(value: Int): Builder = apply { size = value }

        /** Minimum detection score of a face. Range: 0 to 1. Default: 0.6. */
        @set:JvmSynthetic
        public var score: Float = 0.6f

        /** Sets [score]. */
        public fun setScore(value: Float): Builder = apply { score = value }

        /**
         * Maximum intersection over union of two boxes; above it the box with the lower score is dropped. Range: 0 to
         * 1. Default: 0.3.
         */
        @set:JvmSynthetic
        public var overlap: Float = 0.3f

        /** Sets [overlap]. */
        public fun setOverlap(value: Float): Builder = apply { overlap = value }

        /** Maximum number of faces, those with the best scores. Range: 1 to 1000. Default: 20. */
        @set:JvmSynthetic
        public var maxFaces: Int = 20

        /** Sets [maxFaces]. */
        public fun setMaxFaces(value: Int): Builder = apply { maxFaces = value }

        /** Returns the options. */
        public fun build(): DetectorOptions = DetectorOptions(this)
    }
}

/** Limits that a usable face must keep. */
public class QualityLimits private constructor(builder: Builder) {
    /** Minimum distance between the eyes, pixels. Range: 0 or more. Default: 18. */
    public val eyeDistance: Float = builder.eyeDistance

    /** Maximum turn to either side, degrees. Range: 0 or more. Default: 40. */
    public val yaw: Float = builder.yaw

    /** Maximum nod up or down, degrees. Range: 0 or more. Default: 35. */
    public val pitch: Float = builder.pitch

    /** Maximum tilt to either side, degrees. Range: 0 or more. Default: 45. */
    public val roll: Float = builder.roll

    /** Minimum sharpness: the share of fine detail in the contrast. Range: 0 or more. Default: 0.02. */
    public val sharpness: Float = builder.sharpness

    /** Minimum mean luminance, of 0 to 255. Range: 0 or more. Default: 35. */
    public val darkest: Float = builder.darkest

    /** Maximum mean luminance, of 0 to 255. Range: 0 or more. Default: 230. */
    public val brightest: Float = builder.brightest

    /** Minimum standard deviation of the luminance, of 0 to 127. Range: 0 or more. Default: 10. */
    public val contrast: Float = builder.contrast

    /** Maximum share of pixels that are nearly black or white. Range: 0 or more. Default: 0.5. */
    public val clipped: Float = builder.clipped

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): QualityLimits = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.eyeDistance = eyeDistance
        it.yaw = yaw
        it.pitch = pitch
        it.roll = roll
        it.sharpness = sharpness
        it.darkest = darkest
        it.brightest = brightest
        it.contrast = contrast
        it.clipped = clipped
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "eyeDistance" to eyeDistance,
        "yaw" to yaw,
        "pitch" to pitch,
        "roll" to roll,
        "sharpness" to sharpness,
        "darkest" to darkest,
        "brightest" to brightest,
        "contrast" to contrast,
        "clipped" to clipped,
    )

    override fun equals(other: Any?): Boolean = other is QualityLimits && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("QualityLimits", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /** Minimum distance between the eyes, pixels. Range: 0 or more. Default: 18. */
        @set:JvmSynthetic
        public var eyeDistance: Float = 18f

        /** Sets [eyeDistance]. */
        public fun setEyeDistance(value: Float): Builder = apply { eyeDistance = value }

        /** Maximum turn to either side, degrees. Range: 0 or more. Default: 40. */
        @set:JvmSynthetic
        public var yaw: Float = 40f

        /** Sets [yaw]. */
        public fun setYaw(value: Float): Builder = apply { yaw = value }

        /** Maximum nod up or down, degrees. Range: 0 or more. Default: 35. */
        @set:JvmSynthetic
        public var pitch: Float = 35f

        /** Sets [pitch]. */
        public fun setPitch(value: Float): Builder = apply { pitch = value }

        /** Maximum tilt to either side, degrees. Range: 0 or more. Default: 45. */
        @set:JvmSynthetic
        public var roll: Float = 45f

        /** Sets [roll]. */
        public fun setRoll(value: Float): Builder = apply { roll = value }

        /** Minimum sharpness: the share of fine detail in the contrast. Range: 0 or more. Default: 0.02. */
        @set:JvmSynthetic
        public var sharpness: Float = 0.02f

        /** Sets [sharpness]. */
        public fun setSharpness(value: Float): Builder = apply { sharpness = value }

        /** Minimum mean luminance, of 0 to 255. Range: 0 or more. Default: 35. */
        @set:JvmSynthetic
        public var darkest: Float = 35f

        /** Sets [darkest]. */
        public fun setDarkest(value: Float): Builder = apply { darkest = value }

        /** Maximum mean luminance, of 0 to 255. Range: 0 or more. Default: 230. */
        @set:JvmSynthetic
        public var brightest: Float = 230f

        /** Sets [brightest]. */
        public fun setBrightest(value: Float): Builder = apply { brightest = value }

        /** Minimum standard deviation of the luminance, of 0 to 127. Range: 0 or more. Default: 10. */
        @set:JvmSynthetic
        public var contrast: Float = 10f

        /** Sets [contrast]. */
        public fun setContrast(value: Float): Builder = apply { contrast = value }

        /** Maximum share of pixels that are nearly black or white. Range: 0 or more. Default: 0.5. */
        @set:JvmSynthetic
        public var clipped: Float = 0.5f

        /** Sets [clipped]. */
        public fun setClipped(value: Float): Builder = apply { clipped = value }

        /** Returns the options. */
        public fun build(): QualityLimits = QualityLimits(this)
    }
}

/** Maximum sizes of a store. Stored data stays readable under lower limits. */
public class StoreLimits private constructor(builder: Builder) {
    /** Maximum number of users. Default: 100. */
    public val users: Int = builder.users

    /** Maximum number of embeddings per user. Default: 256. */
    public val embeddings: Int = builder.embeddings

    /**
     * Maximum size of all stored data, bytes in pages of 4096. The file can be up to twice as large until it is
     * trimmed. Default: 512 MiB.
     */
    public val storeBytes: Long = builder.storeBytes

    /**
     * Maximum size of a file that a user is imported from, bytes; enforced by whoever reads the file. Default: 256 MiB.
     */
    public val importBytes: Long = builder.importBytes

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): StoreLimits = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.users = users
        it.embeddings = embeddings
        it.storeBytes = storeBytes
        it.importBytes = importBytes
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "users" to users,
        "embeddings" to embeddings,
        "storeBytes" to storeBytes,
        "importBytes" to importBytes,
    )

    override fun equals(other: Any?): Boolean = other is StoreLimits && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("StoreLimits", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /** Maximum number of users. Default: 100. */
        @set:JvmSynthetic
        public var users: Int = 100

        /** Sets [users]. */
        public fun setUsers(value: Int): Builder = apply { users = value }

        /** Maximum number of embeddings per user. Default: 256. */
        @set:JvmSynthetic
        public var embeddings: Int = 256

        /** Sets [embeddings]. */
        public fun setEmbeddings(value: Int): Builder = apply { embeddings = value }

        /**
         * Maximum size of all stored data, bytes in pages of 4096. The file can be up to twice as large until it is
         * trimmed. Default: 512 MiB.
         */
        @set:JvmSynthetic
        public var storeBytes: Long = 536_870_912L

        /** Sets [storeBytes]. */
        public fun setStoreBytes(value: Long): Builder = apply { storeBytes = value }

        /**
         * Maximum size of a file that a user is imported from, bytes; enforced by whoever reads the file. Default: 256
         * MiB.
         */
        @set:JvmSynthetic
        public var importBytes: Long = 268_435_456L

        /** Sets [importBytes]. */
        public fun setImportBytes(value: Long): Builder = apply { importBytes = value }

        /** Returns the options. */
        public fun build(): StoreLimits = StoreLimits(this)
    }
}

/** Options of the tracker, which follows faces from frame to frame. */
public class TrackerOptions private constructor(builder: Builder) {
    /**
     * Maximum number of faces that are followed at a time; as many lost faces are remembered. Range: 1 to 32. Default:
     * 4.
     */
    public val maxFaces: Int = builder.maxFaces

    /**
     * The detector runs on every n-th frame; every other time it runs only around the followed faces, so a new face may
     * wait twice as long. Range: 1 to 1000. Default: 5.
     */
    public val detectEvery: Int = builder.detectEvery

    /** Maximum time between detections if frames come slowly. Range: 0 to 1 min. Default: 200 ms. */
    public val detectWithin: Duration = builder.detectWithin

    /** Time that an unseen face is remembered. Range: 0 to 1 min. Default: 2 s. */
    public val rememberLostFor: Duration = builder.rememberLostFor

    /** Minimum detection score of a new track; an old one continues with any detection. Range: 0 to 1. Default: 0.7. */
    public val beginScore: Float = builder.beginScore

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): TrackerOptions = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.maxFaces = maxFaces
        it.detectEvery = detectEvery
        it.detectWithin = detectWithin
        it.rememberLostFor = rememberLostFor
        it.beginScore = beginScore
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "maxFaces" to maxFaces,
        "detectEvery" to detectEvery,
        "detectWithin" to detectWithin,
        "rememberLostFor" to rememberLostFor,
        "beginScore" to beginScore,
    )

    override fun equals(other: Any?): Boolean = other is TrackerOptions && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("TrackerOptions", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /**
         * Maximum number of faces that are followed at a time; as many lost faces are remembered. Range: 1 to 32.
         * Default: 4.
         */
        @set:JvmSynthetic
        public var maxFaces: Int = 4

        /** Sets [maxFaces]. */
        public fun setMaxFaces(value: Int): Builder = apply { maxFaces = value }

        /**
         * The detector runs on every n-th frame; every other time it runs only around the followed faces, so a new face
         * may wait twice as long. Range: 1 to 1000. Default: 5.
         */
        @set:JvmSynthetic
        public var detectEvery: Int = 5

        /** Sets [detectEvery]. */
        public fun setDetectEvery(value: Int): Builder = apply { detectEvery = value }

        /** Maximum time between detections if frames come slowly. Range: 0 to 1 min. Default: 200 ms. */
        @set:JvmSynthetic
        public var detectWithin: Duration = 200.milliseconds

        /** Sets [detectWithin], in milliseconds. */
        public fun setDetectWithinMillis(value: Long): Builder = apply { detectWithin = value.milliseconds }

        /** Time that an unseen face is remembered. Range: 0 to 1 min. Default: 2 s. */
        @set:JvmSynthetic
        public var rememberLostFor: Duration = 2.seconds

        /** Sets [rememberLostFor], in milliseconds. */
        public fun setRememberLostForMillis(value: Long): Builder = apply { rememberLostFor = value.milliseconds }

        /**
         * Minimum detection score of a new track; an old one continues with any detection. Range: 0 to 1. Default: 0.7.
         */
        @set:JvmSynthetic
        public var beginScore: Float = 0.7f

        /** Sets [beginScore]. */
        public fun setBeginScore(value: Float): Builder = apply { beginScore = value }

        /** Returns the options. */
        public fun build(): TrackerOptions = TrackerOptions(this)
    }
}

/** Options of a session; immutable after creation. */
public class StreamOptions private constructor(builder: Builder) {
    /** How faces are followed. */
    public val tracker: TrackerOptions = builder.tracker

    /** Number of analyses of each face per second. Range: 0.1 to 240. Default: 10. */
    public val analyzeFps: Float = builder.analyzeFps

    /**
     * Maximum number of settled faces analyzed in one frame; the others wait for the next frame, the longest waiting
     * first. Range: 1 to 32. Default: 2.
     */
    public val maxAnalyses: Int = builder.maxAnalyses

    /**
     * Number of the last analyses of a track that the head reads; the default is half a second. Range: 1 to 256.
     * Default: 5.
     */
    public val windowFrames: Int = builder.windowFrames

    /** Minimum number of analyses, 1 to `windowFrames`; with fewer the answer is unsure. Default: 3. */
    public val minWindow: Int = builder.minWindow

    /**
     * Time constant of the smoothing of probabilities, in stream time: after it 63 % of a change shows. 0 disables
     * smoothing. Range: 0 to 10 s. Default: 100 ms.
     */
    public val smoothing: Duration = builder.smoothing

    /** Probability by which another label must lead before the label changes. Range: 0 to 1. Default: 0.1. */
    public val switchMargin: Float = builder.switchMargin

    /**
     * Time that another label must lead before the label changes, in stream time. Range: 0 to 10 s. Default: 100 ms.
     */
    public val switchAfter: Duration = builder.switchAfter

    /** Minimum probability of the label; below it the answer is unsure. Range: 0 to 1. Default: 0.5. */
    public val minConfidence: Float = builder.minConfidence

    /** Number of agreeing good embeddings that settle an identity. Range: 1 to 16. Default: 3. */
    public val settleFrames: Int = builder.settleFrames

    /** Re-identification interval of a settled identity. Range: 0 to 1 min. Default: 1 s. */
    public val identifyEvery: Duration = builder.identifyEvery

    /** How long speech goes on counting after its end. Range: 0 to 1 min. Default: 1 s. */
    public val speechHold: Duration = builder.speechHold

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): StreamOptions = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.tracker = tracker
        it.analyzeFps = analyzeFps
        it.maxAnalyses = maxAnalyses
        it.windowFrames = windowFrames
        it.minWindow = minWindow
        it.smoothing = smoothing
        it.switchMargin = switchMargin
        it.switchAfter = switchAfter
        it.minConfidence = minConfidence
        it.settleFrames = settleFrames
        it.identifyEvery = identifyEvery
        it.speechHold = speechHold
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "tracker" to tracker,
        "analyzeFps" to analyzeFps,
        "maxAnalyses" to maxAnalyses,
        "windowFrames" to windowFrames,
        "minWindow" to minWindow,
        "smoothing" to smoothing,
        "switchMargin" to switchMargin,
        "switchAfter" to switchAfter,
        "minConfidence" to minConfidence,
        "settleFrames" to settleFrames,
        "identifyEvery" to identifyEvery,
        "speechHold" to speechHold,
    )

    override fun equals(other: Any?): Boolean = other is StreamOptions && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("StreamOptions", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /** How faces are followed. */
        @set:JvmSynthetic
        public var tracker: TrackerOptions = TrackerOptions()

        /** Sets [tracker]. */
        public fun setTracker(value: TrackerOptions): Builder = apply { tracker = value }

        /** Number of analyses of each face per second. Range: 0.1 to 240. Default: 10. */
        @set:JvmSynthetic
        public var analyzeFps: Float = 10f

        /** Sets [analyzeFps]. */
        public fun setAnalyzeFps(value: Float): Builder = apply { analyzeFps = value }

        /**
         * Maximum number of settled faces analyzed in one frame; the others wait for the next frame, the longest
         * waiting first. Range: 1 to 32. Default: 2.
         */
        @set:JvmSynthetic
        public var maxAnalyses: Int = 2

        /** Sets [maxAnalyses]. */
        public fun setMaxAnalyses(value: Int): Builder = apply { maxAnalyses = value }

        /**
         * Number of the last analyses of a track that the head reads; the default is half a second. Range: 1 to 256.
         * Default: 5.
         */
        @set:JvmSynthetic
        public var windowFrames: Int = 5

        /** Sets [windowFrames]. */
        public fun setWindowFrames(value: Int): Builder = apply { windowFrames = value }

        /** Minimum number of analyses, 1 to `windowFrames`; with fewer the answer is unsure. Default: 3. */
        @set:JvmSynthetic
        public var minWindow: Int = 3

        /** Sets [minWindow]. */
        public fun setMinWindow(value: Int): Builder = apply { minWindow = value }

        /**
         * Time constant of the smoothing of probabilities, in stream time: after it 63 % of a change shows. 0 disables
         * smoothing. Range: 0 to 10 s. Default: 100 ms.
         */
        @set:JvmSynthetic
        public var smoothing: Duration = 100.milliseconds

        /** Sets [smoothing], in milliseconds. */
        public fun setSmoothingMillis(value: Long): Builder = apply { smoothing = value.milliseconds }

        /** Probability by which another label must lead before the label changes. Range: 0 to 1. Default: 0.1. */
        @set:JvmSynthetic
        public var switchMargin: Float = 0.1f

        /** Sets [switchMargin]. */
        public fun setSwitchMargin(value: Float): Builder = apply { switchMargin = value }

        /**
         * Time that another label must lead before the label changes, in stream time. Range: 0 to 10 s. Default: 100
         * ms.
         */
        @set:JvmSynthetic
        public var switchAfter: Duration = 100.milliseconds

        /** Sets [switchAfter], in milliseconds. */
        public fun setSwitchAfterMillis(value: Long): Builder = apply { switchAfter = value.milliseconds }

        /** Minimum probability of the label; below it the answer is unsure. Range: 0 to 1. Default: 0.5. */
        @set:JvmSynthetic
        public var minConfidence: Float = 0.5f

        /** Sets [minConfidence]. */
        public fun setMinConfidence(value: Float): Builder = apply { minConfidence = value }

        /** Number of agreeing good embeddings that settle an identity. Range: 1 to 16. Default: 3. */
        @set:JvmSynthetic
        public var settleFrames: Int = 3

        /** Sets [settleFrames]. */
        public fun setSettleFrames(value: Int): Builder = apply { settleFrames = value }

        /** Re-identification interval of a settled identity. Range: 0 to 1 min. Default: 1 s. */
        @set:JvmSynthetic
        public var identifyEvery: Duration = 1.seconds

        /** Sets [identifyEvery], in milliseconds. */
        public fun setIdentifyEveryMillis(value: Long): Builder = apply { identifyEvery = value.milliseconds }

        /** How long speech goes on counting after its end. Range: 0 to 1 min. Default: 1 s. */
        @set:JvmSynthetic
        public var speechHold: Duration = 1.seconds

        /** Sets [speechHold], in milliseconds. */
        public fun setSpeechHoldMillis(value: Long): Builder = apply { speechHold = value.milliseconds }

        /** Returns the options. */
        public fun build(): StreamOptions = StreamOptions(this)
    }
}

/** Options of a live session; immutable after creation. */
public class LiveOptions private constructor(builder: Builder) {
    /** How frames are processed. */
    public val stream: StreamOptions = builder.stream

    /** Maximum number of frames processed per second, by their timestamps. Range: 0.1 to 240. Default: 15. */
    public val targetFps: Float = builder.targetFps

    /**
     * A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels since the last frame that was
     * taken; 0 skips none. At the default, sensor noise stays below, and a moving mouth in a face of a tenth of the
     * picture's height is above. Range: 0 to 255. Default: 3.
     */
    public val minChange: Float = builder.minChange

    /**
     * Maximum time without processing a frame (a longer gap would break the tracks); after it an unchanged frame is
     * processed too. Range: 0 to 500 ms. Default: 400 ms.
     */
    public val maxIdle: Duration = builder.maxIdle

    /**
     * Maximum number of results that wait to be fetched; beyond it the oldest is dropped, and its events move to the
     * next result. Range: 1 to 1000. Default: 32.
     */
    public val maxResults: Int = builder.maxResults

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): LiveOptions = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.stream = stream
        it.targetFps = targetFps
        it.minChange = minChange
        it.maxIdle = maxIdle
        it.maxResults = maxResults
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "stream" to stream,
        "targetFps" to targetFps,
        "minChange" to minChange,
        "maxIdle" to maxIdle,
        "maxResults" to maxResults,
    )

    override fun equals(other: Any?): Boolean = other is LiveOptions && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("LiveOptions", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /** How frames are processed. */
        @set:JvmSynthetic
        public var stream: StreamOptions = StreamOptions()

        /** Sets [stream]. */
        public fun setStream(value: StreamOptions): Builder = apply { stream = value }

        /** Maximum number of frames processed per second, by their timestamps. Range: 0.1 to 240. Default: 15. */
        @set:JvmSynthetic
        public var targetFps: Float = 15f

        /** Sets [targetFps]. */
        public fun setTargetFps(value: Float): Builder = apply { targetFps = value }

        /**
         * A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels since the last frame that
         * was taken; 0 skips none. At the default, sensor noise stays below, and a moving mouth in a face of a tenth of
         * the picture's height is above. Range: 0 to 255. Default: 3.
         */
        @set:JvmSynthetic
        public var minChange: Float = 3f

        /** Sets [minChange]. */
        public fun setMinChange(value: Float): Builder = apply { minChange = value }

        /**
         * Maximum time without processing a frame (a longer gap would break the tracks); after it an unchanged frame is
         * processed too. Range: 0 to 500 ms. Default: 400 ms.
         */
        @set:JvmSynthetic
        public var maxIdle: Duration = 400.milliseconds

        /** Sets [maxIdle], in milliseconds. */
        public fun setMaxIdleMillis(value: Long): Builder = apply { maxIdle = value.milliseconds }

        /**
         * Maximum number of results that wait to be fetched; beyond it the oldest is dropped, and its events move to
         * the next result. Range: 1 to 1000. Default: 32.
         */
        @set:JvmSynthetic
        public var maxResults: Int = 32

        /** Sets [maxResults]. */
        public fun setMaxResults(value: Int): Builder = apply { maxResults = value }

        /** Returns the options. */
        public fun build(): LiveOptions = LiveOptions(this)
    }
}

/** How much a live session works; it can change while the session runs ([LiveSession.setPace]). */
public class LivePace private constructor(builder: Builder) {
    /** Maximum number of frames processed per second, by their timestamps. Range: 0.1 to 240. Default: 15. */
    public val targetFps: Float = builder.targetFps

    /**
     * A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels; 0 skips none. Range: 0 to 255.
     * Default: 3.
     */
    public val minChange: Float = builder.minChange

    /** How much energy the session may use. Default: `FULL`. */
    public val power: PowerBudget = builder.power

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): LivePace = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.targetFps = targetFps
        it.minChange = minChange
        it.power = power
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "targetFps" to targetFps,
        "minChange" to minChange,
        "power" to power,
    )

    override fun equals(other: Any?): Boolean = other is LivePace && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("LivePace", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /** Maximum number of frames processed per second, by their timestamps. Range: 0.1 to 240. Default: 15. */
        @set:JvmSynthetic
        public var targetFps: Float = 15f

        /** Sets [targetFps]. */
        public fun setTargetFps(value: Float): Builder = apply { targetFps = value }

        /**
         * A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels; 0 skips none. Range: 0 to
         * 255. Default: 3.
         */
        @set:JvmSynthetic
        public var minChange: Float = 3f

        /** Sets [minChange]. */
        public fun setMinChange(value: Float): Builder = apply { minChange = value }

        /** How much energy the session may use. Default: `FULL`. */
        @set:JvmSynthetic
        public var power: PowerBudget = PowerBudget.FULL

        /** Sets [power]. */
        public fun setPower(value: PowerBudget): Builder = apply { power = value }

        /** Returns the options. */
        public fun build(): LivePace = LivePace(this)
    }
}

/** Options of an enrollment. */
public class EnrollmentOptions private constructor(builder: Builder) {
    /**
     * Number of accepted frames at which the enrollment is complete, `minFrames` to `maxFrames`. With one frame twice
     * as many pictures are not recognized as with three. Default: 5.
     */
    public val targetFrames: Int = builder.targetFrames

    /** Minimum number of accepted frames; with fewer no user is enrolled. Range: 1 to 20. Default: 1. */
    public val minFrames: Int = builder.minFrames

    /** Maximum number of accepted frames. Range: 1 to 20. Default: 10. */
    public val maxFrames: Int = builder.maxFrames

    /**
     * Minimum difference to each accepted frame: 1 minus the cosine of the embeddings. A still camera yields about
     * 0.005 from frame to frame, another picture of the same person 0.1 and more. Range: 0 to 2. Default: 0.01.
     */
    public val minDifference: Float = builder.minDifference

    /**
     * Whether the person was asked and says that all frames show one person, for a user who looks unlike themselves in
     * some. Then frames that look like somebody else are accepted too, except those that resemble another enrolled
     * user. Default: false.
     */
    public val isSamePerson: Boolean = builder.isSamePerson

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): EnrollmentOptions = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.targetFrames = targetFrames
        it.minFrames = minFrames
        it.maxFrames = maxFrames
        it.minDifference = minDifference
        it.isSamePerson = isSamePerson
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "targetFrames" to targetFrames,
        "minFrames" to minFrames,
        "maxFrames" to maxFrames,
        "minDifference" to minDifference,
        "isSamePerson" to isSamePerson,
    )

    override fun equals(other: Any?): Boolean = other is EnrollmentOptions && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("EnrollmentOptions", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /**
         * Number of accepted frames at which the enrollment is complete, `minFrames` to `maxFrames`. With one frame
         * twice as many pictures are not recognized as with three. Default: 5.
         */
        @set:JvmSynthetic
        public var targetFrames: Int = 5

        /** Sets [targetFrames]. */
        public fun setTargetFrames(value: Int): Builder = apply { targetFrames = value }

        /** Minimum number of accepted frames; with fewer no user is enrolled. Range: 1 to 20. Default: 1. */
        @set:JvmSynthetic
        public var minFrames: Int = 1

        /** Sets [minFrames]. */
        public fun setMinFrames(value: Int): Builder = apply { minFrames = value }

        /** Maximum number of accepted frames. Range: 1 to 20. Default: 10. */
        @set:JvmSynthetic
        public var maxFrames: Int = 10

        /** Sets [maxFrames]. */
        public fun setMaxFrames(value: Int): Builder = apply { maxFrames = value }

        /**
         * Minimum difference to each accepted frame: 1 minus the cosine of the embeddings. A still camera yields about
         * 0.005 from frame to frame, another picture of the same person 0.1 and more. Range: 0 to 2. Default: 0.01.
         */
        @set:JvmSynthetic
        public var minDifference: Float = 0.01f

        /** Sets [minDifference]. */
        public fun setMinDifference(value: Float): Builder = apply { minDifference = value }

        /**
         * Whether the person was asked and says that all frames show one person, for a user who looks unlike themselves
         * in some. Then frames that look like somebody else are accepted too, except those that resemble another
         * enrolled user. Default: false.
         */
        @set:JvmSynthetic
        public var isSamePerson: Boolean = false

        /** Sets [isSamePerson]. */
        public fun setSamePerson(value: Boolean): Builder = apply { isSamePerson = value }

        /** Returns the options. */
        public fun build(): EnrollmentOptions = EnrollmentOptions(this)
    }
}

/** Options of a fit. The defaults are those for adapting a logistic head. */
public class FitOptions private constructor(builder: Builder) {
    /**
     * Number of passes over the clips; 60 with rehearsal, 300 for a generic head. Range: 1 to 100,000. Default: 200.
     */
    public val epochs: Int = builder.epochs

    /** Number of clips per step; 0: all. Default: 0. */
    public val batch: Int = builder.batch

    /**
     * Initial learning rate of Adam; the default is that of logistic heads. Relation attention: 0.03; single and
     * self-attention: 0.003. With rehearsal: logistic 0.03, relation attention 0.0125, single and self-attention 0.002.
     * Range: above 0. Default: 0.15.
     */
    public val rate: Float = builder.rate

    /** Pull toward the starting weights (L2-SP); 0.001 with rehearsal. Range: 0 or more. Default: 0.0003. */
    public val pull: Float = builder.pull

    /** Whether each class weighs the same, whatever its number of clips. Default: true. */
    public val isBalanced: Boolean = builder.isBalanced

    /**
     * Share of the target that is spread over all classes that occur (label smoothing). Range: 0 to 0.9. Default: 0.
     */
    public val smoothing: Float = builder.smoothing

    /** Seed that decides which clips share a batch. Default: 0. */
    public val seed: Long = builder.seed

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): FitOptions = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.epochs = epochs
        it.batch = batch
        it.rate = rate
        it.pull = pull
        it.isBalanced = isBalanced
        it.smoothing = smoothing
        it.seed = seed
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "epochs" to epochs,
        "batch" to batch,
        "rate" to rate,
        "pull" to pull,
        "isBalanced" to isBalanced,
        "smoothing" to smoothing,
        "seed" to seed,
    )

    override fun equals(other: Any?): Boolean = other is FitOptions && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("FitOptions", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /**
         * Number of passes over the clips; 60 with rehearsal, 300 for a generic head. Range: 1 to 100,000. Default:
         * 200.
         */
        @set:JvmSynthetic
        public var epochs: Int = 200

        /** Sets [epochs]. */
        public fun setEpochs(value: Int): Builder = apply { epochs = value }

        /** Number of clips per step; 0: all. Default: 0. */
        @set:JvmSynthetic
        public var batch: Int = 0

        /** Sets [batch]. */
        public fun setBatch(value: Int): Builder = apply { batch = value }

        /**
         * Initial learning rate of Adam; the default is that of logistic heads. Relation attention: 0.03; single and
         * self-attention: 0.003. With rehearsal: logistic 0.03, relation attention 0.0125, single and self-attention
         * 0.002. Range: above 0. Default: 0.15.
         */
        @set:JvmSynthetic
        public var rate: Float = 0.15f

        /** Sets [rate]. */
        public fun setRate(value: Float): Builder = apply { rate = value }

        /** Pull toward the starting weights (L2-SP); 0.001 with rehearsal. Range: 0 or more. Default: 0.0003. */
        @set:JvmSynthetic
        public var pull: Float = 0.0003f

        /** Sets [pull]. */
        public fun setPull(value: Float): Builder = apply { pull = value }

        /** Whether each class weighs the same, whatever its number of clips. Default: true. */
        @set:JvmSynthetic
        public var isBalanced: Boolean = true

        /** Sets [isBalanced]. */
        public fun setBalanced(value: Boolean): Builder = apply { isBalanced = value }

        /**
         * Share of the target that is spread over all classes that occur (label smoothing). Range: 0 to 0.9. Default:
         * 0.
         */
        @set:JvmSynthetic
        public var smoothing: Float = 0f

        /** Sets [smoothing]. */
        public fun setSmoothing(value: Float): Builder = apply { smoothing = value }

        /** Seed that decides which clips share a batch. Default: 0. */
        @set:JvmSynthetic
        public var seed: Long = 0L

        /** Sets [seed]. */
        public fun setSeed(value: Long): Builder = apply { seed = value }

        /** Returns the options. */
        public fun build(): FitOptions = FitOptions(this)
    }

    /** Default options of fits. */
    public companion object {
        /** Returns the default options of a fit for this kind of head. */
        @JvmStatic
        public fun of(head: HeadKind): FitOptions = fitOptions(head)
    }
}

/**
 * Training on unlabeled clips (Lee, Pseudo-Label, ICML workshop 2013): the head trained on the labeled clips labels
 * them, and confidently labeled ones are added to the training. They are not part of any estimate.
 */
public class PseudoLabels private constructor(builder: Builder) {
    /** Minimum probability of a clip's label. Range: 0.5 to 1. Default: 0.9. */
    public val confidence: Float = builder.confidence

    /** Weight of such a clip relative to a labeled clip of its class. Range: above 0, up to 1. Default: 0.5. */
    public val weight: Float = builder.weight

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): PseudoLabels = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.confidence = confidence
        it.weight = weight
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "confidence" to confidence,
        "weight" to weight,
    )

    override fun equals(other: Any?): Boolean = other is PseudoLabels && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("PseudoLabels", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /** Minimum probability of a clip's label. Range: 0.5 to 1. Default: 0.9. */
        @set:JvmSynthetic
        public var confidence: Float = 0.9f

        /** Sets [confidence]. */
        public fun setConfidence(value: Float): Builder = apply { confidence = value }

        /** Weight of such a clip relative to a labeled clip of its class. Range: above 0, up to 1. Default: 0.5. */
        @set:JvmSynthetic
        public var weight: Float = 0.5f

        /** Sets [weight]. */
        public fun setWeight(value: Float): Builder = apply { weight = value }

        /** Returns the options. */
        public fun build(): PseudoLabels = PseudoLabels(this)
    }
}

/**
 * Retention in days per level of detail; null keeps data forever. Coarser tallies must be kept at least as long as
 * finer ones. Events and minutes are pruned by whole hours, hours by whole days: a stretch is pruned when all of it has
 * been expired for a day, and later after days on which the clock was not seen.
 */
public class Retention private constructor(builder: Builder) {
    /** Days that events are kept. Default: 30. */
    public val events: Int? = builder.events

    /** Days that tallies of minutes are kept. Default: 366. */
    public val minutes: Int? = builder.minutes

    /** Days that tallies of hours are kept. Default: 1827. */
    public val hours: Int? = builder.hours

    /** Days that tallies of days are kept. Default: null. */
    public val days: Int? = builder.days

    /** Days that a medium is kept after its last recorded event. Default: 366. */
    public val media: Int? = builder.media

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): Retention = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.events = events
        it.minutes = minutes
        it.hours = hours
        it.days = days
        it.media = media
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "events" to events,
        "minutes" to minutes,
        "hours" to hours,
        "days" to days,
        "media" to media,
    )

    override fun equals(other: Any?): Boolean = other is Retention && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Retention", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /** Days that events are kept. Default: 30. */
        @set:JvmSynthetic
        public var events: Int? = 30

        /** Sets [events]. */
        public fun setEvents(value: Int?): Builder = apply { events = value }

        /** Days that tallies of minutes are kept. Default: 366. */
        @set:JvmSynthetic
        public var minutes: Int? = 366

        /** Sets [minutes]. */
        public fun setMinutes(value: Int?): Builder = apply { minutes = value }

        /** Days that tallies of hours are kept. Default: 1827. */
        @set:JvmSynthetic
        public var hours: Int? = 1827

        /** Sets [hours]. */
        public fun setHours(value: Int?): Builder = apply { hours = value }

        /** Days that tallies of days are kept. Default: null. */
        @set:JvmSynthetic
        public var days: Int? = null

        /** Sets [days]. */
        public fun setDays(value: Int?): Builder = apply { days = value }

        /** Days that a medium is kept after its last recorded event. Default: 366. */
        @set:JvmSynthetic
        public var media: Int? = 366

        /** Sets [media]. */
        public fun setMedia(value: Int?): Builder = apply { media = value }

        /** Returns the options. */
        public fun build(): Retention = Retention(this)
    }
}

/** Options of a user's timelines. */
public class TimelineOptions private constructor(builder: Builder) {
    /**
     * Minutes by which local time is ahead of UTC: 60 in Berlin in winter, -300 in New York. It can change only while
     * no data by wall time is stored; times of media are not shifted. Range: -840 to 840. Default: 0.
     */
    public val offsetMinutes: Int = builder.offsetMinutes

    /** How long data is kept. */
    public val retention: Retention = builder.retention

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): TimelineOptions = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.offsetMinutes = offsetMinutes
        it.retention = retention
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "offsetMinutes" to offsetMinutes,
        "retention" to retention,
    )

    override fun equals(other: Any?): Boolean = other is TimelineOptions && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("TimelineOptions", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /**
         * Minutes by which local time is ahead of UTC: 60 in Berlin in winter, -300 in New York. It can change only
         * while no data by wall time is stored; times of media are not shifted. Range: -840 to 840. Default: 0.
         */
        @set:JvmSynthetic
        public var offsetMinutes: Int = 0

        /** Sets [offsetMinutes]. */
        public fun setOffsetMinutes(value: Int): Builder = apply { offsetMinutes = value }

        /** How long data is kept. */
        @set:JvmSynthetic
        public var retention: Retention = Retention()

        /** Sets [retention]. */
        public fun setRetention(value: Retention): Builder = apply { retention = value }

        /** Returns the options. */
        public fun build(): TimelineOptions = TimelineOptions(this)
    }
}

/** Options of an adaptation. */
public class AdaptOptions private constructor(builder: Builder) {
    /** The kind of the user's head; an engine with a generic head uses the kind of that head. Default: `LOGISTIC`. */
    public val head: HeadKind = builder.head

    /** Options of the fit. null: those that suit the head. Default: null. */
    public val fit: FitOptions? = builder.fit

    /**
     * Share of each recorded class's loss given to rehearsal samples of the generic data. Range: 0 to 0.9. Default:
     * 0.3.
     */
    public val rehearsal: Float = builder.rehearsal

    /** Whether the user's offset is subtracted from the frames. Default: true. */
    public val isCentered: Boolean = builder.isCentered

    /**
     * Number of inner splits, each of which holds out one part of the clips; at most one per clip. Range: 2 to 64.
     * Default: 10.
     */
    public val folds: Int = builder.folds

    /** Whether labels are examined and a head that does not beat the current one is refused. Default: true. */
    public val isGated: Boolean = builder.isGated

    /** Options for learning unlabeled clips; null: they count for the user's offset only. Default: null. */
    public val pseudoLabels: PseudoLabels? = builder.pseudoLabels

    /**
     * Whether a user without embeddings of the identity network in use is adapted although nobody can tell whose face
     * the clips show. Refused for users with embeddings. Default: false.
     */
    public val allowsUncheckedFaces: Boolean = builder.allowsUncheckedFaces

    /**
     * Whether the speech of clips that show several faces, or a mouth that is still, is learned as the user's, although
     * nobody can tell whose voice it is. Default: false.
     */
    public val allowsUncheckedVoices: Boolean = builder.allowsUncheckedVoices

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): AdaptOptions = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.head = head
        it.fit = fit
        it.rehearsal = rehearsal
        it.isCentered = isCentered
        it.folds = folds
        it.isGated = isGated
        it.pseudoLabels = pseudoLabels
        it.allowsUncheckedFaces = allowsUncheckedFaces
        it.allowsUncheckedVoices = allowsUncheckedVoices
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "head" to head,
        "fit" to fit,
        "rehearsal" to rehearsal,
        "isCentered" to isCentered,
        "folds" to folds,
        "isGated" to isGated,
        "pseudoLabels" to pseudoLabels,
        "allowsUncheckedFaces" to allowsUncheckedFaces,
        "allowsUncheckedVoices" to allowsUncheckedVoices,
    )

    override fun equals(other: Any?): Boolean = other is AdaptOptions && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("AdaptOptions", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /**
         * The kind of the user's head; an engine with a generic head uses the kind of that head. Default: `LOGISTIC`.
         */
        @set:JvmSynthetic
        public var head: HeadKind = HeadKind.LOGISTIC

        /** Sets [head]. */
        public fun setHead(value: HeadKind): Builder = apply { head = value }

        /** Options of the fit. null: those that suit the head. Default: null. */
        @set:JvmSynthetic
        public var fit: FitOptions? = null

        /** Sets [fit]. */
        public fun setFit(value: FitOptions?): Builder = apply { fit = value }

        /**
         * Share of each recorded class's loss given to rehearsal samples of the generic data. Range: 0 to 0.9. Default:
         * 0.3.
         */
        @set:JvmSynthetic
        public var rehearsal: Float = 0.3f

        /** Sets [rehearsal]. */
        public fun setRehearsal(value: Float): Builder = apply { rehearsal = value }

        /** Whether the user's offset is subtracted from the frames. Default: true. */
        @set:JvmSynthetic
        public var isCentered: Boolean = true

        /** Sets [isCentered]. */
        public fun setCentered(value: Boolean): Builder = apply { isCentered = value }

        /**
         * Number of inner splits, each of which holds out one part of the clips; at most one per clip. Range: 2 to 64.
         * Default: 10.
         */
        @set:JvmSynthetic
        public var folds: Int = 10

        /** Sets [folds]. */
        public fun setFolds(value: Int): Builder = apply { folds = value }

        /** Whether labels are examined and a head that does not beat the current one is refused. Default: true. */
        @set:JvmSynthetic
        public var isGated: Boolean = true

        /** Sets [isGated]. */
        public fun setGated(value: Boolean): Builder = apply { isGated = value }

        /** Options for learning unlabeled clips; null: they count for the user's offset only. Default: null. */
        @set:JvmSynthetic
        public var pseudoLabels: PseudoLabels? = null

        /** Sets [pseudoLabels]. */
        public fun setPseudoLabels(value: PseudoLabels?): Builder = apply { pseudoLabels = value }

        /**
         * Whether a user without embeddings of the identity network in use is adapted although nobody can tell whose
         * face the clips show. Refused for users with embeddings. Default: false.
         */
        @set:JvmSynthetic
        public var allowsUncheckedFaces: Boolean = false

        /** Sets [allowsUncheckedFaces]. */
        public fun setAllowsUncheckedFaces(value: Boolean): Builder = apply { allowsUncheckedFaces = value }

        /**
         * Whether the speech of clips that show several faces, or a mouth that is still, is learned as the user's,
         * although nobody can tell whose voice it is. Default: false.
         */
        @set:JvmSynthetic
        public var allowsUncheckedVoices: Boolean = false

        /** Sets [allowsUncheckedVoices]. */
        public fun setAllowsUncheckedVoices(value: Boolean): Builder = apply { allowsUncheckedVoices = value }

        /** Returns the options. */
        public fun build(): AdaptOptions = AdaptOptions(this)
    }
}

/**
 * How much the answers of one modality weigh where face and voice are joined: their logarithms are multiplied by it.
 */
public class FusionWeights private constructor(builder: Builder) {
    /** Weight of its generic head, above 0. Default: 1. */
    public val generic: Float = builder.generic

    /** Weight of heads adapted to a user, above 0. Default: 1. */
    public val adapted: Float = builder.adapted

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): FusionWeights = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.generic = generic
        it.adapted = adapted
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "generic" to generic,
        "adapted" to adapted,
    )

    override fun equals(other: Any?): Boolean = other is FusionWeights && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("FusionWeights", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /** Weight of its generic head, above 0. Default: 1. */
        @set:JvmSynthetic
        public var generic: Float = 1f

        /** Sets [generic]. */
        public fun setGeneric(value: Float): Builder = apply { generic = value }

        /** Weight of heads adapted to a user, above 0. Default: 1. */
        @set:JvmSynthetic
        public var adapted: Float = 1f

        /** Sets [adapted]. */
        public fun setAdapted(value: Float): Builder = apply { adapted = value }

        /** Returns the options. */
        public fun build(): FusionWeights = FusionWeights(this)
    }
}

/** How face and voice are joined. `mien eval ravdess` with `--face-features` finds weights. */
public class Fusion private constructor(builder: Builder) {
    /** Weights of the face. */
    public val face: FusionWeights = builder.face

    /** Weights of the voice. */
    public val speech: FusionWeights = builder.speech

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): Fusion = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.face = face
        it.speech = speech
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "face" to face,
        "speech" to speech,
    )

    override fun equals(other: Any?): Boolean = other is Fusion && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Fusion", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /** Weights of the face. */
        @set:JvmSynthetic
        public var face: FusionWeights = FusionWeights()

        /** Sets [face]. */
        public fun setFace(value: FusionWeights): Builder = apply { face = value }

        /** Weights of the voice. */
        @set:JvmSynthetic
        public var speech: FusionWeights = FusionWeights()

        /** Sets [speech]. */
        public fun setSpeech(value: FusionWeights): Builder = apply { speech = value }

        /** Returns the options. */
        public fun build(): Fusion = Fusion(this)
    }
}

/** Options of an engine; immutable after creation. */
public class EngineOptions private constructor(builder: Builder) {
    /** Options of the face detector. */
    public val detector: DetectorOptions = builder.detector

    /** Limits that a usable face must keep. */
    public val quality: QualityLimits = builder.quality

    /** How identity is decided. null: the calibration of the store, or else of the model pack. Default: null. */
    public val calibration: Calibration? = builder.calibration

    /**
     * The file of the generic head, written by `mien train`. null: the last layer of the expression network. Default:
     * null.
     */
    public val genericHead: ByteArray? = builder.genericHead

    /**
     * The file of the generic head for speech, written by `mien train --stream speech`. null: the voice counts only for
     * users with a head of their own for speech. Default: null.
     */
    public val genericSpeechHead: ByteArray? = builder.genericSpeechHead

    /**
     * Whether the networks of a face run in parallel, on one more thread while a frame is processed. If another core is
     * free, the result comes earlier, for somewhat more energy. Default: false.
     */
    public val isParallel: Boolean = builder.isParallel

    /** How face and voice are joined. */
    public val fusion: Fusion = builder.fusion

    /** Creates options with the defaults. */
    public constructor() : this(Builder())

    /** Creates options; [change] sets those that differ from the defaults. */
    public constructor(change: Builder.() -> Unit) : this(Builder().apply(change))

    /** Returns these options, changed by [change]. */
    public fun copy(change: Builder.() -> Unit): EngineOptions = toBuilder().apply(change).build()

    /** Returns a builder that has these options. */
    public fun toBuilder(): Builder = Builder().also {
        it.detector = detector
        it.quality = quality
        it.calibration = calibration
        it.genericHead = genericHead
        it.genericSpeechHead = genericSpeechHead
        it.isParallel = isParallel
        it.fusion = fusion
    }

    private fun parts(): List<Pair<String, Any?>> = listOf(
        "detector" to detector,
        "quality" to quality,
        "calibration" to calibration,
        "genericHead" to genericHead?.asList(),
        "genericSpeechHead" to genericSpeechHead?.asList(),
        "isParallel" to isParallel,
        "fusion" to fusion,
    )

    override fun equals(other: Any?): Boolean = other is EngineOptions && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("EngineOptions", parts())

    /** Sets options; each has a default. */
    public class Builder {
        /** Options of the face detector. */
        @set:JvmSynthetic
        public var detector: DetectorOptions = DetectorOptions()

        /** Sets [detector]. */
        public fun setDetector(value: DetectorOptions): Builder = apply { detector = value }

        /** Limits that a usable face must keep. */
        @set:JvmSynthetic
        public var quality: QualityLimits = QualityLimits()

        /** Sets [quality]. */
        public fun setQuality(value: QualityLimits): Builder = apply { quality = value }

        /** How identity is decided. null: the calibration of the store, or else of the model pack. Default: null. */
        @set:JvmSynthetic
        public var calibration: Calibration? = null

        /** Sets [calibration]. */
        public fun setCalibration(value: Calibration?): Builder = apply { calibration = value }

        /**
         * The file of the generic head, written by `mien train`. null: the last layer of the expression network.
         * Default: null.
         */
        @set:JvmSynthetic
        public var genericHead: ByteArray? = null

        /** Sets [genericHead]. */
        public fun setGenericHead(value: ByteArray?): Builder = apply { genericHead = value }

        /**
         * The file of the generic head for speech, written by `mien train --stream speech`. null: the voice counts only
         * for users with a head of their own for speech. Default: null.
         */
        @set:JvmSynthetic
        public var genericSpeechHead: ByteArray? = null

        /** Sets [genericSpeechHead]. */
        public fun setGenericSpeechHead(value: ByteArray?): Builder = apply { genericSpeechHead = value }

        /**
         * Whether the networks of a face run in parallel, on one more thread while a frame is processed. If another
         * core is free, the result comes earlier, for somewhat more energy. Default: false.
         */
        @set:JvmSynthetic
        public var isParallel: Boolean = false

        /** Sets [isParallel]. */
        public fun setParallel(value: Boolean): Builder = apply { isParallel = value }

        /** How face and voice are joined. */
        @set:JvmSynthetic
        public var fusion: Fusion = Fusion()

        /** Sets [fusion]. */
        public fun setFusion(value: Fusion): Builder = apply { fusion = value }

        /** Returns the options. */
        public fun build(): EngineOptions = EngineOptions(this)
    }
}
