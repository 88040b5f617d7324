// Written by `make contract` from the declarations in Rust; edit those.

package io.mien

import io.mien.internal.described
import io.mien.internal.projected
import kotlin.time.Duration
import kotlin.time.Instant

/** How embeddings are compared and when a similarity identifies a user. */
public class Calibration(
    /** Vector that is subtracted from each embedding before it is compared; empty for none. */
    public val center: FloatArray = FloatArray(0),
    /** Minimum similarity that identifies the only user of a gallery, -1 to 1. */
    public val threshold: Float,
    /** Rise of the threshold for each factor e in the number of users, 0 to 1. */
    public val rise: Float,
    /** Minimum lead of the most similar user over the second, 0 to 2. */
    public val margin: Float,
    /** SHA-256 of the identity network that it was measured with; empty for any. */
    public val network: String = "",
    /** How it was measured, for people. */
    public val evidence: String = "",
    /** Measured error rates; null if they were not measured. */
    public val figures: CalibrationFigures? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "center" to center.asList(),
        "threshold" to threshold,
        "rise" to rise,
        "margin" to margin,
        "network" to network,
        "evidence" to evidence,
        "figures" to figures,
    )

    override fun equals(other: Any?): Boolean = other is Calibration && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Calibration", parts())
}

/** Error rates of a calibration, measured on people who had no part in it; shares are 0 to 1. */
public class CalibrationFigures(
    /** Number of users enrolled at a time. */
    public val users: Int,
    /** Share of the pictures of enrolled people that got the name of another user. */
    public val wrongUserRate: Float,
    /** Share of the pictures of enrolled people that were not recognized. */
    public val missedUserRate: Float,
    /** Share of the pictures of other people that got the name of a user. */
    public val unknownAcceptedRate: Float,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "users" to users,
        "wrongUserRate" to wrongUserRate,
        "missedUserRate" to missedUserRate,
        "unknownAcceptedRate" to unknownAcceptedRate,
    )

    override fun equals(other: Any?): Boolean = other is CalibrationFigures && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("CalibrationFigures", parts())
}

/** The kind of an error. */
public enum class ErrorCode {
    /** A model file is missing, damaged, unknown or of the wrong shape. */
    MODEL_LOAD,

    /** The planes of a frame do not fit its size, the rotation is unknown, or a picture cannot be decoded. */
    INVALID_FRAME,

    /** An option, name or argument is out of its range. */
    INVALID_OPTION,

    /** A timestamp is not later than the previous one. */
    TIMESTAMP_ORDER,

    /** No user of this name is enrolled. */
    USER_NOT_FOUND,

    /** Too little usable data to learn from or to enroll with. */
    NOT_ENOUGH_SAMPLES,

    /** Training reached a value that is not finite; the old head was kept. */
    TRAINING_DIVERGED,

    /** A stored profile or an exported file is damaged. */
    PROFILE_CORRUPT,

    /** A stored profile or an exported file was written by a newer version. */
    PROFILE_VERSION,

    /** The store cannot be read or written, or its limits do not allow it. */
    STORAGE,

    /** The key of a store or the passphrase of a file is wrong, missing or not expected. */
    WRONG_KEY,

    /** The caller cancelled the work. */
    CANCELLED,

    /** The object was closed. */
    CLOSED,

    /** A network produced a value that is not finite, or an invariant does not hold. */
    INTERNAL,

    /** The pictures of an enrollment show several people, or somebody else than the user. */
    SEVERAL_PEOPLE,
}

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
 * How much energy a live session may use; set it from the device's thermal state and battery. Tracks, identities and
 * windows survive a change.
 */
public enum class PowerBudget {
    /** All that the options allow: each analysis runs both networks. */
    FULL,

    /**
     * About half of the CPU time of the full budget: at most 10 frames per second are processed, the identity network
     * runs when the answer changes or is in doubt and at least every 2 s, a settled face is analyzed 5 times per
     * second, and the detector runs a third as often.
     */
    BALANCED,

    /**
     * At most 5 frames per second are processed, a settled face is analyzed at most 2 times per second, and one settled
     * face per frame. Labels then change later.
     */
    SAVER,

    /**
     * At most 3 frames per second are processed, and a settled face is analyzed at most once per second, at least every
     * 2 s.
     */
    CRITICAL,
}

/** How a user's head was learned. */
public enum class LearningMode {
    /** From labeled clips of several emotions. */
    LABELED,

    /**
     * From clips of one emotion, or unlabeled ones: the generic head, with the user's offset subtracted from the
     * frames.
     */
    BASELINE,
}

/** A label and its number of clips. */
public class LabelCount(
    /** The label. */
    public val label: EmotionLabel,
    /** Number of clips. */
    public val count: Int,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "label" to label,
        "count" to count,
    )

    override fun equals(other: Any?): Boolean = other is LabelCount && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("LabelCount", parts())
}

/** Why an adaptation was refused. */
public enum class Refusal {
    /** The clips show somebody else or several people; too few of the user are left. */
    SOMEBODY_ELSE,

    /** The labels contradict each other and the generic head: they are exchanged or random. */
    LABELS_CONTRADICT,

    /** Some labels are doubtful; the clips named need a confirmation. */
    LABELS_DOUBTFUL,

    /** The new head is not better than the current one. */
    NOT_BETTER,

    /** There are too few clips to tell whether the new head is better. */
    TOO_FEW_CLIPS,
}

