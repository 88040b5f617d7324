package io.mien.sample.views

import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.clipRect
import androidx.compose.ui.unit.dp

/**
 * Fills a rectangle with the color and the pattern of an emotion, so that nobody needs the color to tell them apart. [line]
 * is the color of the pattern.
 */
fun DrawScope.drawEmotion(label: Int, at: Offset, size: Size, line: Color) {
    if (size.width <= 0 || size.height <= 0) return
    drawRect(COLORS[Math.floorMod(label, COLORS.size)], at, size)
    clipRect(at.x, at.y, at.x + size.width, at.y + size.height) {
        for (way in WAYS[Math.floorMod(label, WAYS.size)]) drawLines(way, at, size, line)
    }
}

/** Parallel lines over a rectangle. They start at the edge of the drawing, so that those of neighbors meet. */
private fun DrawScope.drawLines(way: Way, at: Offset, size: Size, color: Color) {
    val gap = GAP.toPx()
    val width = STROKE.toPx()
    val end = Offset(at.x + size.width, at.y + size.height)
    when (way) {
        Way.ACROSS -> along(at.y, end.y, gap) { y -> drawLine(color, Offset(at.x, y), Offset(end.x, y), width) }
        Way.UPRIGHT -> along(at.x, end.x, gap) { x -> drawLine(color, Offset(x, at.y), Offset(x, end.y), width) }
        Way.RISING -> along(at.x + at.y, end.x + end.y, gap) { sum ->
            drawLine(color, Offset(sum - at.y, at.y), Offset(sum - end.y, end.y), width)
        }
        Way.FALLING -> along(at.x - end.y, end.x - at.y, gap) { difference ->
            drawLine(color, Offset(difference + at.y, at.y), Offset(difference + end.y, end.y), width)
        }
    }
}

/** The multiples of [gap] from [from] to [to]. */
private inline fun along(from: Float, to: Float, gap: Float, draw: (Float) -> Unit) {
    var place = kotlin.math.ceil(from / gap) * gap
    while (place <= to) {
        draw(place)
        place += gap
    }
}

private enum class Way { ACROSS, UPRIGHT, RISING, FALLING }

private val GAP = 6.dp
private val STROKE = 1.dp

/** The lines of each emotion. */
private val WAYS = listOf(
    emptyList(),
    listOf(Way.RISING),
    listOf(Way.ACROSS),
    listOf(Way.FALLING),
    listOf(Way.UPRIGHT),
    listOf(Way.RISING, Way.FALLING),
    listOf(Way.ACROSS, Way.UPRIGHT),
    listOf(Way.ACROSS, Way.RISING),
)

/** Colors that color-blind people can tell apart (after Okabe and Ito). */
private val COLORS =
    listOf(0xFF999999, 0xFFF0E442, 0xFF0072B2, 0xFFD55E00, 0xFFCC79A7, 0xFF009E73, 0xFFE69F00, 0xFF56B4E9).map {
        Color(it)
    }
