package io.mien

/**
 * The name of an emotion. Those that are known have a constant; a model pack or a head that was trained with other labels
 * has others, and a program goes on with names that it does not know.
 *
 * @property name The name as the head has it, such as `happy`. For people, translate it.
 */
public class EmotionLabel(public val name: String) : Comparable<EmotionLabel> {
    override fun compareTo(other: EmotionLabel): Int = name.compareTo(other.name)

    override fun equals(other: Any?): Boolean = other is EmotionLabel && name == other.name

    override fun hashCode(): Int = name.hashCode()

    /** The name. */
    override fun toString(): String = name

    /** The emotions that are known: those with a place in the plane of [Affect]. */
    public companion object {
        /** The face at rest. */
        @JvmField
        public val NEUTRAL: EmotionLabel = EmotionLabel("neutral")

        /** Happiness. */
        @JvmField
        public val HAPPY: EmotionLabel = EmotionLabel("happy")

        /** Sadness. */
        @JvmField
        public val SAD: EmotionLabel = EmotionLabel("sad")

        /** Anger. */
        @JvmField
        public val ANGER: EmotionLabel = EmotionLabel("anger")

        /** Fear. */
        @JvmField
        public val FEAR: EmotionLabel = EmotionLabel("fear")

        /** Disgust. */
        @JvmField
        public val DISGUST: EmotionLabel = EmotionLabel("disgust")

        /** Surprise. */
        @JvmField
        public val SURPRISE: EmotionLabel = EmotionLabel("surprise")

        /** Contempt; the bundled networks do not know it. */
        @JvmField
        public val CONTEMPT: EmotionLabel = EmotionLabel("contempt")

        /** All of these. */
        @JvmField
        public val KNOWN: List<EmotionLabel> =
            listOf(NEUTRAL, HAPPY, SAD, ANGER, FEAR, DISGUST, SURPRISE, CONTEMPT)
    }
}
