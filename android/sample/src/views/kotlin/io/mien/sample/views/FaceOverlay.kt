package io.mien.sample.views

import androidx.compose.foundation.Canvas
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.CornerRadius
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Rect
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
import androidx.compose.ui.unit.dp
import io.mien.TrackedFace
import io.mien.sample.models.PictureSize
import io.mien.sample.models.caption

/** Boxes and captions over a [picture] that fills the view like [Camera.Preview]. */
@Composable
fun FaceOverlay(faces: List<TrackedFace>, picture: PictureSize, modifier: Modifier = Modifier) {
    val texts = rememberTextMeasurer()
    val style = MaterialTheme.typography.titleMedium
    Canvas(modifier.semantics { contentDescription = faces.joinToString("; ") { it.caption } }) {
        for (face in faces) {
            val color = if (face.unsure.isEmpty()) SURE else UNSURE
            draw(face, place(face, picture, size), texts, style.copy(color = color))
        }
    }
}

/** Returns the bounds of a face in a view of this size, which the picture fills and exceeds. */
private fun place(face: TrackedFace, picture: PictureSize, view: Size): Rect {
    val scale = maxOf(view.width / picture.width, view.height / picture.height)
    val shift = Offset((view.width - scale * picture.width) / 2, (view.height - scale * picture.height) / 2)
    val bounds = face.face.bounds
    return Rect(shift + Offset(bounds.x, bounds.y) * scale, Size(bounds.width, bounds.height) * scale)
}

private fun DrawScope.draw(face: TrackedFace, box: Rect, texts: TextMeasurer, style: TextStyle) {
    drawRoundRect(style.color, box.topLeft, box.size, CornerRadius(8.dp.toPx()), Stroke(3.dp.toPx()))
    val text = texts.measure(face.caption, style)
    val left = (box.center.x - text.size.width / 2).coerceIn(0f, maxOf(0f, size.width - text.size.width))
    val top = minOf(box.bottom + 4.dp.toPx(), size.height - text.size.height)
    val behind = Size(text.size.width.toFloat(), text.size.height.toFloat())
    drawRoundRect(BEHIND, Offset(left, top), behind, CornerRadius(4.dp.toPx()))
    drawText(text, topLeft = Offset(left, top))
}

private val SURE = Color(0xFF69F0AE)
private val UNSURE = Color(0xFFFFD740)
private val BEHIND = Color(0x99000000)
