package io.mien.sample

import androidx.camera.core.ImageProxy
import io.mien.CameraImage
import io.mien.Material
import io.mien.camerax.CameraFeed
import io.mien.sample.models.FrameOutput
import java.awt.image.BufferedImage
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread
import kotlin.math.abs

/** Bundled pictures of one woman instead of a camera, forward and backward, delivered by the CameraX adapter. */
class PictureCamera : AutoCloseable {
    val output = FrameOutput()

    /** The pictures before the lens. */
    @Volatile
    var scene: List<BufferedImage> = CLIP

    /** The failures that the adapter or a reader reported. */
    private val failure = AtomicReference<Exception>()
    private val feed = CameraFeed(mirror = false, { failure.compareAndSet(null, it) }, output::take)

    @Volatile
    private var isClosed = false
    private val lens = thread {
        var at = 0
        while (!isClosed) {
            val pictures = scene
            val last = pictures.size - 1
            val picture = pictures[last - abs(last - at++ % maxOf(2 * last, 1))]
            val pixels = laidOut.getOrPut(picture) { CameraImage(picture).pixels }
            feed.analyze(CameraImage(picture, timestampNs = System.nanoTime(), pixels = pixels))
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
        private val laidOut = ConcurrentHashMap<BufferedImage, Array<ImageProxy.PlaneProxy>>()

        /**
         * A few seconds of a film, one face per frame; without the second in which her hand covers her face:
         * an enrollment may take two of its frames for somebody else, and refuses such a mixture.
         */
        val CLIP: List<BufferedImage> by lazy {
            (36..116 step 4).map { Material.picture("clip/%04d.jpg".format(it)) }
        }

        /** The same woman showing [label], hardly moving. */
        fun showing(label: String): List<BufferedImage> = known.getOrPut(label) {
            val folder = "adapt/woman/learn/$label"
            Material.repository.resolve("tests/fixtures/$folder").list()!!.sorted().map {
                Material.picture("$folder/$it")
            }
        }

        /** The picture in the middle of one with the height of a phone's. */
        fun upright(picture: BufferedImage): BufferedImage {
            val out = BufferedImage(picture.width, picture.width * 4 / 3, BufferedImage.TYPE_INT_RGB)
            out.graphics.apply { drawImage(picture, 0, (out.height - picture.height) / 2, null) }.dispose()
            return out
        }

        private val known = ConcurrentHashMap<String, List<BufferedImage>>()
    }
}
