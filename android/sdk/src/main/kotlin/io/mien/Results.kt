package io.mien

import io.mien.ffi.affectOf
import io.mien.internal.core
import io.mien.internal.public

/**
 * A rectangle in pixels of the upright frame.
 *
 * @property x The left edge.
 * @property y The upper edge.
 * @property width The width.
 * @property height The height.
 */
public data class Rect(val x: Float, val y: Float, val width: Float, val height: Float)

/**
 * A point in pixels of the upright frame.
 *
 * @property x Distance from the left edge.
 * @property y Distance from the upper edge.
 */
public data class Point(val x: Float, val y: Float)

/**
 * A detected face in pixels of the upright frame; left and right are those of the picture.
 *
 * @property bounds The box of the detector.
 * @property leftEye The left eye.
 * @property rightEye The right eye.
 * @property nose The tip of the nose.
 * @property leftMouth The left corner of the mouth.
 * @property rightMouth The right corner of the mouth.
 * @property score The detection score, 0 to 1.
 */
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
 * Measurements of a face that need no network.
 *
 * @property eyeDistance Distance between the eyes, frame pixels.
 * @property yaw Turn to the side, degrees; positive toward the right of the picture.
 * @property pitch Nod, degrees; positive upward.
 * @property roll Tilt, degrees; positive clockwise in the picture.
 * @property sharpness Share of fine detail in the contrast, 0 and up.
 * @property brightness Mean luminance, 0 to 255.
 * @property contrast Standard deviation of the luminance, 0 to 127.
 * @property clipped Share of pixels that are nearly black or white, 0 to 1.
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
    /** Too few pixels between the eyes. */
    TOO_SMALL,

    /** The face is turned to the side, up or down, or is tilted too far. */
    TURNED,

    /** Too little fine detail. */
    BLURRED,

    /** Too dark. */
    DARK,

    /** Too bright, or too many clipped pixels. */
    OVEREXPOSED,

    /** Too little contrast. */
    LOW_CONTRAST,
}

/** Why a face is not identified. */
public enum class UnknownReason {
    /** No user is enrolled with the identity network in use. */
    NOBODY_ENROLLED,

    /** No user is similar enough. */
    BELOW_THRESHOLD,

    /** Two users are almost equally similar, so it can be either. */
    TOO_NEAR_TO_A_SECOND_USER,
}

/** The identity of a face. */
public sealed interface Identity {
    /**
     * An enrolled user.
     *
     * @property name The name of the user.
     * @property similarity The similarity, -1 to 1.
     */
    public data class User(val name: String, val similarity: Float) : Identity

    /**
     * No enrolled user.
     *
     * @property nearest The similarity to the most similar user; null if nobody is enrolled.
     * @property reason Why the face is not identified.
     */
    public data class Unknown(val nearest: Float?, val reason: UnknownReason) : Identity
}

/**
 * A label and its probability.
 *
 * @property label The label.
 * @property probability Its probability, 0 to 1.
 */
public data class LabelProbability(val label: String, val probability: Float)

/**
 * Valence and arousal, the axes of the circumplex of affect (Russell 1980), projected from the probabilities of the
 * labels and never measured in the face: the expected position of the labels in the table of Russell and Mehrabian
 * (1977), neutral at the origin.
 *
 * @property valence From unpleasant, -1, to pleasant, 1.
 * @property arousal From calm, -1, to aroused, 1.
 */
public data class Affect(val valence: Float, val arousal: Float) {
    /** Projects probabilities. */
    public companion object {
        /**
         * Returns the valence and arousal that labels with these probabilities project to; null if labels without a
         * position have more than a tenth of the probability.
         */
        public fun of(probabilities: List<LabelProbability>): Affect? =
            affectOf(probabilities.map { it.core() })?.public()
    }
}

/**
 * Probabilities of the emotions.
 *
 * @property label The most probable label.
 * @property probabilities Each label with its probability, in the order of the head; the probabilities sum to 1.
 * @property adapted Whether the user's own head answered instead of the generic one; of face and voice, one of them.
 * @property affect Valence and arousal, projected from the probabilities; null if more than a tenth of the probability
 *   is on labels without a position.
 * @property modalities What it was read from.
 */
public data class Emotion(
    val label: String,
    val probabilities: List<LabelProbability>,
    val adapted: Boolean,
    val affect: Affect? = null,
    val modalities: List<Modality> = listOf(Modality.FACE),
) {
    /** The probability of the label, 0 to 1. */
    val confidence: Float
        get() = probabilities.maxOfOrNull { it.probability } ?: 0f
}

/**
 * One face of a still picture.
 *
 * @property face Its position.
 * @property principal Whether this is the principal face of the picture: large and near the middle.
 * @property quality The quality of its picture.
 * @property issues Why the picture is not good enough; empty if it is.
 * @property identity Its identity.
 * @property emotion Its emotion; null if neither the model pack nor the user has a head.
 * @property unsure Why the emotion is unreliable; empty if it is reliable or there is none.
 */
public data class FaceResult(
    val face: Face,
    val principal: Boolean,
    val quality: Quality,
    val issues: List<QualityIssue>,
    val identity: Identity,
    val emotion: Emotion?,
    val unsure: List<Unsure> = emptyList(),
)

/**
 * The faces of a still picture. No face is a result, not an error.
 *
 * @property width Width of the upright picture, pixels.
 * @property height Height of the upright picture, pixels.
 * @property faces The faces, best detection score first.
 * @property turnDegrees The clockwise turn in degrees that makes the faces upright: 0, 90, 180 or 270. Other than 0 if
 *   the picture lies on its side or upside down; positions are those in the picture as it lies.
 */
