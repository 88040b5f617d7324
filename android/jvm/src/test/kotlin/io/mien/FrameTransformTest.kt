package io.mien

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File

class FrameTransformTest {
    private val vectors = ObjectMapper()
        .readTree(File(Material.repository, "tests/fixtures/transform/vectors.json")).toList()

    private fun JsonNode.floats() = map { it.floatValue() }

    private fun transform(vector: JsonNode): FrameTransform {
        val (width, height) = vector["frame"].map { it.intValue() }
        val (across, down) = vector["view"].floats()
        return FrameTransform(
            width,
            height,
            across,
            down,
            FrameTransform.Scale.valueOf(vector["scale"].textValue()),
            vector["turn"].intValue(),
            vector["mirror"].booleanValue(),
        )
    }

    private fun near(expected: List<Float>, actual: List<Float>, what: Any) {
        // A pixel of the view in a thousand: products of floats up to a few thousand.
        assertTrue(expected.zip(actual).all { (a, b) -> kotlin.math.abs(a - b) < 2e-3f }, "$actual for $what")
    }

    @Test
    fun `bounds are shown where the reference vectors say`() {
        assertEquals(4 * FrameTransform.Scale.entries.size * 4 * 2, vectors.size)
        for (vector in vectors) {
            val (x, y, width, height) = vector["bounds"].floats()
            val shown = transform(vector).toView(FaceBounds(x, y, width, height))
            near(vector["shown"].floats(), shown.run { listOf(this.x, this.y, this.width, this.height) }, vector)
        }
    }

    @Test
    fun `a touch is found in the frame again`() {
        for (vector in vectors) {
            val transform = transform(vector)
            for (point in listOf(FacePoint(0f, 0f), FacePoint(3f, 4.5f), FacePoint(6f, 1f))) {
                val found = transform.toFrame(transform.toView(point))!!
                near(listOf(point.x, point.y), listOf(found.x, found.y), vector)
            }
        }
    }

    @Test
    fun `a view or frame without area shows nothing`() {
        for ((frame, view) in listOf(0 to 10f, 10 to 0f, -3 to 10f, 10 to -1f)) {
            val transform = FrameTransform(frame, 10, view, 10f)
            assertEquals(FaceBounds(0f, 0f, 0f, 0f), transform.toView(FaceBounds(1f, 2f, 3f, 4f)))
            assertNull(transform.toFrame(FacePoint(1f, 1f)))
        }
    }

    @Test
    fun `turns of any number of quarters are turns of zero to three`() {
        val around = FrameTransform(480, 640, 300f, 400f, turnDegrees = -90)
        val same = FrameTransform(480, 640, 300f, 400f, turnDegrees = 270)
        assertEquals(same.toView(FacePoint(7f, 9f)), around.toView(FacePoint(7f, 9f)))
        assertEquals(
            FacePoint(150f, 200f),
            FrameTransform(480, 640, 300f, 400f, turnDegrees = 720).toView(FacePoint(240f, 320f)),
        )
    }
}
