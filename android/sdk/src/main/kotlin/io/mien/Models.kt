package io.mien

import io.mien.internal.Native
import io.mien.internal.NativeLibrary
import io.mien.internal.offThread
import io.mien.internal.withoutPath
import kotlinx.coroutines.CancellationException
import java.io.File
import java.io.IOException
import java.io.InputStream
import io.mien.ffi.ModelPack as CorePack

/** The source of the files of a model pack: the assets of an application, a folder, a download. */
public fun interface ModelFiles {
    /** Opens the file [name] of the pack; throws [IOException] if there is none. The caller closes it. */
    @Throws(IOException::class)
    public fun open(name: String): InputStream

    /** Sources of model files. */
    public companion object {
        /** Returns the files of a folder. */
        @JvmStatic
        public fun folder(path: File): ModelFiles = ModelFiles { name ->
            try {
                File(path, name).inputStream()
            } catch (error: IOException) {
                // The text of the exception names the folder.
                throw MienError(
                    ErrorCode.MODEL_LOAD,
                    "the model file $name cannot be read",
                    error.withoutPath(),
                    error.message,
                )
            }
        }
    }
}

/** The networks of an engine. Every file is checked against the size and SHA-256 that `manifest.json` states. */
public class ModelPack internal constructor(core: CorePack) : AutoCloseable {
    internal val native: Native<CorePack> = Native(core, "the model pack")

    /** The name of the pack. */
    public val name: String
        get() = native.use { it.name() }

    /** The names of the files of the networks. */
    public val files: List<String>
        get() = native.use { core -> core.models().map { it.file } }

    /** Returns this pack with the networks of `other` in place of its own for every role that both have. */
    public fun overlaid(other: ModelPack): ModelPack =
        native.use { core -> other.native.use { ModelPack(core.overlaid(it)) } }

    /**
     * Frees the bytes of the files after running calls; engines made from the pack continue. Closing again does
     * nothing.
     */
    override fun close() {
        native.close()
    }

    /** Reads packs. */
    public companion object {
        /** The name of the file that lists the files of a pack. */
        public const val MANIFEST: String = "manifest.json"

        /**
         * Reads a pack.
         *
         * Throws [ErrorCode.MODEL_LOAD] naming the file that is missing, damaged or cannot be opened, with the
         * exception of [files] as its cause.
         */
        public suspend fun read(files: ModelFiles): ModelPack = offThread {
            NativeLibrary.load()
            val manifest = bytes(files, MANIFEST)
            val parts = io.mien.ffi.manifestFiles(manifest).associateWith { bytes(files, it) }
            ModelPack(CorePack.fromParts(manifest, parts))
        }

        private fun bytes(files: ModelFiles, name: String): ByteArray = try {
            files.open(name).use { it.readBytes() }
        } catch (error: Exception) {
            // The application implements it, so its exception is not one of the library.
            if (error is CancellationException || error is MienError) throw error
            throw MienError(ErrorCode.MODEL_LOAD, "the model file $name cannot be read", error, error.message)
        }
    }
}