public data class FrameResult(val width: Int, val height: Int, val faces: List<FaceResult>, val turnDegrees: Int = 0) {
    /** The principal face: large and near the middle. */
    val principal: FaceResult?
        get() = faces.firstOrNull { it.principal }
}

/** Why an answer is unreliable. */
public sealed interface Unsure {
    /** No label is probable enough. */
    public data object LowConfidence : Unsure

    /** The track has too few analyses so far. */
    public data object ShortWindow : Unsure

    /**
     * The identity is not settled, or that of a still picture is between two users, so the generic head answered.
     */
    public data object IdentityOpen : Unsure

    /**
     * The picture of the face is not good enough.
     *
     * @property issue Why it is not good enough.
     */
    public data class Quality(val issue: QualityIssue) : Unsure
}

/**
 * A face of a stream in one frame.
 *
 * @property track The number of its track; counts from 1 and is never reused in a session.
 * @property face Its position.
 * @property identity Its identity; null while it is not settled.
 * @property emotion Smoothed probabilities; null before the first analysis, and if there is no head.
 * @property label The label after hysteresis, for display and recording.
 * @property unsure Why the answer is unreliable; empty if it is reliable.
 * @property quality The quality at the last analysis.
 * @property analyzedUs The time of the last analysis, microseconds.
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

/** A change in a frame. */
public sealed interface StreamEvent {
    /** The number of the track. */
    public val track: Long

    /** A new face. */
    public data class Began(override val track: Long) : StreamEvent

    /** The face is out of sight; its track is kept in case it returns. */
    public data class Lost(override val track: Long) : StreamEvent

    /** The track has ended. */
    public data class Ended(override val track: Long) : StreamEvent

    /**
     * The identity was settled: a user, or nobody who is enrolled.
     *
     * @property track The number of the track.
     * @property identity The identity.
     */
    public data class IdentitySettled(override val track: Long, val identity: Identity) : StreamEvent

    /** The identity is in doubt again. */
    public data class IdentityLost(override val track: Long) : StreamEvent

    /**
     * The label changed.
     *
     * @property track The number of the track.
     * @property user The user; null if none is settled.
     * @property from The previous label; null for the first of the track.
     * @property to The new label.
     * @property probability The smoothed probability of the new label, 0 to 1.
     */
    public data class EmotionChanged(
        override val track: Long,
        val user: String?,
        val from: String?,
        val to: String,
        val probability: Float,
    ) : StreamEvent
}

/**
 * The result of a session for one frame.
 *
 * @property timestampUs The timestamp of the frame, microseconds.
 * @property faces The visible faces, ordered by track.
 * @property events The changes, in the order in which they happened.
 * @property detected Whether the detector ran on the frame.
 * @property speech The last speech that was heard, until [StreamOptions.speechHoldUs] after its end; null without.
 */
public data class StreamResult(
    val timestampUs: Long,
    val faces: List<TrackedFace>,
    val events: List<StreamEvent>,
    val detected: Boolean,
    val speech: HeardSpeech? = null,
)

/** The immediate outcome of submitting a frame to a live session. */
public enum class Submission {
    /** The frame waits to be processed and replaces any frame that was waiting. */
    TAKEN,

    /** The frame is skipped: it came too early for the target rate. */
    PACED,

    /** The frame is skipped: nothing in it has changed. */
    UNCHANGED,
}

/** The outcome of adding a frame to an enrollment. */
public sealed interface EnrollmentStep {
    /**
     * The frame is accepted.
     *
     * @property count Number of accepted frames so far.
     * @property targetFrames Number of accepted frames at which the enrollment is complete.
     */
    public data class Accepted(val count: Int, val targetFrames: Int) : EnrollmentStep

    /**
     * The frame is rejected.
     *
     * @property reason Why it is rejected.
     * @property message The reason in words.
     */
    public data class Rejected(val reason: Rejection, val message: String) : EnrollmentStep
}

/** Why a frame of an enrollment is rejected. */
public sealed interface Rejection {
    /** No face is visible. */
    public data object NoFace : Rejection

    /**
     * Several faces are visible; only one may be.
     *
     * @property count Number of faces.
     */
    public data class SeveralFaces(val count: Int) : Rejection

    /**
     * The face is not good enough.
     *
     * @property issues Why it is not good enough.
     */
    public data class Quality(val issues: List<QualityIssue>) : Rejection

    /** The frame is too similar to one accepted before. */
    public data object TooSimilar : Rejection

    /**
     * The face is recognized as another user.
     *
     * @property name The name of that user.
     * @property similarity The similarity, -1 to 1.
     */
    public data class LooksLikeAnotherUser(val name: String, val similarity: Float) : Rejection

    /**
     * The face is not the person of most frames, or not the user to whom frames are added.
     *
     * @property similarity The similarity, -1 to 1.
     */
    public data class LooksLikeSomebodyElse(val similarity: Float) : Rejection

    /** The maximum number of frames was reached. */
    public data object Enough : Rejection
}

/** The outcome of adding a frame to a clip. */
public sealed interface ClipStep {
    /**
     * The frame belongs to the clip.
     *
     * @property frames Number of frames of the clip so far.
     */
    public data class Taken(val frames: Int) : ClipStep

    /** No face is visible; the clip continues without this frame. */
    public data object NoFace : ClipStep
}
