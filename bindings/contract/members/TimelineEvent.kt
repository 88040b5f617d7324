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
