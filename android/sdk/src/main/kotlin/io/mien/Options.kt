package io.mien

/**
 * Options of the face detector.
 *
 * @property size Side of the square that the frame is fitted into, pixels: a multiple of 32, 96 to 1280. Smaller is
 *   faster and misses small faces (below about 10 pixels there). Default 320.
 * @property score Minimum detection score of a face, 0 to 1. Default 0.6.
 * @property overlap Maximum intersection over union of two boxes, 0 to 1; above it the box with the lower score is
 *   dropped. Default 0.3.
 * @property maxFaces Maximum number of faces, those with the best scores, 1 to 1000. Default 20.
 */
public data class DetectorOptions(
    val size: Int = 320,
    val score: Float = 0.6f,
    val overlap: Float = 0.3f,
    val maxFaces: Int = 20,
)

/**
 * Limits that a usable face must keep.
 *
 * @property eyeDistance Minimum distance between the eyes, pixels. Default 18.
 * @property yaw Maximum turn to either side, degrees. Default 40.
 * @property pitch Maximum nod up or down, degrees. Default 35.
 * @property roll Maximum tilt to either side, degrees. Default 45.
 * @property sharpness Minimum sharpness: the share of fine detail in the contrast. Default 0.02.
 * @property darkest Minimum mean luminance, 0 to 255. Default 35.
 * @property brightest Maximum mean luminance, 0 to 255. Default 230.
 * @property contrast Minimum standard deviation of the luminance, 0 to 127. Default 10.
 * @property clipped Maximum share of pixels that are nearly black or white, 0 to 1. Default 0.5.
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
 * How much the answers of one modality weigh where face and voice are joined: their logarithms are multiplied by it.
 *
 * @property generic Weight of its generic head, above 0. Default 1.
 * @property adapted Weight of heads adapted to a user, above 0. Default 1.
 */
public data class FusionWeights(val generic: Float = 1f, val adapted: Float = 1f)

/**
 * How face and voice are joined. `mien eval ravdess` with `--face-features` finds weights.
 *
 * @property face Weights of the face.
 * @property speech Weights of the voice.
 */
public data class Fusion(val face: FusionWeights = FusionWeights(), val speech: FusionWeights = FusionWeights())

/**
 * Options of an engine; immutable after creation.
 *
 * @property detector Options of the face detector.
 * @property quality Limits that a usable face must keep.
 * @property calibration How identity is decided. Default null: the calibration of the store, or else of the model
 *   pack.
 * @property genericHead The file of the generic head, written by `mien train`. Default null: the last layer of the
 *   expression network.
 * @property genericSpeechHead The file of the generic head for speech, written by `mien train --stream speech`. Default
 *   null: the voice counts only for users with a head of their own for speech.
 * @property parallel Whether the networks of a face run in parallel, on one more thread while a frame is processed.
 *   If another core is free, the result comes earlier, for somewhat more energy. Default false.
 * @property fusion How face and voice are joined. Default: all weights 1.
 */
public class EngineOptions(
    public val detector: DetectorOptions = DetectorOptions(),
    public val quality: QualityLimits = QualityLimits(),
    public val calibration: Calibration? = null,
    public val genericHead: ByteArray? = null,
    public val parallel: Boolean = false,
    public val genericSpeechHead: ByteArray? = null,
    public val fusion: Fusion = Fusion(),
)

/**
 * Maximum sizes of a store. Stored data stays readable under lower limits.
 *
 * @property users Maximum number of users. Default 100.
 * @property embeddings Maximum number of embeddings per user. Default 256.
 * @property storeBytes Maximum size of all stored data, bytes in pages of 4096. Default 512 MiB.
 * @property importBytes Maximum size of a file that a user is imported from, bytes. Default 256 MiB.
 */
public data class StoreLimits(
    val users: Int = 100,
    val embeddings: Int = 256,
    val storeBytes: Long = 512L shl 20,
    val importBytes: Long = 256L shl 20,
)

