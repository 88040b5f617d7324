package io.mien

/** A rectangle in upright frame pixels. */
public data class Rect(val x: Float, val y: Float, val width: Float, val height: Float)

/** A point in upright frame pixels. */
public data class Point(val x: Float, val y: Float)

/** A detected face in upright frame pixels; left and right are those of the picture. [score] is the detector's, 0 to 1. */
public data class Face(
    val bounds: Rect,
    val leftEye: Point,
    val rightEye: Point,
    val nose: Point,
    val leftMouth: Point,
    val rightMouth: Point,
    val score: Float,
)

/**
 * What can be measured of a face without a network.
 *
 * @property eyeDistance distance between the eyes, frame pixels
 * @property yaw turn to the side, degrees, positive toward the picture's right
 * @property pitch nod, degrees, positive upwards
 * @property roll tilt, degrees, positive clockwise in the picture
 * @property sharpness how much of the contrast is fine detail, 0 and up
 * @property brightness mean luminance, 0 to 255
 * @property contrast standard deviation of the luminance, 0 to 127
 * @property clipped share of pixels that are nearly black or white, 0 to 1
 */
public data class Quality(
    val eyeDistance: Float,
    val yaw: Float,
    val pitch: Float,
    val roll: Float,
    val sharpness: Float,
    val brightness: Float,
    val contrast: Float,
    val clipped: Float,
)

/** Why a face is not good enough. */
public enum class QualityIssue {
    /** The eyes are too near each other in pixels. */
    TOO_SMALL,

    /** The face looks to the side, up or down, or is tilted too far. */
    TURNED,

    /** Too little fine detail. */
    BLURRED,

    /** Too dark. */
    DARK,

    /** Too bright, or too much of it is clipped. */
    OVEREXPOSED,

    /** Light and dark hardly differ. */
    LOW_CONTRAST,
}

/** Why a face is nobody's. */
public enum class UnknownReason {
    /** No user is enrolled whose pictures fit the networks in use. */
    NOBODY_ENROLLED,

    /** Nobody is similar enough. */
    BELOW_THRESHOLD,

    /** Two users are similar, and nearly alike so: it may be either. */
    TOO_NEAR_TO_A_SECOND_USER,
}

/** Whose face it is. */
public sealed interface Identity {
    /** An enrolled user, with the similarity, -1 to 1. */
    public data class User(val name: String, val similarity: Float) : Identity

    /** Nobody enrolled; [nearest] is the similarity to the most similar user, where there is one. */
    public data class Unknown(val nearest: Float?, val reason: UnknownReason) : Identity
}

/** A class with its probability, 0 to 1. */
public data class LabelProbability(val label: String, val probability: Float)

/**
 * Probabilities of emotions.
 *
 * @property label the most probable label
 * @property probabilities each label with its probability, in the head's order; they sum to 1
 * @property adapted whether the user's own head answered, or the generic one
 */
public data class Emotion(val label: String, val probabilities: List<LabelProbability>, val adapted: Boolean) {
    /** The probability of [label]. */
    val confidence: Float
        get() = probabilities.maxOfOrNull { it.probability } ?: 0f
}

/**
 * One face of a still picture.
 *
 * @property face where it is
 * @property principal whether this is the face that the picture is about: large and near the middle
 * @property quality how good a picture of it this is
 * @property issues why it is not a good one; empty where it is
 * @property identity whose it is
 * @property emotion what it shows; null where the models have no generic head and the user none either
 */
public data class FaceResult(
    val face: Face,
    val principal: Boolean,
    val quality: Quality,
    val issues: List<QualityIssue>,
    val identity: Identity,
    val emotion: Emotion?,
)

/** The faces of a still picture of the upright size [width] x [height], best detection score first; none is a result. */
public data class FrameResult(val width: Int, val height: Int, val faces: List<FaceResult>) {
    /** The face that the picture is about. */
    val principal: FaceResult?
        get() = faces.firstOrNull { it.principal }
}

/** Why an answer is not to be relied on. */
public sealed interface Unsure {
    /** No label is probable enough. */
    public data object LowConfidence : Unsure

