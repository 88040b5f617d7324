package io.mien

/**
 * How faces are found.
 *
 * @property size side of the square that the frame is fitted into, pixels: a multiple of 32, 96 to 1280; smaller is
 *   faster and misses small faces (below about 10 pixels there)
 * @property score faces below this score are dropped, 0 to 1
 * @property overlap of two boxes that overlap by more than this intersection over union the worse is dropped, 0 to 1
 * @property maxFaces at most so many faces, those with the best scores, 1 to 1000
 */
public data class DetectorOptions(
    val size: Int = 320,
    val score: Float = 0.6f,
    val overlap: Float = 0.3f,
    val maxFaces: Int = 20,
)

/**
 * The limits that a usable face keeps to.
 *
 * @property eyeDistance least distance between the eyes, pixels
 * @property yaw most turn to either side, degrees
 * @property pitch most nod up or down, degrees
 * @property roll most tilt to either side, degrees
 * @property sharpness least sharpness
 * @property darkest least mean luminance, 0 to 255
 * @property brightest most mean luminance, 0 to 255
 * @property contrast least contrast
 * @property clipped most share of pixels that are nearly black or white, 0 to 1
 */
public data class QualityLimits(
    val eyeDistance: Float = 18f,
    val yaw: Float = 40f,
    val pitch: Float = 35f,
    val roll: Float = 45f,
    val sharpness: Float = 0.02f,
    val darkest: Float = 35f,
    val brightest: Float = 230f,
    val contrast: Float = 10f,
    val clipped: Float = 0.5f,
)

/**
 * Options of an engine.
 *
 * @property detector how faces are found
 * @property quality what a usable face keeps to
 * @property calibration how identity is decided; null: as the store says, or else the models
 * @property genericHead the file of a head for everybody, as `mien train` writes it; null: the network's own last layer
 * @property parallel whether a face's networks run beside each other, on a thread more for the time of the frame: where
 * another core is free the same answer comes earlier, for somewhat more energy; false: one after the other
 */
public class EngineOptions(
    public val detector: DetectorOptions = DetectorOptions(),
    public val quality: QualityLimits = QualityLimits(),
    public val calibration: Calibration? = null,
    public val genericHead: ByteArray? = null,
    public val parallel: Boolean = false,
)

/**
 * How much a store may hold.
 *
 * @property users users
 * @property embeddings pictures that a user is recognized by
 * @property storeBytes bytes of all that is kept
 * @property importBytes bytes of a file that a user is imported from
 */
public data class StoreLimits(
    val users: Int = 100,
    val embeddings: Int = 256,
    val storeBytes: Long = 512L shl 20,
    val importBytes: Long = 256L shl 20,
)

/**
 * How faces are followed from frame to frame.
 *
 * @property maxFaces at most so many at a time, 1 to 32
 * @property detectEvery the detector looks at every n-th frame, 1 to 1000, every other time only around the faces that
 *   are followed
 * @property detectWithinUs it looks at least once in this time, microseconds, up to a minute
 * @property lostUs a face that is not seen is remembered for so long, microseconds, up to a minute
 * @property beginScore a new track needs this detection score, 0 to 1
 */
public data class TrackerOptions(
    val maxFaces: Int = 4,
    val detectEvery: Int = 5,
    val detectWithinUs: Long = 200_000,
    val lostUs: Long = 2_000_000,
    val beginScore: Float = 0.7f,
)

/**
 * Options of a session.
 *
 * @property tracker how faces are followed
 * @property analyzeFps so many times a second each face goes through the networks, 0.1 to 240
 * @property maxAnalyses at most so many settled faces are analyzed at one frame, 1 to 32
 * @property windowFrames the head looks at so many analyses of the track, 1 to 256
 * @property minWindow with fewer analyses the answer counts as unsure, at most [windowFrames]
 * @property smoothingUs time constant of the smoothing of probabilities, microseconds, 0 to 10 s
 * @property switchMargin the label changes where another leads by this probability, 0 to 1
 * @property switchUs it changes after the other has led for so long, microseconds, 0 to 10 s
 * @property minConfidence below this probability of the label the answer counts as unsure, 0 to 1
 * @property settleFrames so many good pictures that agree settle who it is, 1 to 16
 * @property identifyEveryUs a settled identity is asked again after so long, microseconds, up to a minute
 */
public data class StreamOptions(
    val tracker: TrackerOptions = TrackerOptions(),
    val analyzeFps: Float = 10f,
    val maxAnalyses: Int = 2,
    val windowFrames: Int = 5,
    val minWindow: Int = 3,
    val smoothingUs: Long = 100_000,
    val switchMargin: Float = 0.1f,
    val switchUs: Long = 100_000,
    val minConfidence: Float = 0.5f,
    val settleFrames: Int = 3,
    val identifyEveryUs: Long = 1_000_000,
)

