/** Valence and arousal, projected from the probabilities: see [Emotion.affect]. */
public val affect: Affect?
    get() = Affect.of(probabilities)

/** Creates events. */
public companion object {
    /**
     * Returns the event of a face that was seen at [atMs] for [durationMs]; null if its emotion is not known yet.
     */
    public fun of(face: TrackedFace, atMs: Long, durationMs: Int): TimelineEvent? {
        val emotion = face.emotion ?: return null
        return TimelineEvent(atMs, durationMs, face.label ?: emotion.label, emotion.probabilities, emotion.adapted)
    }
}
