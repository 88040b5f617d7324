package io.mien

import com.sun.management.ThreadMXBean
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import java.io.File
import java.lang.management.ManagementFactory
import java.nio.ByteBuffer
import kotlin.time.Duration
import kotlin.time.Duration.Companion.microseconds

/** Prints the time and memory of frames; only counts are asserted. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CostTest {
    private val engine = Material.engine()
    private val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean

    @AfterAll
    fun close() = engine.close()

    private fun camera(): Frame {
        val pairs = ByteBuffer.allocateDirect(640 * 240)
        val u = pairs.duplicate().limit(640 * 240 - 1) as ByteBuffer
        val v = pairs.duplicate().position(1) as ByteBuffer
        return Frame.yuv420(640, 480, ByteBuffer.allocateDirect(640 * 480), u, v, 640, 640, 2)
    }

    private fun allocated(work: () -> Unit): Long {
        val before = threads.getThreadAllocatedBytes(Thread.currentThread().id)
        work()
        return threads.getThreadAllocatedBytes(Thread.currentThread().id) - before
    }

    private fun median(rounds: Int, work: (Int) -> Unit): Double {
        val times = LongArray(rounds) { index ->
            val start = System.nanoTime()
            work(index)
            System.nanoTime() - start
        }
        return times.sorted()[rounds / 2] / 1000.0
    }

    @Test
    fun `a frame call costs little and allocates nothing`() {
        val frame = camera()
        engine.live(LiveOptions { targetFps = 0.1f }).use { live ->
            live.submit(frame, Duration.ZERO)
            var now = 1L
            repeat(50_000) { live.submit(frame, (now++).microseconds) }
            val paced = median(20_001) { live.submit(frame, (now++).microseconds) }
            val rounds = 1000
            // The measurement itself allocates; an empty round measures how much.
            allocated {}
            val nothing = allocated {}
            // While the VM compiles the calls anew, which a busy computer delays, a few of them allocate.
            val bytes = (1..10).minOf {
                allocated { for (round in 0 until rounds) live.submit(frame, (now++).microseconds) } - nothing
            }
            val cost = "%.2f us (median), %d bytes of Java heap".format(paced, bytes / rounds)
            println("cost: a 640x480 YUV_420_888 frame call without inference takes $cost")
            assertEquals(0, bytes / rounds, "bytes a call")
        }
        engine.live(LiveOptions { targetFps = 240f }).use { live ->
            var now = 0L
            repeat(2000) {
                now += 10_000
                live.submit(frame, now.microseconds)
            }
            val looked = median(2001) {
                now += 10_000
                live.submit(frame, now.microseconds)
            }
            println("cost: the same with the look for changes takes %.1f us (median)".format(looked))
        }
    }

    @Test
    fun `a result allocates itself only`() {
        val picture = Material.picture("golden/face.png")
        val frame = Frame.copyOf(PixelFormat.RGB_8, picture.width, picture.height, Material.rgb(picture))
        engine.video().use { video ->
            var now = 0L
            repeat(100) {
                now += 1000
                video.processBlocking(frame, now.microseconds)
            }
            val bytes = (0 until 50).map {
                allocated {
                    now += 1000
                    video.processBlocking(frame, now.microseconds)
                }
            }.sorted()[25]
            println("cost: a stream's result of one face takes $bytes bytes of Java heap")
            assertTrue(bytes < 2000, "$bytes bytes")
        }
    }

    @Test
    fun `ten thousand frames leak nothing`() {
        fun resident() = File("/proc/self/status").takeIf { it.exists() }?.readLines()
            ?.first { it.startsWith("VmRSS") }?.filter { it.isDigit() }?.toLong() ?: 0
        val frame = camera()
        fun round(count: Int) {
            repeat(count / 100) {
                engine.live(LiveOptions { targetFps = 240f }).use { live ->
                    for (index in 0 until 100) live.submit(frame, (index * 10_000L).microseconds)
                    while (live.receiveBlocking() != null) Unit
                }
            }
        }
        round(2000)
        System.gc()
        val before = resident()
        round(10_000)
        System.gc()
        val after = resident()
        println("cost: 10,000 frames in 100 sessions: ${before / 1024} MiB resident before, ${after / 1024} MiB after")
        // 100 sessions that leaked one copy of a frame each would hold 45 MiB.
        assertTrue(after - before < 32 * 1024, "${after - before} KiB more")
    }
}