/** A clip that was not learned. */
public class LeftOut(
    /** Its index among the clips when they were learned; clips removed since then move the later ones up. */
    public val index: Int,
    /** Its name. */
    public val name: String,
    /** Its emotion; null for an unlabeled clip. */
    public val label: EmotionLabel? = null,
    /** Why it was not learned. */
    public val reason: LeftOutReason,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "index" to index,
        "name" to name,
        "label" to label,
        "reason" to reason,
    )

    override fun equals(other: Any?): Boolean = other is LeftOut && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("LeftOut", parts())
}

/** Why a clip was not learned. */
public sealed interface LeftOutReason {
    /** It shows somebody else than the user. */
    public class SomebodyElse(
        /** The similarity to the user, -1 to 1. */
        public val similarity: Float,
    ) : LeftOutReason {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "similarity" to similarity,
        )

        override fun equals(other: Any?): Boolean = other is SomebodyElse && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("SomebodyElse", parts())
    }

    /** Its frames show several people. */
    public data object SeveralPeople : LeftOutReason

    /** It looks like another emotion, and its label was not confirmed. */
    public class LooksLike(
        /** The emotion that it looks like. */
        public val label: EmotionLabel,
        /** The probability of that emotion, 0 to 1. */
        public val probability: Float,
    ) : LeftOutReason {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "label" to label,
            "probability" to probability,
        )

        override fun equals(other: Any?): Boolean = other is LooksLike && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("LooksLike", parts())
    }
}

/** What an adaptation did to the heads of a user. */
public class Adapted(
    /** The head for faces. */
    public val face: AdaptReport,
    /** The head for speech; null if no clip has speech to learn, or if the clips were refused because of the faces. */
    public val speech: AdaptReport? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "face" to face,
        "speech" to speech,
    )

    override fun equals(other: Any?): Boolean = other is Adapted && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Adapted", parts())
}

/** The report on one head of an adaptation. */
public class AdaptReport(
    /** How the head was learned. */
    public val mode: LearningMode,
    /** Whether the new head answers from now on. */
    public val isAccepted: Boolean,
    /** Why the new head was refused; null if it is accepted. */
    public val refusal: Refusal? = null,
    /** Why it was accepted or refused. */
    public val reason: String,
    /**
     * Whether the labels were compared with what the clips look like to the generic head. False if nobody can tell: it
     * sees no difference between the clips, or it reads this face no better than chance; and if the gate is off.
     */
    public val areLabelsExamined: Boolean,
    /** Number of learned clips of each label that occurs, in the order of the head. */
    public val clips: List<LabelCount> = emptyList(),
    /** Labels of the head without a clip. */
    public val labelsWithoutClips: List<EmotionLabel> = emptyList(),
    /** Whether those labels were rehearsed with samples of the generic data; otherwise their weights stay. */
    public val isRehearsed: Boolean,
    /** Number of unlabeled clips that the user's offset was estimated from. */
    public val unlabeled: Int,
    /** Number of unlabeled clips that were learned because the head was confident. */
    public val pseudoLabeled: Int,
    /** The chosen number of epochs; 0 if subtracting the offset alone was best. */
    public val epochs: Int,
    /** The clips that were not learned. */
    public val leftOut: List<LeftOut> = emptyList(),
    /** Estimated accuracy of the previous head on new pictures of the user, 0 to 1; null if it cannot be estimated. */
    public val accuracyBefore: Float? = null,
    /** Estimated accuracy of the new head on the same pictures, 0 to 1; null if it cannot be estimated. */
    public val accuracyAfter: Float? = null,
    /**
     * The gain in accuracy to expect from people with so many clips, 0 to 1, if there are too few clips to estimate it
     * for this user; null for a baseline, and unless the head is accepted and its labels were examined.
     */
    public val expectedGain: Float? = null,
    /**
     * Mean loss of the previous head, at the temperature that suits it best; null without labeled clips of the user.
     */
    public val lossBefore: Float? = null,
    /** Estimated mean loss of the new head; null if none could be held out. */
    public val lossEstimated: Float? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "mode" to mode,
        "isAccepted" to isAccepted,
        "refusal" to refusal,
        "reason" to reason,
        "areLabelsExamined" to areLabelsExamined,
        "clips" to clips,
        "labelsWithoutClips" to labelsWithoutClips,
        "isRehearsed" to isRehearsed,
        "unlabeled" to unlabeled,
        "pseudoLabeled" to pseudoLabeled,
        "epochs" to epochs,
        "leftOut" to leftOut,
        "accuracyBefore" to accuracyBefore,
        "accuracyAfter" to accuracyAfter,
        "expectedGain" to expectedGain,
        "lossBefore" to lossBefore,
        "lossEstimated" to lossEstimated,
    )

    override fun equals(other: Any?): Boolean = other is AdaptReport && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("AdaptReport", parts())
}

/** Why a correction was not learned. */
public enum class CorrectionRefusal {
    /** There is no such track, or it has ended. */
    NO_TRACK,

    /** The identity of the face is not settled. */
    IDENTITY_OPEN,

    /** The face is nobody who is enrolled: there is no head to teach. */
    UNKNOWN_FACE,

    /** No answer was shown yet. */
    NOTHING_SHOWN,

    /** The answer that the user speaks of is not shown any more, and its frames are gone. */
    ANSWER_CHANGED,

    /** The frames resemble the user too little: they may show somebody else. */
    SOMEBODY_ELSE,

    /** There is no correction to undo. */
    NOTHING_TO_UNDO,
}

