package io.mien.compose

import androidx.compose.foundation.Canvas
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.CornerRadius
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextMeasurer
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.drawText
import androidx.compose.ui.text.rememberTextMeasurer
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import io.mien.FaceBounds
import io.mien.FrameTransform

/**
 * A box and its caption.
 *
 * @property bounds The place in pixels of the upright frame, as in results.
 * @property caption The text below the box; empty for none.
 * @property color The color of the box and of the text.
 */
@Immutable
public class FaceBox(
    public val bounds: FaceBounds,
    public val caption: String = "",
    public val color: Color = Color(0xFF69F0AE),
) {
    private fun parts(): List<Any> = listOf(bounds, caption, color)

    override fun equals(other: Any?): Boolean = other is FaceBox && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String = "FaceBox(bounds=$bounds, caption=$caption, color=$color)"
}

/**
 * The look of a [FaceOverlay].
 *
 * @property stroke The width of a box's line.
 * @property corner The radius of a box's corners.
 * @property text The style of captions, without their color.
 * @property behindText The color behind captions.
 */
@Immutable
public class FaceOverlayStyle(
    public val stroke: Dp = 3.dp,
    public val corner: Dp = 8.dp,
    public val text: TextStyle = TextStyle(fontSize = 16.sp),
    public val behindText: Color = Color(0x99000000),
) {
    private fun parts(): List<Any> = listOf(stroke, corner, text, behindText)

    override fun equals(other: Any?): Boolean = other is FaceOverlayStyle && parts() == other.parts()

    override fun hashCode(): Int = parts().hashCode()

    override fun toString(): String =
        "FaceOverlayStyle(stroke=$stroke, corner=$corner, text=$text, behindText=$behindText)"
}

/**
 * Draws boxes and captions over a preview of the camera. Give it the size of the preview:
 *
 * ```kotlin
 * Box {
 *     AndroidView({ previewView }, Modifier.fillMaxSize())
 *     FaceOverlay(boxes, frame.uprightWidth, frame.uprightHeight, Modifier.fillMaxSize())
 * }
 * ```
 *
 * Captions stay within the view. Screen readers read them as one description.
 *
 * @param boxes The boxes; an empty list draws nothing.
 * @param frameWidth The width of the upright frame, pixels: that of the result.
 * @param frameHeight The height of the upright frame, pixels.
 * @param modifier The modifier of the drawing.
 * @param scale How the preview fits its area; the default is that of CameraX's `PreviewView`.
 * @param turnDegrees The clockwise rotation from the upright frame to the preview, a multiple of 90.
 * @param mirror Whether the preview is a mirror and positions are not: false if frames have `mirror`.
 * @param style The look.
 */
@Composable
public fun FaceOverlay(
    boxes: List<FaceBox>,
    frameWidth: Int,
    frameHeight: Int,
    modifier: Modifier = Modifier,
    scale: FrameTransform.Scale = FrameTransform.Scale.FILL_CENTER,
    turnDegrees: Int = 0,
    mirror: Boolean = false,
    style: FaceOverlayStyle = FaceOverlayStyle(),
) {
    val texts = rememberTextMeasurer()
    val description = boxes.map { it.caption }.filter { it.isNotEmpty() }.joinToString("; ")
    Canvas(modifier.semantics { contentDescription = description }) {
        val transform = FrameTransform(frameWidth, frameHeight, size.width, size.height, scale, turnDegrees, mirror)
        for (box in boxes) draw(box, transform.toView(box.bounds), texts, style)
    }
}

private fun DrawScope.draw(box: FaceBox, place: FaceBounds, texts: TextMeasurer, style: FaceOverlayStyle) {
    val corner = CornerRadius(style.corner.toPx())
    drawRoundRect(
        box.color,
        Offset(place.x, place.y),
        Size(place.width, place.height),
        corner,
        Stroke(style.stroke.toPx()),
    )
    if (box.caption.isEmpty()) return
    val text = texts.measure(box.caption, style.text.copy(color = box.color))
    val center = place.x + place.width / 2
    val left = (center - text.size.width / 2f).coerceIn(0f, maxOf(0f, size.width - text.size.width))
    val top = minOf(place.y + place.height + GAP.toPx(), size.height - text.size.height)
    val behind = Size(text.size.width.toFloat(), text.size.height.toFloat())
    drawRoundRect(style.behindText, Offset(left, top), behind, CornerRadius(GAP.toPx()))
    drawText(text, topLeft = Offset(left, top))
}

/** The gap between a box and its caption. */
private val GAP = 4.dp
