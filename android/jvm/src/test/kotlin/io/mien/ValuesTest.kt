package io.mien

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.lang.reflect.Constructor
import java.lang.reflect.Modifier
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Instant

/** Options and results as an application builds them. */
class ValuesTest {
    @Test
    fun `every option can be set by each way of building, and changes the value`() {
        var count = 0
        for (kind in OPTIONS) {
            val default = kind.getConstructor().newInstance()
            val properties = kind.declaredMethods.filter {
                Regex("(get|is)[A-Z].*").matches(it.name) &&
                    it.parameterCount == 0
            }
            for (getter in properties) {
                val builder = kind.getMethod("toBuilder").invoke(default)
                val name = "set" + getter.name.substringBefore('-').removePrefix("get").removePrefix("is")
                val setters =
                    builder.javaClass.methods.filter { it.name.substringBefore('-') in setOf(name, "${name}Millis") }
                assertEquals(2, setters.size, "${kind.simpleName}.${getter.name}")
                for (setter in setters) {
                    val other = other(getter.invoke(default), setter.parameterTypes.single())
                    val fresh = builder.javaClass.getConstructor().newInstance()
                    val chained = setter.invoke(fresh, other)
                    if (setter.returnType != Void.TYPE) assertTrue(chained === fresh, "$setter")
                    val built = builder.javaClass.getMethod("build").invoke(fresh)
                    val expected = if (setter.name.endsWith("Millis")) inside((other as Long).milliseconds) else other
                    assertEquals(expected, getter.invoke(built), "$setter")
                    assertNotEquals(default, built, "$setter")
                    assertEquals(built, kind.getMethod("copy", Function1::class.java).invoke(built, UNCHANGED))
                    val copied = kind.getMethod("toBuilder").invoke(built)
                    assertEquals(built, builder.javaClass.getMethod("build").invoke(copied), "$setter")
                }
                count++
            }
            assertEquals(default, kind.getConstructor().newInstance())
            assertEquals(default.hashCode(), kind.getConstructor().newInstance().hashCode())
            assertTrue(default.toString().startsWith(kind.simpleName + "("), "$default")
        }
        assertTrue(count > 70, "$count options")
    }

    @Test
    fun `options are changed in a copy`() {
        val slow = LiveOptions { targetFps = 5f }
        val slower = slow.copy { stream = stream.copy { analyzeFps = 1f } }
        assertEquals(5f, slower.targetFps)
        assertEquals(1f, slower.stream.analyzeFps)
        assertEquals(LiveOptions(), slow.copy { targetFps = 15f })
        assertEquals(slow, LiveOptions.Builder().setTargetFps(5f).build())
    }

    @Test
    fun `results are values that anybody can build`() {
        val bounds = FaceBounds(1f, 2f, 30f, 40f)
        val eye = FacePoint(5f, 6f)
        val landmarks = FaceLandmarks(eye, eye, eye, eye, eye)
        fun face(track: Long) = TrackedFace(track, bounds, landmarks, score = 0.9f, label = EmotionLabel.HAPPY)
        val tracked = face(1)
        assertEquals(tracked, face(1))
        assertEquals(tracked.hashCode(), face(1).hashCode())
        assertNotEquals(tracked, face(2))
        assertFalse(tracked.equals("another type"))
        assertEquals(emptyList<Unsure>(), tracked.unsure)
        assertEquals("FacePoint(x=5.0, y=6.0)", eye.toString())
        val event: StreamEvent = StreamEvent.IdentitySettled(3, Identity.User("Anna", 0.8f))
        assertEquals(3, event.track)
        assertEquals(StreamEvent.Lost(3), StreamEvent.Lost(3))
        assertNotEquals(StreamEvent.Lost(3) as StreamEvent, StreamEvent.Ended(3))
    }