/** What became of a correction, a confirmation or an undoing. */
public class Correction(
    /** The number of the track; null if there was nothing to undo. */
    public val track: Long? = null,
    /** The user whose head learned it; null if nothing was learned. */
    public val user: String? = null,
    /** What the user says it was. */
    public val label: EmotionLabel? = null,
    /** The label that was shown and is wrong; null if the answer was confirmed. */
    public val contradicted: EmotionLabel? = null,
    /** Number of analyzed frames that it covers. */
    public val frames: Int,
    /**
     * Whether the head now answers these frames so. One correction alone does not overturn an answer that the head is
     * sure of: it is kept and waits until others bear it out.
     */
    public val isTaken: Boolean,
    /** Why nothing was learned; null if it was. */
    public val refusal: CorrectionRefusal? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "track" to track,
        "user" to user,
        "label" to label,
        "contradicted" to contradicted,
        "frames" to frames,
        "isTaken" to isTaken,
        "refusal" to refusal,
    )

    override fun equals(other: Any?): Boolean = other is Correction && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Correction", parts())
}

/** The report of a full fit on the corrections of a user. */
public class CorrectionReport(
    /** Whether the new head answers from now on. */
    public val isAccepted: Boolean,
    /** Why the new head was refused; null if it is accepted. */
    public val refusal: Refusal? = null,
    /**
     * Whether the corrections that are not part of a generation go on answering through the short fit, because they are
     * too few for the gate. Those that the gate refused do not, until the next correction.
     */
    public val isPending: Boolean,
    /** The new generation; null if the head was refused. */
    public val generation: Int? = null,
    /** Number of corrections and confirmations that it learned. */
    public val corrections: Int,
    /**
     * Mean loss of the head without the corrections, in the choice between the labels that the user did not contradict.
     */
    public val lossBefore: Float,
    /** The same of heads that did not learn the correction in question; null if there are too few to tell. */
    public val lossEstimated: Float? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "isAccepted" to isAccepted,
        "refusal" to refusal,
        "isPending" to isPending,
        "generation" to generation,
        "corrections" to corrections,
        "lossBefore" to lossBefore,
        "lossEstimated" to lossEstimated,
    )

    override fun equals(other: Any?): Boolean = other is CorrectionReport && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("CorrectionReport", parts())
}

/** A label and its probability. */
public class LabelProbability(
    /** The label. */
    public val label: EmotionLabel,
    /** Its probability, 0 to 1. */
    public val probability: Float,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "label" to label,
        "probability" to probability,
    )

    override fun equals(other: Any?): Boolean = other is LabelProbability && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("LabelProbability", parts())
}

/**
 * Valence and arousal, the axes of the circumplex of affect (Russell 1980), projected from the probabilities of the
 * labels and never measured in the face: the expected position of the labels in the table of Russell and Mehrabian
 * (1977), neutral at the origin.
 */
public class Affect(
    /** From unpleasant, -1, to pleasant, 1. */
    public val valence: Float,
    /** From calm, -1, to aroused, 1. */
    public val arousal: Float,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "valence" to valence,
        "arousal" to arousal,
    )

    override fun equals(other: Any?): Boolean = other is Affect && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Affect", parts())

    /** Projects probabilities. */
    public companion object {
        /**
         * Returns the valence and arousal that labels with these probabilities project to; null if labels without a
         * position have more than a tenth of the probability.
         */
        @JvmStatic
        public fun of(probabilities: List<LabelProbability>): Affect? = projected(probabilities)
    }
}

/** Probabilities of the emotions. */
public class Emotion(
    /** The most probable label. */
    public val label: EmotionLabel,
    /** Each label with its probability, in the order of the head; the probabilities sum to 1. */
    public val probabilities: List<LabelProbability> = emptyList(),
    /**
     * Valence and arousal, projected from the probabilities; null if more than a tenth of the probability is on labels
     * without a position.
     */
    public val affect: Affect? = null,
    /** Whether the user's own head answered instead of the generic one; of face and voice, one of them. */
    public val isAdapted: Boolean,
    /** What it was read from. */
    public val modalities: List<Modality> = emptyList(),
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "label" to label,
        "probabilities" to probabilities,
        "affect" to affect,
        "isAdapted" to isAdapted,
        "modalities" to modalities,
    )

    override fun equals(other: Any?): Boolean = other is Emotion && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Emotion", parts())

    /** The probability of the label, 0 to 1. */
    public val confidence: Float
        get() = probabilities.maxOfOrNull { it.probability } ?: 0f
}

/** The outcome of adding a frame to an enrollment. */
public sealed interface EnrollmentStep {
    /** The frame is accepted. */
    public class Accepted(
        /** Number of accepted frames so far. */
        public val count: Int,
        /** Number of accepted frames at which the enrollment is complete. */
        public val targetFrames: Int,
    ) : EnrollmentStep {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "count" to count,
            "targetFrames" to targetFrames,
        )

        override fun equals(other: Any?): Boolean = other is Accepted && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("Accepted", parts())
    }

    /** The frame is rejected. */
    public class Rejected(
        /** Why it is rejected. */
        public val reason: Rejection,
        /** The reason in words. */
        public val message: String,
    ) : EnrollmentStep {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "reason" to reason,
            "message" to message,
        )

        override fun equals(other: Any?): Boolean = other is Rejected && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("Rejected", parts())
    }
}

/** Why a frame of an enrollment is rejected. */
public sealed interface Rejection {
    /** No face is visible. */
    public data object NoFace : Rejection

