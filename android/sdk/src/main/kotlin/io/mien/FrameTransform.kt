package io.mien

import kotlin.math.abs

/**
 * Places positions of results in a view that shows the camera's picture.
 *
 * ```kotlin
 * val transform = FrameTransform(result.width, result.height, view.width.toFloat(), view.height.toFloat())
 * val box = transform.toView(face.bounds)
 * ```
 *
 * The picture is turned, then mirrored, then scaled into the view. Frame and view show the same part of what the camera
 * sees, as a view port of CameraX makes sure; the numbers of the view are in any unit.
 *
 * A size that is not positive maps every point to the view's corner.
 *
 * @param frameWidth The width of the upright frame, pixels: that of the result.
 * @param frameHeight The height of the upright frame, pixels.
 * @param viewWidth The width of the view, in its own unit.
 * @param viewHeight The height of the view.
 * @param scale How the picture fits the view; the default is that of CameraX's `PreviewView`.
 * @param turnDegrees The clockwise rotation from the upright frame to the view, a multiple of 90; not 0 if the view does not
 *   turn with the device.
 * @param mirror Whether the view mirrors the picture and positions do not. Of a frame with [Frame.mirror], positions are
 *   mirrored already: leave it out.
 */
public class FrameTransform(
    frameWidth: Int,
    frameHeight: Int,
    viewWidth: Float,
    viewHeight: Float,
    scale: Scale = Scale.FILL_CENTER,
    turnDegrees: Int = 0,
    private val mirror: Boolean = false,
) {
    /** How a picture fits a view of another aspect; all but [STRETCH] are scale types of CameraX's `PreviewView`. */
    public enum class Scale {
        /** Fills the view, which cuts off the end of the longer side (right or bottom). */
        FILL_START,

        /** Fills the view, which cuts off both ends of the longer side. */
        FILL_CENTER,

        /** Fills the view, which cuts off the start of the longer side (left or top). */
        FILL_END,

        /** Fits into the view, at its left or top. */
        FIT_START,

        /** Fits into the middle of the view. */
        FIT_CENTER,

        /** Fits into the view, at its right or bottom. */
        FIT_END,

        /** Fills the view and changes the aspect. */
        STRETCH,
    }

    /** The clockwise rotation from upright frames to the view, in quarters. */
    private val quarters = (turnDegrees / QUARTER).mod(TURN)

    /** The size of the turned picture. */
    private val width: Float
    private val height: Float

    /** Units of the view per pixel. */
    private val scaleX: Float
    private val scaleY: Float
    private val left: Float
    private val top: Float

    init {
        val (across, down) = frameWidth.coerceAtLeast(0).toFloat() to frameHeight.coerceAtLeast(0).toFloat()
        width = if (quarters % 2 == 0) across else down
        height = if (quarters % 2 == 0) down else across
        val isShown = width > 0 && height > 0 && viewWidth > 0 && viewHeight > 0
        val (x, y) = if (isShown) viewWidth / width to viewHeight / height else 0f to 0f
        when (scale) {
            Scale.FILL_START, Scale.FILL_CENTER, Scale.FILL_END -> {
                scaleX = maxOf(x, y)
                scaleY = scaleX
            }
            Scale.FIT_START, Scale.FIT_CENTER, Scale.FIT_END -> {
                scaleX = minOf(x, y)
                scaleY = scaleX
            }
            Scale.STRETCH -> {
                scaleX = x
                scaleY = y
            }
        }
        val share = when (scale) {
            Scale.FILL_START, Scale.FIT_START, Scale.STRETCH -> 0f
            Scale.FILL_CENTER, Scale.FIT_CENTER -> 0.5f
            Scale.FILL_END, Scale.FIT_END -> 1f
        }
        left = if (isShown) share * (viewWidth - scaleX * width) else 0f
        top = if (isShown) share * (viewHeight - scaleY * height) else 0f
    }

    /** Returns the place of a point of a result in the view. */
    public fun toView(point: FacePoint): FacePoint {
        val (turned, y) = when (quarters) {
            1 -> width - point.y to point.x
            2 -> width - point.x to height - point.y
            3 -> point.y to height - point.x
            else -> point.x to point.y
        }
        val x = if (mirror) width - turned else turned
        return FacePoint(left + scaleX * x, top + scaleY * y)
    }

    /** Returns the place of the bounds of a result in the view. */
    public fun toView(bounds: FaceBounds): FaceBounds {
        val one = toView(FacePoint(bounds.x, bounds.y))
        val other = toView(FacePoint(bounds.x + bounds.width, bounds.y + bounds.height))
        return FaceBounds(minOf(one.x, other.x), minOf(one.y, other.y), abs(other.x - one.x), abs(other.y - one.y))
    }

    /** Returns the position in the frame of a point of the view, for example of a touch; null if the view has no area. */
    public fun toFrame(point: FacePoint): FacePoint? {
        if (scaleX <= 0 || scaleY <= 0) return null
        val (shown, y) = (point.x - left) / scaleX to (point.y - top) / scaleY
        val x = if (mirror) width - shown else shown
        return when (quarters) {
            1 -> FacePoint(y, width - x)
            2 -> FacePoint(width - x, height - y)
            3 -> FacePoint(height - y, x)
            else -> FacePoint(x, y)
        }
    }

    private companion object {
        private const val QUARTER = 90
        private const val TURN = 4
    }
}