    @Test
    fun `every property of a result is part of its value`() {
        val values = published().filter { kind ->
            kind !in OPTIONS && !kind.isInterface && !kind.isEnum && Modifier.isFinal(kind.modifiers) &&
                kind.declaredMethods.any { it.name == "equals" } && constructor(kind) != null
        }
        assertTrue(values.size > 40, "$values")
        var count = 0
        for (kind in values) {
            val constructor = constructor(kind)!!
            val types = constructor.parameterTypes
            val arguments = types.map { sample(it) }.toTypedArray()
            val value = constructor.newInstance(*arguments)
            assertEquals(value, constructor.newInstance(*arguments), "$kind")
            assertEquals(value.hashCode(), constructor.newInstance(*arguments).hashCode(), "$kind")
            // A label is shown as its name.
            if (value !is EmotionLabel) assertTrue(value.toString().startsWith(kind.simpleName), "$value")
            for ((index, type) in types.withIndex()) {
                val changed = arguments.copyOf().also { it[index] = another(type, arguments[index]) }
                assertNotEquals(value, constructor.newInstance(*changed), "$kind, parameter $index")
                assertNotEquals(value.toString(), constructor.newInstance(*changed).toString(), "$kind")
            }
            val got = kind.methods.filter {
                (it.name.startsWith("get") || it.name.startsWith("is")) &&
                    it.parameterCount == 0
            }
                .filter { it.declaringClass == kind }.map { it.invoke(value) }
            for (argument in arguments) assertTrue(got.any { it == argument }, "$kind returns no $argument")
            count += types.size
        }
        println("values: $count properties of ${values.size} types")
    }

    @Test
    fun `what says where a store is tells what it was given`() {
        val limits = StoreLimits { users = 3 }
        val storage = AppStorage("faces", isEncrypted = false, onKeyLoss = KeyLoss.START_OVER, limits = limits)
        assertEquals(listOf("faces", false), listOf(storage.name, storage.isEncrypted))
        assertEquals(KeyLoss.START_OVER to limits, storage.onKeyLoss to storage.limits)
        assertEquals(limits, StoreLocation.unencrypted(File("faces"), limits).limits)
    }

    @Test
    fun `long lists and files are not written out`() {
        val calibration = Calibration(FloatArray(1024) { 0.5f }, threshold = 0.6f, rise = 0f, margin = 0f, "net", "why")
        assertTrue(calibration.toString().contains("center=1024 values"), "$calibration")
        val same = Calibration(FloatArray(1024) { 0.5f }, threshold = 0.6f, rise = 0f, margin = 0f, "net", "why")
        assertEquals(calibration, same)
        val options = EngineOptions { genericHead = ByteArray(5000) }
        assertTrue(options.toString().contains("genericHead=5000 values"), "$options")
        assertEquals(options, EngineOptions { genericHead = ByteArray(5000) })
    }

    /** What a duration is in compiled code. */
    private fun inside(duration: Duration): Long = duration.inWholeNanoseconds shl 1

    /** The public classes of the library that are not Android's. */
    private fun published(): List<Class<*>> {
        val place = File(EmotionEngine::class.java.protectionDomain.codeSource.location.toURI())
        return File(place, "io/mien").listFiles()!!.filter { it.extension == "class" }
            .map { Class.forName("io.mien.${it.nameWithoutExtension}") }.filter { Modifier.isPublic(it.modifiers) }
    }

    /** The constructor that takes all properties. */
    private fun constructor(of: Class<*>): Constructor<*>? =
        // One that takes a duration is hidden from Java, not from Kotlin.
        of.declaredConstructors.filter { it.parameterCount > 0 && !it.isSynthetic }.maxByOrNull { it.parameterCount }
            ?.also { it.isAccessible = true }