    /** Several faces are visible; only one may be. */
    public class SeveralFaces(
        /** Number of faces. */
        public val count: Int,
    ) : Rejection {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "count" to count,
        )

        override fun equals(other: Any?): Boolean = other is SeveralFaces && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("SeveralFaces", parts())
    }

    /** The face is not good enough. */
    public class Quality(
        /** Why it is not good enough. */
        public val issues: List<QualityIssue> = emptyList(),
    ) : Rejection {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "issues" to issues,
        )

        override fun equals(other: Any?): Boolean = other is Quality && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("Quality", parts())
    }

    /** The frame is too similar to one accepted before. */
    public data object TooSimilar : Rejection

    /** The face is recognized as another user. */
    public class LooksLikeAnotherUser(
        /** The name of that user. */
        public val name: String,
        /** The similarity, -1 to 1. */
        public val similarity: Float,
    ) : Rejection {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "name" to name,
            "similarity" to similarity,
        )

        override fun equals(other: Any?): Boolean = other is LooksLikeAnotherUser && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("LooksLikeAnotherUser", parts())
    }

    /** The face is not the person of most frames, or not the user to whom frames are added. */
    public class LooksLikeSomebodyElse(
        /** The similarity, -1 to 1. */
        public val similarity: Float,
    ) : Rejection {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "similarity" to similarity,
        )

        override fun equals(other: Any?): Boolean = other is LooksLikeSomebodyElse && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("LooksLikeSomebodyElse", parts())
    }

    /** The maximum number of frames was reached. */
    public data object Enough : Rejection
}

/** The box around a face, in pixels of the upright frame. */
public class FaceBounds(
    /** The left edge. */
    public val x: Float,
    /** The upper edge. */
    public val y: Float,
    /** The width. */
    public val width: Float,
    /** The height. */
    public val height: Float,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "x" to x,
        "y" to y,
        "width" to width,
        "height" to height,
    )

    override fun equals(other: Any?): Boolean = other is FaceBounds && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("FaceBounds", parts())
}

/** A point in pixels of the upright frame. */
public class FacePoint(
    /** Distance from the left edge. */
    public val x: Float,
    /** Distance from the upper edge. */
    public val y: Float,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "x" to x,
        "y" to y,
    )

    override fun equals(other: Any?): Boolean = other is FacePoint && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("FacePoint", parts())
}

/** The landmarks of a face; left and right are those of the picture. */
public class FaceLandmarks(
    /** The left eye. */
    public val leftEye: FacePoint,
    /** The right eye. */
    public val rightEye: FacePoint,
    /** The tip of the nose. */
    public val nose: FacePoint,
    /** The left corner of the mouth. */
    public val leftMouth: FacePoint,
    /** The right corner of the mouth. */
    public val rightMouth: FacePoint,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "leftEye" to leftEye,
        "rightEye" to rightEye,
        "nose" to nose,
        "leftMouth" to leftMouth,
        "rightMouth" to rightMouth,
    )

    override fun equals(other: Any?): Boolean = other is FaceLandmarks && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("FaceLandmarks", parts())
}

/** The outcome of adding a frame to a clip. */
public sealed interface ClipStep {
    /** The frame belongs to the clip. */
    public class Taken(
        /** Number of frames of the clip so far. */
        public val frames: Int,
    ) : ClipStep {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "frames" to frames,
        )

        override fun equals(other: Any?): Boolean = other is Taken && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("Taken", parts())
    }

    /** No face is visible; the clip continues without this frame. */
    public data object NoFace : ClipStep
}

/** A recorded clip. */
public class ClipSummary(
    /** What reports call the clip. */
    public val name: String,
    /** The emotion; null for an unlabeled clip. */
    public val label: EmotionLabel? = null,
    /** Number of frames. */
    public val frames: Int,
    /** Whether the person was asked and means the label. */
    public val isConfirmed: Boolean,
    /** The speech of the clip; null if it has no sound. */
    public val speech: ClipSpeech? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "name" to name,
        "label" to label,
        "frames" to frames,
        "isConfirmed" to isConfirmed,
        "speech" to speech,
    )

    override fun equals(other: Any?): Boolean = other is ClipSummary && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("ClipSummary", parts())
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
    /** An enrolled user. */
    public class User(
        /** The name of the user. */
        public val name: String,
        /** The similarity, -1 to 1. */
        public val similarity: Float,
    ) : Identity {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "name" to name,
            "similarity" to similarity,
        )

        override fun equals(other: Any?): Boolean = other is User && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("User", parts())
    }

    /** No enrolled user. */
    public class Unknown(
        /** The similarity to the most similar user; null if nobody is enrolled. */
        public val nearest: Float? = null,
        /** Why the face is not identified. */
        public val reason: UnknownReason,
    ) : Identity {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "nearest" to nearest,
            "reason" to reason,
        )

        override fun equals(other: Any?): Boolean = other is Unknown && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("Unknown", parts())
    }
}

/** Measurements of a face that need no network. */
public class Quality(
    /** Distance between the eyes, frame pixels. */
    public val eyeDistance: Float,
    /** Turn to the side, degrees; positive toward the right of the picture. */
    public val yaw: Float,
    /** Nod, degrees; positive upward. */
    public val pitch: Float,
    /** Tilt, degrees; positive clockwise in the picture. */
    public val roll: Float,
    /** Share of fine detail in the contrast, 0 and up. */
    public val sharpness: Float,
    /** Mean luminance, 0 to 255. */
    public val brightness: Float,
    /** Standard deviation of the luminance, 0 to 127. */
    public val contrast: Float,
    /** Share of pixels that are nearly black or white, 0 to 1. */
    public val clipped: Float,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "eyeDistance" to eyeDistance,
        "yaw" to yaw,
        "pitch" to pitch,
        "roll" to roll,
        "sharpness" to sharpness,
        "brightness" to brightness,
        "contrast" to contrast,
        "clipped" to clipped,
    )

    override fun equals(other: Any?): Boolean = other is Quality && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Quality", parts())
}

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

