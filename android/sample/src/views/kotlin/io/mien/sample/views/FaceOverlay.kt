package io.mien.sample.views

import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import io.mien.TrackedFace
import io.mien.compose.FaceBox
import io.mien.compose.FaceOverlayStyle
import io.mien.sample.models.PictureSize
import io.mien.compose.FaceOverlay as LibraryOverlay

/** Boxes and captions over a [picture] that fills the view like [Camera.Preview]. */
@Composable
fun FaceOverlay(faces: List<TrackedFace>, picture: PictureSize, modifier: Modifier = Modifier) {
    val boxes = faces.map { FaceBox(it.bounds, caption(it), if (it.unsure.isEmpty()) SURE else UNSURE) }
    val style = FaceOverlayStyle(text = MaterialTheme.typography.titleMedium, behindText = BEHIND)
    LibraryOverlay(boxes, picture.width, picture.height, modifier, style = style)
}

// Bright on a dark ground, whatever the theme and the picture; a question mark tells them apart without color.
private val SURE = Color(0xFF69F0AE)
private val UNSURE = Color(0xFFFFD740)
private val BEHIND = Color(0xCC000000)
