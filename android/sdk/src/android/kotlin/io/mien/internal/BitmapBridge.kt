package io.mien.internal

import android.graphics.Bitmap
import java.nio.ByteBuffer

/** The native functions for bitmaps (`bindings/src/android/bitmap.rs`); on Android only. */
internal object BitmapBridge {
    init {
        NativeLibrary.load()
    }

    @JvmStatic
    external fun bitmap(
        handle: Long,
        bitmap: Bitmap,
        rotationDegrees: Int,
        mirror: Boolean,
        timestampUs: Long,
        out: ByteBuffer?,
    ): Int
}