/**
 * Options of the tracker, which follows faces from frame to frame.
 *
 * @property maxFaces Maximum number of faces that are followed at a time, 1 to 32. Default 4.
 * @property detectEvery The detector runs on every n-th frame, 1 to 1000; every other time it runs only around the
 *   followed faces. Default 5.
 * @property detectWithinUs Maximum time between detections, microseconds, up to a minute. Default 200,000.
 * @property lostUs Time that an unseen face is remembered, microseconds, up to a minute. Default 2,000,000.
 * @property beginScore Minimum detection score of a new track, 0 to 1. Default 0.7.
 */
public data class TrackerOptions(
    val maxFaces: Int = 4,
    val detectEvery: Int = 5,
    val detectWithinUs: Long = 200_000,
    val lostUs: Long = 2_000_000,
    val beginScore: Float = 0.7f,
)

/**
 * Options of a session; immutable after creation.
 *
 * @property tracker Options of the tracker.
 * @property analyzeFps Number of analyses of each face per second, 0.1 to 240. Default 10.
 * @property maxAnalyses Maximum number of settled faces analyzed in one frame, 1 to 32; the others wait for the next
 *   frame, the longest waiting first. Default 2.
 * @property windowFrames Number of the last analyses of a track that the head reads, 1 to 256. Default 5.
 * @property minWindow Minimum number of analyses, 1 to `windowFrames`; with fewer the answer is unsure. Default 3.
 * @property smoothingUs Time constant of the smoothing of probabilities, microseconds of stream time, 0 to 10 s; 0
 *   disables smoothing. Default 100,000.
 * @property switchMargin Probability by which another label must lead before the label changes, 0 to 1. Default 0.1.
 * @property switchUs Time that another label must lead before the label changes, microseconds of stream time, 0 to 10
 *   s. Default 100,000.
 * @property minConfidence Minimum probability of the label, 0 to 1; below it the answer is unsure. Default 0.5.
 * @property settleFrames Number of agreeing good embeddings that settle an identity, 1 to 16. Default 3.
 * @property identifyEveryUs Re-identification interval of a settled identity, microseconds, up to a minute. Default
 *   1,000,000.
 * @property speechHoldUs How long speech goes on counting after its end, microseconds, up to a minute. Default 1,000,000.
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
    val speechHoldUs: Long = 1_000_000,
)

/**
 * Options of a live session; immutable after creation.
 *
 * @property stream Options for processing a frame.
 * @property targetFps Maximum number of frames processed per second, by their timestamps, 0.1 to 240. Default 15.
 * @property minChange A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels, 0 to 255; 0
 *   skips none. Default 3.
 * @property idleUs Maximum time without processing a frame, microseconds, up to 500,000; after it an unchanged frame
 *   is processed too. Default 400,000.
 * @property maxResults Maximum number of results that wait to be fetched, 1 to 1000; beyond it the oldest is dropped
 *   and its events move to the next result. Default 32.
 */
public data class LiveOptions(
    val stream: StreamOptions = StreamOptions(),
    val targetFps: Float = 15f,
    val minChange: Float = 3f,
    val idleUs: Long = 400_000,
    val maxResults: Int = 32,
)

/**
 * Options of an enrollment.
 *
 * @property targetFrames Number of accepted frames at which the enrollment is complete, `minFrames` to `maxFrames`.
 *   Default 5.
 * @property minFrames Minimum number of accepted frames, 1 and up; with fewer no user is enrolled. Default 1.
 * @property maxFrames Maximum number of accepted frames, up to 20. Default 10.
 * @property minDifference Minimum difference to each accepted frame, 0 to 2: 1 minus the cosine of the embeddings.
 *   Default 0.01.
 * @property samePerson Whether the person was asked and says that all frames show one person. Then frames that look like
 *   somebody else are accepted too, except those that resemble another enrolled user. Default false.
 */
