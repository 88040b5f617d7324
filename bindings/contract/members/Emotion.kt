/** The probability of the label, 0 to 1. */
public val confidence: Float
    get() = probabilities.maxOfOrNull { it.probability } ?: 0f