/**
 * Options of a live session.
 *
 * @property stream what is done with a frame
 * @property targetFps at most so many frames a second are looked at, by their timestamps, 0.1 to 240
 * @property minChange a frame in which no part of a 32 x 32 grid has changed by so many gray levels is skipped, 0 to
 *   255; 0 skips none
 * @property idleUs after so long an unchanged frame is looked at all the same, microseconds, up to 500,000
 * @property maxResults so many results wait to be fetched, 1 to 1000; then the oldest goes, but not its events
 */
public data class LiveOptions(
    val stream: StreamOptions = StreamOptions(),
    val targetFps: Float = 15f,
    val minChange: Float = 3f,
    val idleUs: Long = 400_000,
    val maxResults: Int = 32,
)

/**
 * How an enrollment goes.
 *
 * @property targetFrames frames after which the user is known well
 * @property minFrames frames without which there is no user, 1 and up
 * @property maxFrames frames after which no more are taken, at most 20
 * @property minDifference how much a frame must differ from each one taken, 0 to 2
 */
public data class EnrollmentOptions(
    val targetFrames: Int = 5,
    val minFrames: Int = 1,
    val maxFrames: Int = 10,
    val minDifference: Float = 0.01f,
)

/** The kinds of heads. */
public enum class HeadKind {
    /** Logistic regression over the mean of a clip. */
    LOGISTIC,

    /** One attention weight a frame. */
    SINGLE_ATTENTION,

    /** Frame attention, then relation to the clip's first summary. */
    RELATION_ATTENTION,

    /** Frames attend to frames. */
    SELF_ATTENTION,
}

/**
 * How a fit is done.
 *
 * @property epochs passes over the clips, 1 to 100,000
 * @property batch clips a step; 0 for all
 * @property rate Adam's first rate, above 0
 * @property pull pull toward the starting weights, 0 and up
 * @property balanced whether each class weighs the same, whatever its number of clips
 * @property smoothing share of the target that is spread over all classes that occur, 0 to 0.9
 * @property seed decides which clips share a batch
 */
public data class FitOptions(
    val epochs: Int,
    val batch: Int,
    val rate: Float,
    val pull: Float,
    val balanced: Boolean,
    val smoothing: Float,
    val seed: Long,
) {
    /** Where options of one's own start from. */
    public companion object {
        /** How a head of this kind is fitted by default. */
        public fun of(head: HeadKind): FitOptions = io.mien.internal.fitOptions(head)
    }
}

/**
 * How unlabeled clips are learned: the head that learned the labeled clips names them.
 *
 * @property confidence least probability of a clip's answer, 0.5 to 1
 * @property weight what such a clip weighs beside a labeled one of its class, above 0 to 1
 */
public data class PseudoLabels(val confidence: Float = 0.9f, val weight: Float = 0.5f)

/**
 * Options of an adaptation.
 *
 * @property head the kind of the user's head; that of the generic head where the engine was given one
 * @property fit how a fit is done; null: what suits the head
 * @property rehearsal the part of a recorded class's weight that draws from the generic data take, 0 to 0.9
 * @property centered whether the user's offset is taken from the frames
 * @property folds inner splits, 2 to 64
 * @property gate whether a head that does not beat the one that answers now is refused
 * @property pseudoLabels whether and how unlabeled clips are learned
 */
public data class AdaptOptions(
    val head: HeadKind = HeadKind.LOGISTIC,
    val fit: FitOptions? = null,
    val rehearsal: Float = 0.3f,
    val centered: Boolean = true,
    val folds: Int = 10,
    val gate: Boolean = true,
    val pseudoLabels: PseudoLabels? = null,
)

/**
 * For how many days what is kept; null is for ever. Coarser tallies must be kept at least as long as finer ones.
 *
 * @property events events
 * @property minutes buckets of a minute
 * @property hours buckets of an hour
 * @property days buckets of a day
 * @property media a medium, whole, after events were last recorded of it
 */
public data class Retention(
    val events: Int? = 30,
    val minutes: Int? = 366,
    val hours: Int? = 1827,
    val days: Int? = null,
    val media: Int? = 366,
)

/**
 * Options of a user's timelines.
 *
 * @property offsetMinutes by how many minutes days begin before those of UTC, -840 to 840; it can be changed only while
 *   nothing by wall time is kept
 * @property retention how long what is kept
 */
public data class TimelineOptions(val offsetMinutes: Int = 0, val retention: Retention = Retention())