    /** The track has too few analyses yet. */
    public data object ShortWindow : Unsure

    /** It is not settled who it is, so the generic head answers. */
    public data object IdentityOpen : Unsure

    /** The picture of the face is not good enough. */
    public data class Quality(val issue: QualityIssue) : Unsure
}

/**
 * A face of a stream at one frame.
 *
 * @property track the track that it belongs to; counts from 1 and is never given twice in a session
 * @property face where it is
 * @property identity who it is; null while that is not settled
 * @property emotion smoothed probabilities; null before the first analysis
 * @property label the label with hysteresis, for showing and recording
 * @property unsure why the answer is not to be relied on; empty where it is
 * @property quality the quality at the last analysis
 * @property analyzedUs the time of the last analysis, microseconds
 */
public data class TrackedFace(
    val track: Long,
    val face: Face,
    val identity: Identity?,
    val emotion: Emotion?,
    val label: String?,
    val unsure: List<Unsure>,
    val quality: Quality?,
    val analyzedUs: Long?,
)

/** Something that changed at a frame; [track] says whose. */
public sealed interface StreamEvent {
    /** Whose track it is. */
    public val track: Long

    /** A new face. */
    public data class Began(override val track: Long) : StreamEvent

    /** The face is out of sight; its track waits for it. */
    public data class Lost(override val track: Long) : StreamEvent

    /** The track is over. */
    public data class Ended(override val track: Long) : StreamEvent

    /** It was found out who it is, or that it is nobody who is enrolled. */
    public data class IdentitySettled(override val track: Long, val identity: Identity) : StreamEvent

    /** It is in doubt again who it is. */
    public data class IdentityLost(override val track: Long) : StreamEvent

    /** The label has changed; [from] is null for the track's first, [probability] is the new label's, 0 to 1. */
    public data class EmotionChanged(
        override val track: Long,
        val user: String?,
        val from: String?,
        val to: String,
        val probability: Float,
    ) : StreamEvent
}

/**
 * What a session says of a frame.
 *
 * @property timestampUs the frame's timestamp, microseconds
 * @property faces the faces that are seen, by track
 * @property events what changed, in the order in which it did
 * @property detected whether the detector looked at the frame
 */
public data class StreamResult(
    val timestampUs: Long,
    val faces: List<TrackedFace>,
    val events: List<StreamEvent>,
    val detected: Boolean,
)

/** What became of a frame that was handed to a live session. */
public enum class Submission {
    /** It waits to be looked at, in place of an older one where one waited. */
    TAKEN,

    /** It came before its turn by the target rate. */
    PACED,

    /** Nothing in it has changed. */
    UNCHANGED,
}

/** The answer to one frame of an enrollment. */
public sealed interface EnrollmentStep {
    /** The frame counts: [count] so far, [targetFrames] to be known well. */
    public data class Accepted(val count: Int, val targetFrames: Int) : EnrollmentStep

    /** The frame does not count; [message] says why in words. */
    public data class Rejected(val reason: Rejection, val message: String) : EnrollmentStep
}

/** Why a frame of an enrollment does not count. */
public sealed interface Rejection {
    /** No face is seen. */
    public data object NoFace : Rejection

    /** So many faces are seen: it must be one. */
    public data class SeveralFaces(val count: Int) : Rejection

    /** The face is not good enough. */
    public data class Quality(val issues: List<QualityIssue>) : Rejection

    /** It shows nothing that was not taken already. */
    public data object TooSimilar : Rejection

    /** It is recognized as another user. */
    public data class LooksLikeAnotherUser(val name: String, val similarity: Float) : Rejection

    /** It is not the person whom the first frames showed, or whom more pictures are added to. */
    public data class LooksLikeSomebodyElse(val similarity: Float) : Rejection

    /** So many frames were taken as are kept. */
    public data object Enough : Rejection
}

/** The answer to one frame of a clip. */
public sealed interface ClipStep {
    /** It belongs to the clip, which has so many [frames] now. */
    public data class Taken(val frames: Int) : ClipStep

    /** No face is seen; the clip goes on without this frame. */
    public data object NoFace : ClipStep
}
