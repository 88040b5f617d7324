package io.mien.sample

import io.mien.CameraImage
import io.mien.Material
import io.mien.camerax.CameraFeed
import io.mien.sample.models.FrameOutput
import java.awt.image.BufferedImage
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread

/** Bundled pictures of one woman in place of what a camera sees, over and over, handed on by CameraX's adapter. */
class PictureCamera : AutoCloseable {
    val output = FrameOutput()

    /** What the lens points at. */
    @Volatile
    var scene: List<BufferedImage> = CLIP

    /** What the adapter or a reader complained of. */
    private val failure = AtomicReference<Exception>()
    private val feed = CameraFeed(mirror = false, { failure.compareAndSet(null, it) }, output::take)

    @Volatile
    private var isClosed = false
    private val lens = thread {
        var at = 0
        while (!isClosed) {
            val pictures = scene
            feed.analyze(CameraImage(pictures[at++ % pictures.size], timestampNs = System.nanoTime()))
            Thread.sleep(PAUSE_MS)
        }
    }

    override fun close() {
        isClosed = true
        lens.join()
        failure.get()?.let { throw AssertionError("the camera's frames were not taken", it) }
    }

    companion object {
        private const val PAUSE_MS = 25L

        /** Seconds of a film, one face in each frame. */
        val CLIP: List<BufferedImage> by lazy { (0..116 step 4).map { Material.picture("clip/%04d.jpg".format(it)) } }

        /** The same woman showing [label], hardly moving. */
        fun showing(label: String): List<BufferedImage> = "adapt/woman/learn/$label".let { folder ->
            Material.repository.resolve("tests/fixtures/$folder").list()!!.sorted().map { Material.picture("$folder/$it") }
        }
    }
}
