package io.mien

import android.content.Context
import android.content.Intent
import android.graphics.Bitmap
import android.os.Looper
import android.os.PowerManager
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows
import org.robolectric.annotation.Config
import java.io.File
import java.util.concurrent.CopyOnWriteArrayList
import javax.crypto.AEADBadTagException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.microseconds

/** Tests of Android's framework, by Robolectric. The Keystore and the bitmaps of the NDK exist on devices only. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], manifest = Config.NONE)
class AndroidTest {
    private val context: Context = RuntimeEnvironment.getApplication()

    /** A wrapper that only masks the key: the Keystore is not under test here. */
    private class Veil(private val mask: Byte) : KeyWrapper {
        override fun wrap(secret: ByteArray): ByteArray =
            byteArrayOf(mask) + ByteArray(secret.size) { (secret[it].toInt() xor mask.toInt()).toByte() }

        override fun unwrap(wrapped: ByteArray): ByteArray {
            if (wrapped[0] != mask) throw AEADBadTagException("another key")
            return ByteArray(wrapped.size - 1) { (wrapped[it + 1].toInt() xor mask.toInt()).toByte() }
        }
    }

    private fun engine(mask: Int, storage: AppStorage = AppStorage()): EmotionEngine = runBlocking {
        EmotionEngine.create(
            context,
            storage = storage,
            models = ModelFiles.folder(Material.models),
            wrapper = Veil(mask.toByte()),
        )
    }

    @Test
    fun `users are kept encrypted where no backup goes`() = runBlocking<Unit> {
        engine(1).use { it.setSetting("consent", byteArrayOf(1)) }
        val folder = AppStorage().folder(context)
        assertEquals(File(context.noBackupFilesDir, "mien"), folder)
        assertTrue(File(folder, "users.mien").exists() && File(folder, "store.key").exists())
        engine(1).use { assertEquals(1, it.setting("consent")!!.size) }
    }

    @Test
    fun `a warmer device has a lower power budget`() {
        val budgets = (PowerManager.THERMAL_STATUS_NONE..PowerManager.THERMAL_STATUS_SHUTDOWN).map {
            powerBudget(it, isPowerSaveMode = false)
        }
        assertEquals(listOf(PowerBudget.FULL, PowerBudget.BALANCED, PowerBudget.SAVER), budgets.take(3))
        assertTrue(budgets.drop(3).all { it == PowerBudget.CRITICAL })
        assertEquals(PowerBudget.SAVER, powerBudget(PowerManager.THERMAL_STATUS_LIGHT, isPowerSaveMode = true))
        assertEquals(PowerBudget.CRITICAL, powerBudget(PowerManager.THERMAL_STATUS_SEVERE, isPowerSaveMode = true))
    }

    @Test
    fun `the power budgets are the one now and then each change`() = runBlocking<Unit> {
        val power = context.getSystemService(Context.POWER_SERVICE) as PowerManager
        val shadow = Shadows.shadowOf(power)
        shadow.setCurrentThermalStatus(PowerManager.THERMAL_STATUS_LIGHT)
        assertEquals(PowerBudget.BALANCED, power.powerBudget)
        val seen = CopyOnWriteArrayList<PowerBudget>()
        val collecting = launch(start = CoroutineStart.UNDISPATCHED) { context.powerBudgets().take(3).toList(seen) }
        suspend fun await(count: Int) = withTimeout(60_000) { while (seen.size < count) delay(5) }
        await(1)
        shadow.setCurrentThermalStatus(PowerManager.THERMAL_STATUS_SEVERE)
        Shadows.shadowOf(Looper.getMainLooper()).idle()
        await(2)
        shadow.setCurrentThermalStatus(PowerManager.THERMAL_STATUS_NONE)
        shadow.setIsPowerSaveMode(true)
        context.sendBroadcast(Intent(PowerManager.ACTION_POWER_SAVE_MODE_CHANGED))
        Shadows.shadowOf(Looper.getMainLooper()).idle()
        collecting.join()
        assertEquals(PowerBudget.CRITICAL, seen[1])
        assertEquals(PowerBudget.SAVER, power.powerBudget)
    }

    @Test
    fun `a lost key is refused unless the application starts over`() = runBlocking<Unit> {
        engine(1).use { it.setSetting("consent", byteArrayOf(1)) }
        val error = fails(ErrorCode.WRONG_KEY) { engine(2) }
        assertTrue(error.message!!.contains("lost"))
        engine(2, AppStorage(onKeyLoss = KeyLoss.START_OVER)).use { assertEquals(null, it.setting("consent")) }
    }

    @Test
    fun `a store without encryption has no key`() {
        engine(1, AppStorage(name = "open", isEncrypted = false)).close()
        assertFalse(File(context.noBackupFilesDir, "open/store.key").exists())
    }

    @Test
    fun `models that the assets lack are named`() {
        val error = fails(ErrorCode.MODEL_LOAD) { EmotionEngine.create(context, wrapper = Veil(1)) }
        assertTrue(error.message, error.message!!.contains("manifest.json"))
    }

    @Test
    fun `a device without the Keystore says so`() {
        val error = fails(ErrorCode.STORAGE) { KeyVault(File(context.noBackupFilesDir, "k"), KeystoreWrapper()).key() }
        assertTrue(error.message, error.message!!.contains("key store"))
    }

    @Test
    fun `a recycled bitmap and a Keystore that is not there are MienErrors`() {
        val bitmap = Bitmap.createBitmap(64, 48, Bitmap.Config.RGB_565)
        bitmap.recycle()
        engine(1).use { engine ->
            assertTrue(
                fails(ErrorCode.INVALID_FRAME) {
                    engine.processBlocking(bitmap)
                }.message!!.contains("recycled"),
            )
            engine.video().use { video ->
                fails(ErrorCode.INVALID_FRAME) { video.processBlocking(bitmap, 1.microseconds) }
            }
        }
        val storage = AppStorage(name = "none", onKeyLoss = KeyLoss.START_OVER)
        val error = fails(ErrorCode.STORAGE) {
            EmotionEngine.create(context, storage = storage, models = ModelFiles.folder(Material.models))
        }
        assertTrue(
            error.message,
            error.message!!.contains("try again") && error.origin is java.security.GeneralSecurityException,
        )
    }

    @Test
    fun `a store that was kept open is encrypted when it is opened as such`() = runBlocking<Unit> {
        engine(1, AppStorage(name = "open", isEncrypted = false)).use { it.setSetting("consent", byteArrayOf(1)) }
        engine(1, AppStorage(name = "open")).use { engine ->
            assertEquals(1, engine.setting("consent")!!.size)
            assertEquals(AppStorage(name = "open").folder(context), engine.store!!.folder)
        }
        fails(ErrorCode.WRONG_KEY) { engine(1, AppStorage(name = "open", isEncrypted = false)) }
    }

    @Test
    fun `the microphone is recorded in chunks with times that rise`() {
        val heard = CopyOnWriteArrayList<Pair<Int, Duration>>()
        val failures = CopyOnWriteArrayList<MienError>()
        val source = MicrophoneSource(failed = { failures += it }) { samples, time ->
            heard += samples.remaining() to time
        }
        source.use {
            it.start()
            it.start()
            val end = System.nanoTime() + 60_000_000_000
            while (heard.size < 3 && failures.isEmpty() && System.nanoTime() < end) Thread.sleep(5)
        }
        source.close()
        assertEquals(emptyList<MienError>(), failures)
        assertTrue("$heard", heard.size >= 3 && heard.take(3).all { it.first == 640 })
        assertTrue("$heard", heard.zipWithNext().all { (a, b) -> b.second >= a.second })
        engine(1).use { engine ->
            engine.live().use { live ->
                MicrophoneSource(live) { failures += it }.use { it.start() }
            }
        }
        assertEquals(emptyList<MienError>(), failures)
    }

    @Test
    fun `a bitmap's pixels copied into a frame are the picture`() {
        val bitmap = Bitmap.createBitmap(64, 48, Bitmap.Config.ARGB_8888)
        assertEquals(Bitmap.Config.ARGB_8888, bitmap.config)
        val pixels = java.nio.ByteBuffer.allocateDirect(bitmap.rowBytes * bitmap.height)
        bitmap.copyPixelsToBuffer(pixels)
        pixels.rewind()
        engine(1).use { engine ->
            assertEquals(
                FrameResult(64, 48, emptyList()),
                engine.processBlocking(Frame.packed(PixelFormat.RGBA_8, 64, 48, pixels, bitmap.rowBytes)),
            )
        }
    }
}
