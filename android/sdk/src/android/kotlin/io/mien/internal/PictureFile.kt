package io.mien.internal

import android.content.Context
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.ImageDecoder
import android.net.Uri
import android.os.Build
import io.mien.ErrorCode
import io.mien.Frame
import io.mien.MienError
import io.mien.setBitmap
import java.io.IOException
import java.io.InputStream
import java.nio.ByteBuffer

/**
 * A picture file. The core decodes the formats that it reads, so that a file has the same result everywhere; Android decodes
 * the others (HEIC, AVIF, GIF, ...).
 */
internal class PictureFile(private val bytes: ByteArray) {
    /** Returns what [file] makes of the bytes, or [frame] of the picture that Android decodes. */
    fun <T> handed(file: (ByteArray) -> T, frame: (Frame) -> T): T =
        if (isReadByCore) file(bytes) else decoded().let { picture ->
            try {
                frame(Frame().setBitmap(picture))
            } finally {
                picture.recycle()
            }
        }

    /** Whether the file begins like a format that the core reads: JPEG, PNG, TIFF, BMP, WebP. */
    private val isReadByCore: Boolean
        get() = BEGINNINGS.any { begins(it) } || (begins("RIFF") && begins("WEBP", at = 8))

    private fun begins(text: String, at: Int = 0): Boolean =
        bytes.size >= at + text.length && text.indices.all { bytes[at + it] == text[it].code.toByte() }

    /** Returns the picture, upright by its EXIF orientation. */
    private fun decoded(): Bitmap {
        val picture = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
            decodedUpright()
        } else {
            // Formats with an orientation that the core does not read came with Android 9.
            BitmapFactory.decodeByteArray(bytes, 0, bytes.size)
        }
        return picture
            ?: throw MienError(
                ErrorCode.INVALID_FRAME,
                "the picture cannot be read: its format is unknown or it is damaged",
            )
    }

    private fun decodedUpright(): Bitmap? = try {
        ImageDecoder.decodeBitmap(ImageDecoder.createSource(ByteBuffer.wrap(bytes))) { decoder, info, _ ->
            Frame.checkSides(info.size.width, info.size.height)
            // Pixels in graphics memory would be copied back.
            decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
        }
    } catch (_: IOException) {
        null
    }

    companion object {
        private const val MAX_BYTES = 64 shl 20
        private val BEGINNINGS =
            listOf("\u00FF\u00D8\u00FF", "\u0089PNG", "BM", "II*\u0000", "MM\u0000*")

        /** Reads the file behind [uri]. Throws [ErrorCode.INVALID_FRAME] if it cannot be opened or read. */
        fun read(context: Context, uri: Uri): PictureFile = try {
            val stream = context.contentResolver.openInputStream(uri)
                ?: throw MienError(
                    ErrorCode.INVALID_FRAME,
                    "the picture cannot be opened: its provider does not answer",
                )
            PictureFile(stream.use(::bytes))
        } catch (error: IOException) {
            throw MienError(ErrorCode.INVALID_FRAME, "the picture cannot be opened", error, error.message)
        } catch (error: SecurityException) {
            throw MienError(ErrorCode.INVALID_FRAME, "the application may not read the picture", error, error.message)
        }

        private fun bytes(stream: InputStream): ByteArray = stream.readAtMost(MAX_BYTES + 1L).also {
            // A film, say: it would not fit into memory.
            if (it.size >
                MAX_BYTES
            ) throw MienError(ErrorCode.INVALID_FRAME, "the picture has more than $MAX_BYTES bytes")
        }
    }
}
