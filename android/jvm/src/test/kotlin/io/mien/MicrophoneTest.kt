package io.mien

import io.mien.internal.MicrophoneLoop
import io.mien.internal.Recorder
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.ByteBuffer

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
            if (step is MienException) throw step
            if (step == SILENCED || step == BACK) isInterrupted = step == SILENCED
            repeat(CHUNK) { chunk.put(7) }
            return when (step) {
                null -> null
                END -> 0
                else -> CHUNK
            }
        }

        override fun timeUs(bytes: Int): Long = 1000L * at

        override fun close() {
            closed++
        }
    }

    private val told = mutableListOf<Any>()
    private val opened = ArrayDeque<Recorder>()
    private val loop = loop()

    private fun loop(refusal: MienException? = null) = MicrophoneLoop(
        open = { opened.removeFirstOrNull() ?: throw MienException.InvalidOption("no permission") },
        interrupted = { told += it },
        take = { samples, timeUs ->
            refusal?.let { throw it }
            assertEquals(CHUNK, samples.remaining())
            told += timeUs
        },
        chunkBytes = CHUNK,
    )

    @Test
    fun `sound is passed on until the end`() {
        val recorder = Played(1, 2)
        assertEquals(null, loop.run(recorder))
        assertEquals(listOf<Any>(1000L, 2000L), told)
        assertEquals(1, recorder.closed)
    }

    @Test
    fun `an interruption pauses and is told and sound comes again after it`() {
        assertEquals(null, loop.run(Played(1, SILENCED, SILENCED, BACK, 5)))
        assertEquals(listOf<Any>(1000L, true, false, 4000L, 5000L), told)
    }

    @Test
    fun `an error of the microphone or of the caller ends the recording`() {
        val failing = Played(1, MienException.Internal("status -1"), 3)
        assertTrue(loop.run(failing) is MienException.Internal)
        assertEquals(listOf<Any>(1000L), told)
        assertEquals(1, failing.closed)
        val recorder = Played(1, 2)
        assertTrue(loop(MienException.Closed("closed")).run(recorder) is MienException.Closed)
        assertEquals(1, recorder.closed)
    }

    @Test
    fun `another device is opened and one that is gone for good is an error`() {
        val (first, second) = Played(1, null) to Played(1)
        opened += second
        assertEquals(null, loop.run(first))
        assertEquals(listOf<Any>(1000L, 1000L), told)
        assertEquals(1 to 1, first.closed to second.closed)
        opened += Played(null)
        assertTrue(loop().run(Played(1, null)) is MienException.Internal)
        assertTrue(loop().run(Played(1, null)) is MienException.InvalidOption, "nothing can be opened")
    }

    private companion object {
        const val CHUNK = 12
        const val END = "end"
        const val SILENCED = "silenced"
        const val BACK = "back"
    }
}
