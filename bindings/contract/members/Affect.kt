/** Projects probabilities. */
public companion object {
    /**
     * Returns the valence and arousal that labels with these probabilities project to; null if labels without a
     * position have more than a tenth of the probability.
     */
    @JvmStatic
    public fun of(probabilities: List<LabelProbability>): Affect? = projected(probabilities)
}
