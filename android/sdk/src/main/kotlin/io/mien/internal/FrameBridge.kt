package io.mien.internal

import io.mien.ErrorCode
import io.mien.Frame
import io.mien.MienError
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.time.Duration

/** The native functions of the frame path (`bindings/src/android/entry.rs`). */
internal object FrameBridge {
    /** The result is longer than the buffer; [again] writes it into a larger one. */
    const val TOO_SHORT: Int = 1

    init {
        NativeLibrary.load()
    }

    @JvmStatic
    external fun planes(
        handle: Long,
        format: Int,
        width: Int,
        height: Int,
        first: ByteBuffer?,
        firstOffset: Int,
        firstLength: Int,
        firstRowStride: Int,
        firstPixelStride: Int,
        second: ByteBuffer?,
        secondOffset: Int,
        secondLength: Int,
        secondRowStride: Int,
        secondPixelStride: Int,
        third: ByteBuffer?,
        thirdOffset: Int,
        thirdLength: Int,
        thirdRowStride: Int,
        thirdPixelStride: Int,
        videoRange: Boolean,
        rotationDegrees: Int,
        flip: Boolean,
        mirror: Boolean,
        timestampUs: Long,
        out: ByteBuffer?,
    ): Int

    @JvmStatic
    external fun receive(handle: Long, timeoutMs: Int, out: ByteBuffer?): Int

    /** Has [nextReady] return the handle of a live session when it has something to fetch. */
    @JvmStatic
    external fun watch(handle: Long, out: ByteBuffer?): Int

    /** Waits, for as long as it takes, for a watched session with something to fetch; returns its handle. */
    @JvmStatic
    external fun nextReady(): Long

    @JvmStatic
    external fun again(out: ByteBuffer?): Int
}

/** Loads the native library once. */
internal object NativeLibrary {
    private val loaded: Unit by lazy {
        // Tests on a computer set the folder of the library; the package of an application has it in the system's path.
        val folder = System.getProperty("mien.library")?.let { File(it).absolutePath }
        val file = System.mapLibraryName("mien_ffi")
        if (folder != null) {
            System.load("$folder/$file")
            // The generated code loads it through JNA.
            com.sun.jna.NativeLibrary.addSearchPath("mien_ffi", folder)
        } else if (!loadBundled(file)) {
            System.loadLibrary("mien_ffi")
        }
    }

    /** Loads the library that the package for Java VMs has for this computer; returns false if there is none. */
    private fun loadBundled(file: String): Boolean {
        val source = javaClass.getResourceAsStream("/${com.sun.jna.Platform.RESOURCE_PREFIX}/$file") ?: return false
        val copy = File.createTempFile("mien", file)
        copy.deleteOnExit()
        source.use { from -> copy.outputStream().use { from.copyTo(it) } }
        System.load(copy.path)
        // The generated code loads the same file, not a copy with other objects.
        System.setProperty("uniffi.component.mien_ffi.libraryOverride", copy.path)
        return true
    }

    fun load(): Unit = loaded
}

/** A buffer for the results of one thread; it grows to the largest result. */
internal class ResultBuffer {
    var buffer: ByteBuffer = allocate(INITIAL_BYTES)
    val reader = ResultReader()

    /** Returns the decoded result that [work] writes into the buffer; throws the error that it writes. */
    inline fun <T> of(decode: ResultReader.() -> T, work: (ByteBuffer) -> Int): T {
        var status = work(buffer)
        if (status == FrameBridge.TOO_SHORT) {
            buffer = allocate(buffer.getInt(LENGTH_AT))
            status = FrameBridge.again(buffer)
        }
        if (status != 0) throw MienError(ErrorCode.INTERNAL, "the frame path returned the status $status")
        reader.begin(buffer)
        return reader.decode()
    }

    fun hand(handle: Long, frame: Frame, timestamp: Duration, out: ByteBuffer): Int {
        val first = frame.first
        val second = frame.second
        val third = frame.third
        return FrameBridge.planes(
            handle, frame.format.ordinal, frame.width, frame.height,
            first, first?.position() ?: 0, first?.remaining() ?: 0, frame.rowStride, frame.pixelStride,
            second, second?.position() ?: 0, second?.remaining() ?: 0, frame.chromaRowStride, frame.chromaPixelStride,
            third, third?.position() ?: 0, third?.remaining() ?: 0, frame.chromaRowStride, frame.chromaPixelStride,
            frame.videoRange, frame.rotationDegrees, frame.flip, frame.mirror,
            timestamp.inWholeMicroseconds, out,
        )
    }

    companion object {
        private const val INITIAL_BYTES = 16 * 1024
        const val LENGTH_AT = 4
        private val OF_THREAD = ThreadLocal.withInitial { ResultBuffer() }

        /** The buffer of the calling thread. */
        fun ofThread(): ResultBuffer = OF_THREAD.get()!!

        fun allocate(bytes: Int): ByteBuffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN)
    }
}

/** Hands a frame to the object of [handle] and decodes its answer. */
internal inline fun <T> handFrame(handle: Long, frame: Frame, timestamp: Duration, decode: ResultReader.() -> T): T {
    val buffer = ResultBuffer.ofThread()
    return buffer.of(decode) { out -> buffer.hand(handle, frame, timestamp, out) }
}
