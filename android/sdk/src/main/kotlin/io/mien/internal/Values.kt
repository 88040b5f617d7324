package io.mien.internal

import io.mien.Affect
import io.mien.EmotionLabel
import io.mien.FitOptions
import io.mien.HeadKind
import io.mien.LabelProbability
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** The text of a value: `Name(property=1)`. Long lists show their length only. */
internal fun described(name: String, parts: List<Pair<String, Any?>>): String =
    parts.joinToString(", ", "$name(", ")") { (property, value) ->
        if (value is List<*> && value.size > LONG) "$property=${value.size} values" else "$property=$value"
    }

private const val LONG = 64

internal fun fitOptions(head: HeadKind): FitOptions = call {
    NativeLibrary.load()
    io.mien.ffi.defaultFitOptions(head.core()).public()
}

internal fun projected(probabilities: List<LabelProbability>): Affect? = call {
    NativeLibrary.load()
    io.mien.ffi.affectOf(probabilities.map { it.core() })?.public()
}

internal fun String.label(): EmotionLabel = EmotionLabel(this)

/** The numbers in these bytes, little-endian. */
internal fun ByteArray.floats(): FloatArray {
    val values = FloatArray(size / Float.SIZE_BYTES)
    ByteBuffer.wrap(this).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values)
    return values
}

/** The bytes of these numbers, little-endian. */
internal fun FloatArray.bytes(): ByteArray {
    val bytes = ByteBuffer.allocate(size * Float.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    bytes.asFloatBuffer().put(this)
    return bytes.array()
}
