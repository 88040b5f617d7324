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

/** Where the files of a model pack come from: an application's assets, a folder, a download of its own. */
public fun interface ModelFiles {
    /** The file [name] of the pack; throws [IOException] where there is none. The caller closes it. */
    @Throws(IOException::class)
    public fun open(name: String): InputStream

    /** Places that have models. */
    public companion object {
        /** The files of a folder. */
        public fun folder(path: File): ModelFiles = ModelFiles { name ->
            try {
                File(path, name).inputStream()
            } catch (error: IOException) {
                // Its text names the folder.
                throw MienException.ModelLoad("the model file $name cannot be read", error.withoutPath(), error.message)
            }
        }
    }
}

/** The models that an engine runs, every file checked against the size and SHA-256 that `manifest.json` states. */
public class ModelPack internal constructor(core: CorePack) : AutoCloseable {
    internal val native: Native<CorePack> = Native(core, "the model pack")

    /** The pack's name. */
    public val name: String
        get() = native.use { it.name() }

    /** The names of the networks' files. */
    public val files: List<String>
        get() = native.use { core -> core.models().map { it.file } }

    /** This pack with the networks of [other] in place of its own where both have one for the same purpose. */
    public fun overlaid(other: ModelPack): ModelPack =
        native.use { core -> other.native.use { ModelPack(core.overlaid(it)) } }

    /** Frees the files' bytes once no call uses them; engines made of the pack go on. Closing again does nothing. */
    override fun close() {
        native.close()
    }

    /** Reading packs. */
    public companion object {
        /** The list of a pack's files. */
        public const val MANIFEST: String = "manifest.json"

        /**
         * Reads a pack. Throws [MienException.ModelLoad] naming the file that is missing, damaged or cannot be opened, with
         * what [files] threw as its cause.
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
            // Of the application's making: what it throws says nothing of the library.
            if (error is CancellationException || error is MienException) throw error
            throw MienException.ModelLoad("the model file $name cannot be read", error, error.message)
        }
    }
}
