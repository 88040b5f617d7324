package io.mien

/** The type of samples. */
public enum class SampleFormat {
    /** 16-bit integers, in the byte order of the device. */
    I16,

    /** Floating-point numbers with full scale -1 to 1, in the byte order of the device. */
    F32,
}

/**
 * The layout of sound; two channels are interleaved. The default needs no conversion.
 *
 * @property rateHz Samples per second and channel, 8000 to 48,000. Default 16,000.
 * @property channels Number of channels, 1 or 2. Default 1.
 */
public data class AudioFormat(val rateHz: Int = 16_000, val channels: Int = 1)

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

    /**
     * The mouth of the only face did not move: the voice is that of somebody who was not seen, or of a loudspeaker.
     */
    MOUTH_STILL,
}

/** Why the quality of speech is doubtful. */
public enum class SpeechDoubt {
    /** A quarter of the loud sound or more is clipped. */
    CLIPPED,

    /** A twentieth of the sound or more is missing, NaN or infinite. */
    DAMAGED,

    /** Speech is less than 22 dB above the noise. */
    NOISY,

    /** Speech is shorter than 1.1 s of loud sound. */
    SHORT,

    /** High frequencies are missing, because the sample rate is or was below 16 kHz. */
    NARROW_BAND,

    /** There is no voice. */
    NO_VOICE,
}

/**
 * The last speech that a session heard.
 *
 * @property startUs When it began, microseconds of the sound's timestamps.
 * @property endUs When it ended, or up to when it was analyzed.
 * @property ongoing Whether it goes on.
 * @property speaker The track of the face whose voice it is taken for; null: see `refusal`.
 * @property refusal Why it has no part in an answer; null if there is a speaker.
 * @property doubts Why its quality is doubtful; empty if it is good.
 */
public data class HeardSpeech(
    val startUs: Long,
    val endUs: Long,
    val ongoing: Boolean,
    val speaker: Long?,
    val refusal: SpeechRefusal?,
    val doubts: List<SpeechDoubt>,
)

/**
 * The speech of a recorded clip.
 *
 * @property refusal Why it is not learned, unless [AdaptOptions.uncheckedVoices] says whose it is; null if it is learned.
 * @property doubts Why its quality is doubtful; empty if it is good.
 */
public data class ClipSpeech(val refusal: SpeechRefusal?, val doubts: List<SpeechDoubt>)