public data class EnrollmentOptions(
    val targetFrames: Int = 5,
    val minFrames: Int = 1,
    val maxFrames: Int = 10,
    val minDifference: Float = 0.01f,
    val samePerson: Boolean = false,
)

/** The kind of a clip classifier. */
public enum class HeadKind {
    /** Logistic regression over the mean of a clip. */
    LOGISTIC,

    /** Attention with one weight per frame. */
    SINGLE_ATTENTION,

    /** Frame attention, then attention to the relation of each frame to the clip's summary. */
    RELATION_ATTENTION,

    /** Self-attention between the frames. */
    SELF_ATTENTION,
}

/**
 * Options of a fit.
 *
 * @property epochs Number of passes over the clips, 1 to 100,000.
 * @property batch Number of clips per step; 0: all.
 * @property rate Initial learning rate of Adam, above 0.
 * @property pull Pull toward the starting weights (L2-SP), 0 and up.
 * @property balanced Whether each class weighs the same, whatever its number of clips.
 * @property smoothing Share of the target that is spread over all classes that occur, 0 to 0.9.
 * @property seed Seed that decides which clips share a batch.
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
    /** Default options of fits. */
    public companion object {
        /** Returns the default options of a fit for this kind of head. */
        public fun of(head: HeadKind): FitOptions = io.mien.internal.fitOptions(head)
    }
}

/**
 * Options for learning unlabeled clips: the head that learned the labeled clips labels the others, and those with a
 * confident label are learned too.
 *
 * @property confidence Minimum probability of a clip's label, 0.5 to 1. Default 0.9.
 * @property weight Weight of such a clip relative to a labeled clip of its class, above 0 to 1. Default 0.5.
 */
public data class PseudoLabels(val confidence: Float = 0.9f, val weight: Float = 0.5f)

/**
 * Options of an adaptation.
 *
 * @property head The kind of the user's head; an engine with a generic head uses the kind of that head. Default
 *   logistic.
 * @property fit Options of the fit. Default null: those that suit the head.
 * @property rehearsal Share of each recorded class's loss given to rehearsal samples of the generic data, 0 to 0.9.
 *   Default 0.3.
 * @property centered Whether the user's offset is subtracted from the frames. Default true.
 * @property folds Number of inner splits, 2 to 64. Default 10.
 * @property gate Whether labels are examined and a head that does not beat the current one is refused. Default true.
 * @property pseudoLabels Options for learning unlabeled clips. Default null: they are not learned.
 * @property uncheckedFaces Whether a user without embeddings of the identity network in use is adapted although nobody
 *   can tell whose face the clips show. Refused for users with embeddings. Default false.
 * @property uncheckedVoices Whether the speech of clips that show several faces, or a mouth that is still, is learned as
 *   the user's, although nobody can tell whose voice it is. Default false.
 */
public data class AdaptOptions(
    val head: HeadKind = HeadKind.LOGISTIC,
    val fit: FitOptions? = null,
    val rehearsal: Float = 0.3f,
    val centered: Boolean = true,
    val folds: Int = 10,
    val gate: Boolean = true,
    val pseudoLabels: PseudoLabels? = null,
    val uncheckedFaces: Boolean = false,
    val uncheckedVoices: Boolean = false,
)

/**
 * Retention in days; null keeps data forever. Coarser tallies must be kept at least as long as finer ones.
 *
 * @property events Days that events are kept. Default 30.
 * @property minutes Days that tallies of minutes are kept. Default 366.
 * @property hours Days that tallies of hours are kept. Default 1827.
 * @property days Days that tallies of days are kept. Default null.
 * @property media Days that a medium is kept after its last recorded event. Default 366.
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
 * @property offsetMinutes Minutes by which local time is ahead of UTC, -840 to 840: 60 in Berlin in winter. It can
 *   change only while no data by wall time is stored. Default 0.
 * @property retention Retention in days.
 */
public data class TimelineOptions(val offsetMinutes: Int = 0, val retention: Retention = Retention())
