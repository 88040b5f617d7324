package io.mien

import io.mien.internal.MicrophoneLoop
import io.mien.internal.Recorder
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.ByteBuffer
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** What a microphone source does when something happens; the contract is that of Swift's `MicrophoneTests`. */
class MicrophoneTest {
    /** A recorder that plays these steps, and then waits for the end. */
    private inner class Played(private vararg val steps: Any?) : Recorder {
        private var at = 0
        override var isInterrupted = false
        var closed = 0

        override fun read(chunk: ByteBuffer): Int? {
            val step = if (at < steps.size) steps[at++] else END
            if (step == END) loop.end()
            if (step is MienError) throw step
            if (step == SILENCED || step == BACK) isInterrupted = step == SILENCED
            repeat(CHUNK) { chunk.put(7) }
            return when (step) {
                null -> null
                END -> 0
                else -> CHUNK
            }
        }

        override fun time(bytes: Int): Duration = at.milliseconds

        override fun close() {
            closed++
        }
    }

    private val told = mutableListOf<Any>()
    private val opened = ArrayDeque<Recorder>()
    private val loop = loop()

    private fun loop(refusal: MienError? = null) = MicrophoneLoop(
        open = { opened.removeFirstOrNull() ?: throw MienError(ErrorCode.INVALID_OPTION, "no permission") },
        interrupted = { told += it },
        take = { samples, time ->
            refusal?.let { throw it }
            assertEquals(CHUNK, samples.remaining())
            told += time
        },
        chunkBytes = CHUNK,
    )

    @Test
    fun `sound is passed on until the end`() {
        val recorder = Played(1, 2)
        assertEquals(null, loop.run(recorder))
        assertEquals(listOf<Any>(1.milliseconds, 2.milliseconds), told)
        assertEquals(1, recorder.closed)
    }

    @Test
    fun `an interruption pauses and is told and sound comes again after it`() {
        assertEquals(null, loop.run(Played(1, SILENCED, SILENCED, BACK, 5)))
        assertEquals(listOf<Any>(1.milliseconds, true, false, 4.milliseconds, 5.milliseconds), told)
    }

    @Test
    fun `an error of the microphone or of the caller ends the recording`() {
        val failing = Played(1, MienError(ErrorCode.INTERNAL, "status -1"), 3)
        assertTrue(loop.run(failing).errorCode == ErrorCode.INTERNAL)
        assertEquals(listOf<Any>(1.milliseconds), told)
        assertEquals(1, failing.closed)
        val recorder = Played(1, 2)
        assertTrue(loop(MienError(ErrorCode.CLOSED, "closed")).run(recorder).errorCode == ErrorCode.CLOSED)
        assertEquals(1, recorder.closed)
    }

    @Test
    fun `another device is opened and one that is gone for good is an error`() {
        val (first, second) = Played(1, null) to Played(1)
        opened += second
        assertEquals(null, loop.run(first))
        assertEquals(listOf<Any>(1.milliseconds, 1.milliseconds), told)
        assertEquals(1 to 1, first.closed to second.closed)
        opened += Played(null)
        assertTrue(loop().run(Played(1, null)).errorCode == ErrorCode.INTERNAL)
        assertTrue(loop().run(Played(1, null)).errorCode == ErrorCode.INVALID_OPTION, "nothing can be opened")
    }

    private companion object {
        const val CHUNK = 12
        const val END = "end"
        const val SILENCED = "silenced"
        const val BACK = "back"
    }
}
