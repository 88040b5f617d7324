package io.mien

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Options and results as an application builds them. */
class ValuesTest {
    @Test
    fun `every option can be set by each way of building, and changes the value`() {
        var count = 0
        for (kind in OPTIONS) {
            val default = kind.getConstructor().newInstance()
            val properties = kind.declaredMethods.filter { it.name.startsWith("get") && it.parameterCount == 0 }
            for (getter in properties) {
                val builder = kind.getMethod("toBuilder").invoke(default)
                val setters = builder.javaClass.methods.filter { it.name == "s" + getter.name.drop(1) }
                assertEquals(2, setters.size, "${kind.simpleName}.${getter.name}")
                for (setter in setters) {
                    val other = other(getter.invoke(default), setter.parameterTypes.single())
                    val fresh = builder.javaClass.getConstructor().newInstance()
                    val chained = setter.invoke(fresh, other)
                    if (setter.returnType != Void.TYPE) assertTrue(chained === fresh, "$setter")
                    val built = builder.javaClass.getMethod("build").invoke(fresh)
                    assertEquals(other, getter.invoke(built), "$setter")
                    assertNotEquals(default, built, "$setter")
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
        val bounds = Rect(1f, 2f, 30f, 40f)
        val eye = Point(5f, 6f)
        val face = Face(bounds, eye, eye, eye, eye, eye, 0.9f)
        val tracked = TrackedFace(track = 1, face = face, label = "happy")
        assertEquals(tracked, TrackedFace(track = 1, face = face, label = "happy"))
        assertEquals(tracked.hashCode(), TrackedFace(track = 1, face = face, label = "happy").hashCode())
        assertNotEquals(tracked, TrackedFace(track = 2, face = face, label = "happy"))
        assertFalse(tracked.equals("another type"))
        assertEquals(emptyList<Unsure>(), tracked.unsure)
        assertEquals("Point(x=5.0, y=6.0)", eye.toString())
        val event: StreamEvent = StreamEvent.IdentitySettled(3, Identity.User("Anna", 0.8f))
        assertEquals(3, event.track)
        assertEquals(StreamEvent.Lost(3), StreamEvent.Lost(3))
        assertNotEquals(StreamEvent.Lost(3) as StreamEvent, StreamEvent.Ended(3))
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

    /** Another value of the type. */
    private fun other(value: Any?, of: Class<*>): Any = when (of) {
        Int::class.java, Integer::class.java -> (value as Int? ?: 0) + 1
        Long::class.java -> value as Long + 1
        Float::class.java -> value as Float + 1
        Boolean::class.java -> !(value as Boolean)
        ByteArray::class.java -> byteArrayOf(1)
        HeadKind::class.java -> HeadKind.SELF_ATTENTION
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
        else -> error("no other value of $of is known")
    }

    private companion object {
        val OPTIONS = listOf(
            AdaptOptions::class.java, DetectorOptions::class.java, EngineOptions::class.java,
            EnrollmentOptions::class.java, FitOptions::class.java, Fusion::class.java, FusionWeights::class.java,
            LiveOptions::class.java, PseudoLabels::class.java, QualityLimits::class.java, Retention::class.java,
            StoreLimits::class.java, StreamOptions::class.java, TimelineOptions::class.java, TrackerOptions::class.java,
        )
    }
}
