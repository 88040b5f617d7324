package io.mien

import io.mien.internal.call
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.security.GeneralSecurityException
import java.security.ProviderException
import kotlin.time.Instant

/**
 * Tests that a failure in an object of the application, or of the system, becomes a [MienError] with its cause.
 */
class ExceptionsTest {
    @TempDir
    lateinit var folder: File
    private val engine by lazy { Material.engine(StoreLocation.unencrypted(folder)) }

    @AfterEach
    fun close() = engine.close()

    private val raw: List<Exception> = listOf(
        IOException("No space left on device"), SecurityException("permission revoked"), NullPointerException(),
        IllegalStateException("stream closed"), IllegalArgumentException("bad"), IndexOutOfBoundsException("9"),
        ProviderException("keystore"), UnsupportedOperationException("no"), Exception("checked"),
    )

    @Test
    fun `a stream that cannot be written or read is told with its cause`() = runBlocking<Unit> {
        engine.users.enroll("Barack").use {
            it.addBlocking(Material.bytes("pictures/obama.jpg"))
            it.finish()
        }
        val file = ByteArrayOutputStream().also { engine.users.export("Barack", it, "open sesame") }.toByteArray()
        for (error in raw) {
            val out = object : OutputStream() {
                override fun write(byte: Int) = throw error
            }
            val written = fails<MienError> { engine.users.export("Barack", out, "open sesame") }
            assertSame(error, written.origin)
            val flushed = object : ByteArrayOutputStream() {
                override fun flush() = throw error
            }
            assertSame(error, fails<MienError> { engine.users.export("Barack", flushed, "open sesame") }.origin)
            val input = object : InputStream() {
                private var at = 0
                override fun read(): Int = if (at < 100) file[at++].toInt() and 255 else throw error

                // Without it InputStream returns the bytes before the error and hides the error.
                override fun read(bytes: ByteArray, offset: Int, length: Int): Int {
                    bytes[offset] = read().toByte()
                    return 1
                }
            }
            val read = fails<MienError> { engine.users.import(input, "open sesame") }
            assertSame(error, read.origin)
            if (error is IOException) {
                assertTrue(
                    written.errorCode == ErrorCode.STORAGE && read.errorCode == ErrorCode.STORAGE,
                    "$written, $read",
                )
                assertTrue(written.details!!.contains("No space left"), written.details)
            }
        }
        assertEquals(listOf("Barack"), engine.users.list().map { it.name })
    }

    @Test
    fun `a stream without an end is refused before it fills the memory`() = runBlocking<Unit> {
        val limits = StoreLimits { importBytes = 1L shl 20 }
        Material.engine(StoreLocation.unencrypted(File(folder, "small"), limits)).use { small ->
            var read = 0L
            val endless = object : InputStream() {
                override fun read(): Int = 0.also { read++ }
            }
            fails<MienError> { small.users.import(endless, "open sesame") }
            assertTrue(read <= limits.importBytes + 1, "$read bytes were read")
        }
    }

    @Test
    fun `what gives model files may throw anything`() {
        for (error in raw) {
            val failure = fails(ErrorCode.MODEL_LOAD) { ModelPack.read { throw error } }
            assertSame(error, failure.origin)
            assertTrue(failure.message!!.contains(ModelPack.MANIFEST), failure.message)
        }
        val cut = object : InputStream() {
            override fun read(): Int = throw IOException("cut")
        }
        assertEquals("cut", fails(ErrorCode.MODEL_LOAD) { ModelPack.read { cut } }.origin!!.message)
    }

    @Test
    fun `a key wrapper may throw anything`() {
        for (error in raw) {
            val broken = object : KeyWrapper {
                override fun wrap(secret: ByteArray): ByteArray = throw error
                override fun unwrap(wrapped: ByteArray): ByteArray = throw error
            }
            val location = StoreLocation(KeyVault(File(folder, "kept"), broken))
            assertSame(error, fails(ErrorCode.STORAGE) { Material.engine(location) }.origin)
        }
    }

    @Test
    fun `every exception is mapped in one place and cancellation and the machine's errors are not`() {
        for (error in raw + GeneralSecurityException("said")) {
            val mapped = assertThrows(MienError::class.java) { call { throw error } }
            assertSame(error, mapped.cause)
            // Not one that reports another failure.
            assertTrue(mapped.errorCode != ErrorCode.CLOSED, "$mapped")
        }
        val linkage = UnsatisfiedLinkError("no mien_ffi in java.library.path")
        val unlinked = fails(ErrorCode.INTERNAL) { call { throw linkage } }
        assertSame(linkage, unlinked.cause)
        assertTrue(unlinked.details!!.contains("mien_ffi"), unlinked.details)
        val cancelled = CancellationException("by the application")
        assertSame(cancelled, assertThrows(CancellationException::class.java) { call { throw cancelled } })
        assertThrows(OutOfMemoryError::class.java) { call { throw OutOfMemoryError() } }
        fails(ErrorCode.CANCELLED) { call { throw InterruptedException() } }
        assertTrue(Thread.interrupted(), "whoever interrupted the thread still finds it so")
    }

    @Test
    fun `numbers out of range are options`() = runBlocking<Unit> {
        fails(ErrorCode.INVALID_OPTION) { engine.pruneTimelines(Instant.fromEpochMilliseconds(-1)) }
        fails(ErrorCode.INVALID_OPTION) { engine.users.rollback("Barack", -1) }
        engine.users.clips().use { fails(ErrorCode.INVALID_OPTION) { it.remove(-1) } }
        withContext(Dispatchers.IO) {
            fails(ErrorCode.STORAGE) { Material.engine(StoreLocation.unencrypted(File("/proc/none"))) }
        }
    }
}