/** A kind of signal that emotions are read from. */
public enum class Modality {
    /** The face in pictures. */
    FACE,

    /** The voice in sound. */
    SPEECH,
}

/** Why the speech that is heard has no part in an answer, or is not learned. */
public enum class SpeechRefusal {
    /** The sound is not good enough, or the speech too short so far; the doubts say why. */
    DOUBTFUL,

    /** No face was seen during the speech. */
    NO_FACE,

    /**
     * Several faces were seen, and none of their mouths moved clearly more than the others; in a clip: several faces
     * were seen.
     */
    SEVERAL_FACES,

    /** The mouth of the only face did not move: the voice is that of somebody who was not seen, or of a loudspeaker. */
    MOUTH_STILL,
}

/** Why the quality of speech is doubtful. */
public enum class SpeechDoubt {
    /** 25 % of the loud sound or more is clipped. */
    CLIPPED,

    /** 5 % of the sound or more is missing, NaN or infinite. */
    DAMAGED,

    /** Speech is less than 22 dB above the noise. */
    NOISY,

    /** Less than 1.1 s of the sound is loud. */
    SHORT,

    /** High frequencies are missing, because the sample rate is or was below 16 kHz. */
    NARROW_BAND,

    /** Less than 0.1 s of the loud sound is voiced. */
    NO_VOICE,
}

/** The last speech that a session heard. */
public class HeardSpeech(
    /** When it began, on the clock of the sound. */
    public val start: Duration,
    /** When it ended, or up to when it was analyzed. */
    public val end: Duration,
    /** Whether it goes on. */
    public val isOngoing: Boolean,
    /** The track of the face whose voice it is taken for; null: see `refusal`. */
    public val speaker: Long? = null,
    /** Why it has no part in an answer; null if there is a speaker. */
    public val refusal: SpeechRefusal? = null,
    /** Why its quality is doubtful; empty if it is good. */
    public val doubts: List<SpeechDoubt> = emptyList(),
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "start" to start,
        "end" to end,
        "isOngoing" to isOngoing,
        "speaker" to speaker,
        "refusal" to refusal,
        "doubts" to doubts,
    )

    override fun equals(other: Any?): Boolean = other is HeardSpeech && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("HeardSpeech", parts())
}

/** The speech of a recorded clip. */
public class ClipSpeech(
    /** Why it is not learned, unless [AdaptOptions.allowsUncheckedVoices] says whose it is; null if it is learned. */
    public val refusal: SpeechRefusal? = null,
    /** Why its quality is doubtful; empty if it is good. */
    public val doubts: List<SpeechDoubt> = emptyList(),
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "refusal" to refusal,
        "doubts" to doubts,
    )

    override fun equals(other: Any?): Boolean = other is ClipSpeech && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("ClipSpeech", parts())
}

/** One face of a still picture. */
public class FaceResult(
    /** The box of the detector. */
    public val bounds: FaceBounds,
    /** The eyes, the nose and the mouth. */
    public val landmarks: FaceLandmarks,
    /** The detection score, 0 to 1. */
    public val score: Float,
    /** Whether this is the principal face of the picture: large and near the middle. */
    public val isPrincipal: Boolean,
    /** The quality of its picture. */
    public val quality: Quality,
    /** Why the picture is not good enough; empty if it is. */
    public val issues: List<QualityIssue> = emptyList(),
    /** Its identity. */
    public val identity: Identity,
    /** Its emotion; null if neither the model pack nor the user has a head. */
    public val emotion: Emotion? = null,
    /** Why the emotion is unreliable; empty if it is reliable or there is none. */
    public val unsure: List<Unsure> = emptyList(),
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "bounds" to bounds,
        "landmarks" to landmarks,
        "score" to score,
        "isPrincipal" to isPrincipal,
        "quality" to quality,
        "issues" to issues,
        "identity" to identity,
        "emotion" to emotion,
        "unsure" to unsure,
    )

    override fun equals(other: Any?): Boolean = other is FaceResult && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("FaceResult", parts())
}

/** The faces of a still picture. No face is a result, not an error. */
public class FrameResult(
    /** Width of the upright picture, pixels. */
    public val width: Int,
    /** Height of the upright picture, pixels. */
    public val height: Int,
    /** The faces, best detection score first. */
    public val faces: List<FaceResult> = emptyList(),
    /**
     * The clockwise turn in degrees that makes the faces upright: 0, 90, 180 or 270. Other than 0 if the picture lies
     * on its side or upside down; positions are those in the picture as it lies.
     */
    public val turnDegrees: Int = 0,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "width" to width,
        "height" to height,
        "faces" to faces,
        "turnDegrees" to turnDegrees,
    )

    override fun equals(other: Any?): Boolean = other is FrameResult && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("FrameResult", parts())

    /** The principal face: large and near the middle. */
    public val principal: FaceResult?
        get() = faces.firstOrNull { it.isPrincipal }
}

