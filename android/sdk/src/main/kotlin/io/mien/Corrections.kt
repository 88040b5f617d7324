package io.mien

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

    /** The frames resemble the user too little: they may show somebody else. */
    SOMEBODY_ELSE,

    /** There is no correction to undo. */
    NOTHING_TO_UNDO,

    /** The answer that the user speaks of is not shown any more, and its frames are gone. */
    ANSWER_CHANGED,
}

/**
 * What became of a correction, a confirmation or an undoing.
 *
 * @property track The number of the track; null if there was nothing to undo.
 * @property user The user whose head learned it; null if nothing was learned.
 * @property label What the user says it was.
 * @property contradicted The label that was shown and is wrong; null if the answer was confirmed.
 * @property frames Number of analyzed frames that it covers.
 * @property taken Whether the head now answers these frames so. One correction alone does not overturn an answer that
 *   the head is sure of: it is kept and waits until others bear it out.
 * @property refusal Why nothing was learned; null if it was.
 */
public data class Correction(
    val track: Long?,
    val user: String?,
    val label: String?,
    val contradicted: String?,
    val frames: Int,
    val taken: Boolean,
    val refusal: CorrectionRefusal?,
)

/**
 * The report of a full fit on the corrections of a user.
 *
 * @property accepted Whether the new head answers from now on.
 * @property refusal Why the new head was refused; null if it is accepted.
 * @property pending Whether the corrections that are not part of a generation go on answering through the short fit,
 *   because they are too few for the gate. Those that the gate refused do not, until the next correction.
 * @property generation The new generation; null if the head was refused.
 * @property corrections Number of corrections and confirmations that it learned.
 * @property lossBefore Mean loss of the head without the corrections, in the choice between the labels that the user
 * did not contradict.
 * @property lossEstimated The same of heads that did not learn the correction in question; null if there are too few to
 * tell.
 */
public data class CorrectionReport(
    val accepted: Boolean,
    val refusal: Refusal?,
    val pending: Boolean,
    val generation: Int?,
    val corrections: Int,
    val lossBefore: Float,
    val lossEstimated: Float?,
)
