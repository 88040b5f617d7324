package io.mien.jvm

import io.mien.ErrorCode
import io.mien.Frame
import io.mien.PixelFormat
import java.awt.image.BufferedImage
import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * Makes this a frame of a picture of Java, whose pixels are copied into reused memory: for pictures that are drawn, grabbed or
 * read by ImageIO. A picture with gray bytes is read as it is, without the brightening of [BufferedImage.getRGB].
 *
 * Throws [ErrorCode.INVALID_FRAME] for a picture with sides longer than 16384 pixels.
 */
public fun Frame.setImage(image: BufferedImage, rotationDegrees: Int = 0, mirror: Boolean = false): Frame {
    val (width, height) = image.width to image.height
    Frame.checkSides(width, height)
    if (image.type == BufferedImage.TYPE_BYTE_GRAY) {
        val memory = memory(0, width * height)
        gray(image, memory)
        setPacked(PixelFormat.GRAY_8, width, height, memory)
    } else {
        val memory = memory(0, Int.SIZE_BYTES * width * height)
        colors(image, memory)
        setPacked(PixelFormat.BGRA_8, width, height, memory)
    }
    this.rotationDegrees = rotationDegrees
    this.mirror = mirror
    return this
}

private fun gray(image: BufferedImage, memory: ByteBuffer) {
    val row = ByteArray(image.width)
    for (y in 0 until image.height) {
        image.raster.getDataElements(0, y, image.width, 1, row)
        memory.put(row)
    }
    memory.flip()
}

private fun colors(image: BufferedImage, memory: ByteBuffer) {
    // 0xAARRGGBB: its lowest byte, blue, comes first.
    val pixels = memory.duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer()
    val row = IntArray(image.width)
    for (y in 0 until image.height) {
        image.getRGB(0, y, image.width, 1, row, 0, image.width)
        pixels.put(row)
    }
    memory.limit(Int.SIZE_BYTES * pixels.position())
}