/** Why an answer is unreliable. */
public sealed interface Unsure {
    /** No label is probable enough. */
    public data object LowConfidence : Unsure

    /** The track has too few analyses so far. */
    public data object ShortWindow : Unsure

    /** The identity is not settled, or that of a still picture is between two users, so the generic head answered. */
    public data object IdentityOpen : Unsure

    /** The picture of the face is not good enough. */
    public class Quality(
        /** Why it is not good enough. */
        public val issue: QualityIssue,
    ) : Unsure {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "issue" to issue,
        )

        override fun equals(other: Any?): Boolean = other is Quality && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("Quality", parts())
    }
}

/** A face of a stream in one frame. */
public class TrackedFace(
    /** The number of its track; counts from 1 and is never reused in a session. */
    public val track: Long,
    /** The box of the detector. */
    public val bounds: FaceBounds,
    /** The eyes, the nose and the mouth. */
    public val landmarks: FaceLandmarks,
    /** The detection score, 0 to 1. */
    public val score: Float,
    /** Its identity; null while it is not settled. */
    public val identity: Identity? = null,
    /** Smoothed probabilities; null before the first analysis, and if there is no head. */
    public val emotion: Emotion? = null,
    /** The label after hysteresis, for display and recording. */
    public val label: EmotionLabel? = null,
    /** Why the answer is unreliable; empty if it is reliable. */
    public val unsure: List<Unsure> = emptyList(),
    /**
     * The quality at the last analysis; below the full power budget at the last one in which the identity network ran.
     */
    public val quality: Quality? = null,
    /** The time of the frame that was analyzed last. */
    public val analyzedAt: Duration? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "track" to track,
        "bounds" to bounds,
        "landmarks" to landmarks,
        "score" to score,
        "identity" to identity,
        "emotion" to emotion,
        "label" to label,
        "unsure" to unsure,
        "quality" to quality,
        "analyzedAt" to analyzedAt,
    )

    override fun equals(other: Any?): Boolean = other is TrackedFace && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("TrackedFace", parts())
}

/** A change in a frame. */
public sealed interface StreamEvent {
    /** The number of the track. */
    public val track: Long

    /** A new face. */
    public class Began(
        /** The number of the track. */
        public override val track: Long,
    ) : StreamEvent {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "track" to track,
        )

        override fun equals(other: Any?): Boolean = other is Began && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("Began", parts())
    }

    /** The face is out of sight; its track is kept in case it returns. */
    public class Lost(
        /** The number of the track. */
        public override val track: Long,
    ) : StreamEvent {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "track" to track,
        )

        override fun equals(other: Any?): Boolean = other is Lost && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("Lost", parts())
    }

    /** The track has ended. */
    public class Ended(
        /** The number of the track. */
        public override val track: Long,
    ) : StreamEvent {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "track" to track,
        )

        override fun equals(other: Any?): Boolean = other is Ended && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("Ended", parts())
    }

    /** The identity was settled: a user, or nobody who is enrolled. */
    public class IdentitySettled(
        /** The number of the track. */
        public override val track: Long,
        /** The identity. */
        public val identity: Identity,
    ) : StreamEvent {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "track" to track,
            "identity" to identity,
        )

        override fun equals(other: Any?): Boolean = other is IdentitySettled && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("IdentitySettled", parts())
    }

    /** The identity is in doubt again. */
    public class IdentityLost(
        /** The number of the track. */
        public override val track: Long,
    ) : StreamEvent {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "track" to track,
        )

        override fun equals(other: Any?): Boolean = other is IdentityLost && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("IdentityLost", parts())
    }

    /** The label changed. */
    public class EmotionChanged(
        /** The number of the track. */
        public override val track: Long,
        /** The user; null if none is settled. */
        public val user: String? = null,
        /** The previous label; null for the first of the track. */
        public val from: EmotionLabel? = null,
        /** The new label. */
        public val to: EmotionLabel,
        /** The smoothed probability of the new label, 0 to 1. */
        public val probability: Float,
    ) : StreamEvent {
        private fun parts(): List<Pair<String, Any?>> = listOf(
            "track" to track,
            "user" to user,
            "from" to from,
            "to" to to,
            "probability" to probability,
        )

        override fun equals(other: Any?): Boolean = other is EmotionChanged && parts() == other.parts()

        override fun hashCode(): Int = parts().hashCode()

        override fun toString(): String = described("EmotionChanged", parts())
    }
}

/** The result of a session for one frame. */
public class StreamResult(
    /** The time of the frame, on the clock of its stream. */
    public val timestamp: Duration,
    /** Width of the upright frame, pixels. */
    public val width: Int,
    /** Height of the upright frame, pixels. */
    public val height: Int,
    /** The visible faces, ordered by track. */
    public val faces: List<TrackedFace> = emptyList(),
    /** The changes, in the order in which they happened. */
    public val events: List<StreamEvent> = emptyList(),
    /** Whether the detector ran on the frame. */
    public val ranDetector: Boolean,
    /** The last speech that was heard, until [StreamOptions.speechHold] after its end. */
    public val speech: HeardSpeech? = null,
    /**
     * Why the frame of a live session has no result: there are no faces and no events then, and the session goes on
     * with the next frame. null for all other frames; those of a video session return the error instead.
     */
    public val error: MienError? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "timestamp" to timestamp,
        "width" to width,
        "height" to height,
        "faces" to faces,
        "events" to events,
        "ranDetector" to ranDetector,
        "speech" to speech,
        "error" to error,
    )

    override fun equals(other: Any?): Boolean = other is StreamResult && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("StreamResult", parts())
}

