package io.mien.sample.views

import java.io.InputStream
import java.io.OutputStream

/**
 * Files that the user chooses in the system's picker, so that no permission is needed; null if none is chosen.
 */
interface Files {
    suspend fun create(name: String): OutputStream?

    suspend fun open(): InputStream?
}
