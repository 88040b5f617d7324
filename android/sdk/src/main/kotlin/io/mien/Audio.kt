package io.mien

import io.mien.internal.described

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
public class AudioFormat(public val rateHz: Int = 16_000, public val channels: Int = 1) {
    private fun parts(): List<Pair<String, Any?>> = listOf("rateHz" to rateHz, "channels" to channels)

    override fun equals(other: Any?): Boolean = other is AudioFormat && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = described("AudioFormat", parts())
}