/** The immediate outcome of submitting a frame to a live session. */
public enum class Submission {
    /** The frame waits to be processed and replaces any frame that was waiting. */
    TAKEN,

    /** The frame is skipped: it came too early for the target rate. */
    PACED,

    /** The frame is skipped: nothing in it has changed. */
    UNCHANGED,
}

/** Frame counts of a live session so far. */
public class LiveStatistics(
    /** Frames submitted with a valid timestamp. */
    public val submitted: Long,
    /** Frames skipped to keep the target rate. */
    public val paced: Long,
    /** Frames skipped because nothing had changed. */
    public val unchanged: Long,
    /** Frames taken but replaced by a newer one before they were processed. */
    public val dropped: Long,
    /** Frames processed successfully. */
    public val processed: Long,
    /** Frames that failed with an error. */
    public val failed: Long,
    /** Frames taken but not finished: at most one being processed and one waiting. */
    public val pending: Long,
    /** Results dropped because they were not fetched in time. */
    public val resultsLost: Long,
    /** How far the last result was behind the newest frame, in the time of the stream. */
    public val lastAge: Duration,
    /** The maximum of that over the session. */
    public val maxAge: Duration,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "submitted" to submitted,
        "paced" to paced,
        "unchanged" to unchanged,
        "dropped" to dropped,
        "processed" to processed,
        "failed" to failed,
        "pending" to pending,
        "resultsLost" to resultsLost,
        "lastAge" to lastAge,
        "maxAge" to maxAge,
    )

    override fun equals(other: Any?): Boolean = other is LiveStatistics && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("LiveStatistics", parts())
}

/** What was recovered from a damaged store. */
public class SalvageReport(
    /** Recovered users, by name. */
    public val users: List<SalvagedUser> = emptyList(),
    /** Number of lost users: data was found, but no profile. */
    public val lostUsers: Int,
    /** Number of recovered settings and calibrations. */
    public val settings: Int,
    /** Number of values that cannot be read, or of which only an older version was recovered. */
    public val damagedValues: Int,
    /** Number of values that are not recovered as they were, 1 if the number is unknown; null if it cannot be told. */
    public val missingValues: Long? = null,
    /** Whether the file was searched page by page; then data that was removed after the last erasure may be back. */
    public val wasSearched: Boolean,
    /**
     * Name of the file that keeps the damaged data, in the folder of the store; null if the store was sound and nothing
     * was changed.
     */
    public val keptAs: String? = null,
    /** Whether everything was recovered, as far as can be told. */
    public val isComplete: Boolean,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "users" to users,
        "lostUsers" to lostUsers,
        "settings" to settings,
        "damagedValues" to damagedValues,
        "missingValues" to missingValues,
        "wasSearched" to wasSearched,
        "keptAs" to keptAs,
        "isComplete" to isComplete,
    )

    override fun equals(other: Any?): Boolean = other is SalvageReport && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("SalvageReport", parts())
}

/** A recovered user. */
public class SalvagedUser(
    /** The name. */
    public val name: String,
    /** Number of recovered values of the timelines. */
    public val timelineValues: Int,
    /** Number of damaged values of the timelines. */
    public val damagedTimelineValues: Int,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "name" to name,
        "timelineValues" to timelineValues,
        "damagedTimelineValues" to damagedTimelineValues,
    )

    override fun equals(other: Any?): Boolean = other is SalvagedUser && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("SalvagedUser", parts())
}

/** An emotion of a user at a time. */
public class TimelineEvent<out Time : Any>(
    /** When it was seen, to the millisecond. A later event at the same time replaces this one. */
    public val at: Time,
    /** How long it was seen, up to an hour; 0 if unknown. */
    public val duration: Duration = Duration.ZERO,
    /** The emotion; one of `probabilities`. */
    public val label: EmotionLabel,
    /** The probability of each emotion; the probabilities sum to 1 and are stored in steps of 1/255. */
    public val probabilities: List<LabelProbability> = emptyList(),
    /** Whether the user's own head answered. */
    public val isAdapted: Boolean,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "at" to at,
        "duration" to duration,
        "label" to label,
        "probabilities" to probabilities,
        "isAdapted" to isAdapted,
    )

    override fun equals(other: Any?): Boolean = other is TimelineEvent<*> && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("TimelineEvent", parts())

    /** Valence and arousal, projected from the probabilities: see [Emotion.affect]. */
    public val affect: Affect?
        get() = Affect.of(probabilities)

    /** Creates events. */
    public companion object {
        /**
         * Returns the event of a face that was seen at [at] for [duration], up to an hour; null if its emotion is not known
         * yet. The application decides whether the face is reliable enough: [TrackedFace.unsure].
         */
        public fun <Time : Any> of(
            face: TrackedFace,
            at: Time,
            duration: Duration = Duration.ZERO,
        ): TimelineEvent<Time>? {
            val emotion = face.emotion ?: return null
            val label = face.label ?: emotion.label
            return TimelineEvent(at, duration, label, emotion.probabilities, emotion.isAdapted)
        }
    }
}

/** The outcome of recording events. */
public class Recorded(
    /** Number of events at times that had none. */
    public val added: Long,
    /** Number of events that replaced another one at their time. */
    public val replaced: Long,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "added" to added,
        "replaced" to replaced,
    )

    override fun equals(other: Any?): Boolean = other is Recorded && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Recorded", parts())
}