    /** A value of any type. */
    private fun sample(type: Class<*>): Any? = when {
        type == String::class.java -> "text"
        type == Int::class.java || type == Integer::class.java -> 3
        type == Long::class.java || type == java.lang.Long::class.java -> 3L
        type == Float::class.java || type == java.lang.Float::class.java -> 0.5f
        type == Double::class.java -> 0.5
        type == Boolean::class.java -> true
        type == List::class.java -> emptyList<Any>()
        type == FloatArray::class.java -> floatArrayOf(1f)
        type == MienError::class.java -> null
        type == Identity::class.java -> Identity.User("Anna", 0.5f)
        type == LeftOutReason::class.java -> LeftOutReason.SeveralPeople
        type == Rejection::class.java -> Rejection.NoFace
        type == Duration::class.java -> 3.seconds
        type == Instant::class.java || type == Any::class.java -> Instant.fromEpochMilliseconds(3)
        type == StoreLimits::class.java -> StoreLimits()
        type.isEnum -> type.enumConstants.first()
        else -> constructor(type)!!.run { newInstance(*parameterTypes.map { sample(it) }.toTypedArray()) }
    }

    /** A value of the type that differs from [value]. */
    private fun another(type: Class<*>, value: Any?): Any? = when {
        type == String::class.java -> "other"
        type == Double::class.java -> 0.25
        type == List::class.java -> listOf("one")
        type == FloatArray::class.java -> floatArrayOf(2f)
        type == MienError::class.java -> MienError(ErrorCode.INTERNAL, "failed")
        type == Identity::class.java -> Identity.Unknown(0.5f, UnknownReason.BELOW_THRESHOLD)
        type == LeftOutReason::class.java -> LeftOutReason.SomebodyElse(0.5f)
        type == Rejection::class.java -> Rejection.Enough
        type == Duration::class.java -> 4.seconds
        type == Instant::class.java || type == Any::class.java -> Instant.fromEpochMilliseconds(4)
        type == StoreLimits::class.java -> StoreLimits { users = 9 }
        type.isEnum -> type.enumConstants.last()
        type.isPrimitive || Number::class.java.isAssignableFrom(type) -> other(value, type)
        else -> constructor(type)!!.run {
            val arguments = parameterTypes.map { sample(it) }.toTypedArray()
            arguments[0] = another(parameterTypes[0], arguments[0])
            newInstance(*arguments)
        }
    }

    /** Another value of the type. */
    private fun other(value: Any?, of: Class<*>): Any = when (of) {
        Int::class.java, Integer::class.java -> (value as Int? ?: 0) + 1
        Long::class.java, java.lang.Long::class.java -> value as Long + 1
        Float::class.java, java.lang.Float::class.java -> value as Float + 1
        Boolean::class.java -> !(value as Boolean)
        ByteArray::class.java -> byteArrayOf(1)
        Calibration::class.java -> Calibration(threshold = 0.5f, rise = 0f, margin = 0f, network = "", evidence = "")
        FusionWeights::class.java -> FusionWeights { adapted = 9f }
        Fusion::class.java -> Fusion { face = FusionWeights { generic = 9f } }
        DetectorOptions::class.java -> DetectorOptions { size = 96 }
        QualityLimits::class.java -> QualityLimits { yaw = 9f }
        TrackerOptions::class.java -> TrackerOptions { maxFaces = 9 }
        StreamOptions::class.java -> StreamOptions { windowFrames = 9 }
        FitOptions::class.java -> FitOptions { epochs = 9 }
        PseudoLabels::class.java -> PseudoLabels()
        Retention::class.java -> Retention { events = 9 }
        else -> of.enumConstants?.firstOrNull { it != value } ?: error("no other value of $of is known")
    }

    private companion object {
        val UNCHANGED: (Any) -> Unit = {}
        val OPTIONS = listOf(
            AdaptOptions::class.java, DetectorOptions::class.java, EngineOptions::class.java,
            EnrollmentOptions::class.java, FitOptions::class.java, Fusion::class.java, FusionWeights::class.java,
            LiveOptions::class.java, LivePace::class.java, PseudoLabels::class.java, QualityLimits::class.java,
            Retention::class.java,
            StoreLimits::class.java, StreamOptions::class.java, TimelineOptions::class.java, TrackerOptions::class.java,
        )
    }
}