/** The content of a timeline. */
public class TimelineSummary<out Time : Any>(
    /** The name of the medium; null if its times are those of the clock on the wall. */
    public val medium: String? = null,
    /** The emotions, in order of first use. */
    public val labels: List<EmotionLabel> = emptyList(),
    /** Number of stored events. */
    public val events: Long,
    /** The time of the first stored event or tally; null if nothing is stored. */
    public val first: Time? = null,
    /** The time of the last stored event or tally; null if nothing is stored. */
    public val last: Time? = null,
    /** Time before which events were deleted and no more can be recorded; null if none were deleted. */
    public val eventsKeptFrom: Time? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "medium" to medium,
        "labels" to labels,
        "events" to events,
        "first" to first,
        "last" to last,
        "eventsKeptFrom" to eventsKeptFrom,
    )

    override fun equals(other: Any?): Boolean = other is TimelineSummary<*> && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("TimelineSummary", parts())
}

/**
 * The length of buckets. Minutes, hours and days are tallied when events are recorded, seconds when they are queried.
 */
public enum class BucketWidth {
    /** A second. */
    SECOND,

    /** A minute. */
    MINUTE,

    /** An hour of local time. */
    HOUR,

    /** A day, from midnight of local time. */
    DAY,
}

/** Sums over events for one emotion. */
public class ClassTally(
    /** The emotion. */
    public val label: EmotionLabel,
    /** Number of events with this label. */
    public val events: Long,
    /** The mean probability, 0 to 1; 0 without events. */
    public val share: Double,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "label" to label,
        "events" to events,
        "share" to share,
    )

    override fun equals(other: Any?): Boolean = other is ClassTally && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("ClassTally", parts())
}

/** Sums over events. */
public class Tally(
    /** Number of events. */
    public val events: Long,
    /** Number of events that the user's own head answered. */
    public val adapted: Long,
    /** Sum of the durations of the events. */
    public val observed: Duration,
    /** The sums for each emotion of the timeline. */
    public val classes: List<ClassTally> = emptyList(),
    /**
     * Mean valence and arousal over the events, projected from the probabilities; null without events, or if more than
     * a tenth of the probability is on labels without a position.
     */
    public val affect: Affect? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "events" to events,
        "adapted" to adapted,
        "observed" to observed,
        "classes" to classes,
        "affect" to affect,
    )

    override fun equals(other: Any?): Boolean = other is Tally && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Tally", parts())
}

/** The events of one interval. */
public class Bucket<out Time : Any>(
    /** Its start, in the time of the events. */
    public val start: Time,
    /** Its length. */
    public val length: Duration,
    /** The sums over its events. */
    public val tally: Tally,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "start" to start,
        "length" to length,
        "tally" to tally,
    )

    override fun equals(other: Any?): Boolean = other is Bucket<*> && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Bucket", parts())
}

/** The format of an exported timeline. */
public enum class ExportFormat {
    /** A table with a header line. */
    CSV,

    /** One object with `clock`, `labels` and `events` or `buckets`. */
    JSON,
}

/** An enrolled user. */
public class User(
    /** The name. */
    public val name: String,
    /** When the user was enrolled. */
    public val enrolledAt: Instant,
    /** Number of embeddings by which the user is recognized. */
    public val embeddings: Int,
    /** The stored generations of the user's own head for faces, oldest first. */
    public val generations: List<Generation> = emptyList(),
    /** The number of the active generation; null if the generic head answers. */
    public val activeGeneration: Int? = null,
    /** The stored generations of the user's own head for speech, oldest first. */
    public val speechGenerations: List<Generation> = emptyList(),
    /** The number of the active one; null if the generic head for speech answers, if there is one. */
    public val activeSpeechGeneration: Int? = null,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "name" to name,
        "enrolledAt" to enrolledAt,
        "embeddings" to embeddings,
        "generations" to generations,
        "activeGeneration" to activeGeneration,
        "speechGenerations" to speechGenerations,
        "activeSpeechGeneration" to activeSpeechGeneration,
    )

    override fun equals(other: Any?): Boolean = other is User && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("User", parts())
}

/** A generation of a user's own head. */
public class Generation(
    /** Its number, counted from 1. */
    public val number: Int,
    /** When it was adapted. */
    public val adaptedAt: Instant,
    /** Number of learned clips. */
    public val clips: Int,
    /** Mean negative log probability of a clip's emotion, each clip held out in turn; null if it was not estimated. */
    public val estimatedLoss: Float? = null,
    /** Whether it was learned with the networks (for speech: the features) in use; other generations cannot answer. */
    public val isUsable: Boolean,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "number" to number,
        "adaptedAt" to adaptedAt,
        "clips" to clips,
        "estimatedLoss" to estimatedLoss,
        "isUsable" to isUsable,
    )

    override fun equals(other: Any?): Boolean = other is Generation && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Generation", parts())
}

/**
 * The result of comparing a face with one user: whether it resembles the user, never that it is the user.
 *
 * Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW) and 0.52 % (KDEF)
 * were taken for a user, by `mien eval identity --data DIR`.
 */
public class Likeness(
    /** The similarity, -1 to 1. */
    public val similarity: Float,
    /** Whether the similarity reaches the threshold for a single user. */
    public val resembles: Boolean,
) {
    private fun parts(): List<Pair<String, Any?>> = listOf(
        "similarity" to similarity,
        "resembles" to resembles,
    )

    override fun equals(other: Any?): Boolean = other is Likeness && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("Likeness", parts())
}
