package io.mien

import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import io.mien.internal.Native
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.InvalidKeyException
import java.security.KeyStoreException
import java.security.ProviderException
import java.security.UnrecoverableKeyException
import java.util.concurrent.CountDownLatch
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec
import kotlin.concurrent.thread

/** AES-GCM with a key in memory, as slow as the Keystore. */
class Aes(fill: Int) : KeyWrapper {
    private val key = SecretKeySpec(ByteArray(32) { fill.toByte() }, "AES")

    override fun wrap(secret: ByteArray): ByteArray {
        val cipher = Cipher.getInstance("AES/GCM/NoPadding").apply { init(Cipher.ENCRYPT_MODE, key) }
        Thread.sleep(10)
        return cipher.iv + cipher.doFinal(secret)
    }

    override fun unwrap(wrapped: ByteArray): ByteArray {
        if (wrapped.size < 12) throw UnrecoverableKeyException("too short")
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(128, wrapped, 0, 12))
        return cipher.doFinal(wrapped, 12, wrapped.size - 12)
    }
}

/** A first start in a separate process: prints the key of the vault in the given folder. */
object FirstStart {
    @JvmStatic
    fun main(arguments: Array<String>) {
        // All start at the same time.
        while (System.currentTimeMillis() < arguments[1].toLong()) Thread.onSpinWait()
        println("key " + KeyVault(File(arguments[0]), Aes(1)).key().joinToString("") { "%02x".format(it) })
    }
}

class KeyVaultTest {
    @TempDir
    lateinit var folder: File

    /** Throws [failures] one after another, then does what [inner] does. */
    private class Failing(private val inner: KeyWrapper, vararg failures: Exception) : KeyWrapper {
        private val left = ArrayDeque(failures.toList())

        override fun wrap(secret: ByteArray): ByteArray = inner.wrap(secret)

        override fun unwrap(wrapped: ByteArray): ByteArray {
            left.removeFirstOrNull()?.let { throw it }
            return inner.unwrap(wrapped)
        }
    }

    private fun location(at: File, wrapper: KeyWrapper = Aes(1), onLoss: KeyLoss = KeyLoss.REFUSE) =
        StoreLocation(KeyVault(at, wrapper, onLoss))

    /** Creates a store with a setting. */
    private fun store(name: String, made: (File) -> StoreLocation = { location(it) }): File =
        File(folder, name).also { at ->
            Material.engine(made(at)).use { engine -> runBlocking { engine.setSetting("a", byteArrayOf(1)) } }
        }

    private fun setting(location: StoreLocation): ByteArray? =
        Material.engine(location).use { engine -> runBlocking { engine.setting("a") } }

    private fun assertKept(location: StoreLocation) = assertArrayEquals(byteArrayOf(1), setting(location))

    private fun names(at: File) = at.list()!!.toSortedSet()

    private fun copied(at: File, name: String): File {
        Native.awaitClosings()
        return File(folder, name).also { at.copyRecursively(it) }
    }

    @Test
    fun `a vault gives the same key again`() {
        val home = File(folder, "deep/er")
        val key = KeyVault(home, Aes(1)).key()
        assertEquals(32, key.size)
        val vault = KeyVault(home, Aes(1))
        assertTrue(key.contentEquals(vault.key()))
        assertTrue(!vault.startedOver)
        assertTrue(!File(home, "store.key").readBytes().asList().windowed(32).contains(key.asList()))
        assertEquals(sortedSetOf("store.key", "store.key.lock"), names(home))
    }

    @Test
    fun `a lost key is refused or starts over as the application says`() = runBlocking<Unit> {
        val key = { KeyVault(folder, Aes(1)).key() }
        Material.engine(StoreLocation(folder, key())).use { it.setSetting("a", byteArrayOf(1)) }
        fails(ErrorCode.WRONG_KEY) { KeyVault(folder, Aes(2)).key() }
        Material.engine(StoreLocation(folder, key())).use { assertEquals(1, it.setting("a")!!.size) }
        val vault = KeyVault(folder, Aes(2), KeyLoss.START_OVER)
        Material.engine(StoreLocation(folder, vault.key())).use { assertEquals(null, it.setting("a")) }
        assertTrue(vault.startedOver)
        File(folder, "store.key").writeBytes(ByteArray(3))
        fails(ErrorCode.WRONG_KEY) { KeyVault(folder, Aes(2)).key() }
    }

    @Test
    fun `a key store that does not work is Storage`() {
        val broken = object : KeyWrapper {
            override fun wrap(secret: ByteArray): ByteArray = throw GeneralSecurityException("no hardware")
            override fun unwrap(wrapped: ByteArray): ByteArray = throw GeneralSecurityException("no hardware")
        }
        assertTrue(fails(ErrorCode.STORAGE) { KeyVault(folder, broken).key() }.details!!.contains("no hardware"))
        val occupied = File(folder, "file").apply { writeText("x") }
        fails(ErrorCode.STORAGE) { KeyVault(occupied, Aes(1)).key() }
    }

    @Test
    fun `threads that start first at once get one key`() {
        repeat(20) { round ->
            val home = File(folder, "$round")
            val ready = CountDownLatch(8)
            val keys = arrayOfNulls<ByteArray>(8)
            (0 until 8).map { index ->
                thread {
                    ready.countDown()
                    ready.await()
                    keys[index] = KeyVault(home, Aes(1)).key()
                }
            }.forEach { it.join() }
            assertEquals(1, keys.map { it!!.asList() }.toSet().size, "round $round")
            assertArrayEquals(keys[0], KeyVault(home, Aes(1)).key())
        }
    }

    @Test
    fun `processes that start first at once get one key`() {
        val java = File(System.getProperty("java.home"), "bin/java").path
        repeat(3) { round ->
            val home = File(folder, "$round")
            val begin = System.currentTimeMillis() + 4000
            val processes = List(4) {
                ProcessBuilder(
                    java,
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-Djna.nosys=true",
                    "-Dmien.library=${System.getProperty("mien.library")}",
                    "io.mien.FirstStart",
                    home.path,
                    "$begin",
                ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
            }
            val said = processes.map { process ->
                process.inputStream.bufferedReader().readLines().single { it.startsWith("key ") }
            }
            assertEquals(1, said.toSet().size, "$said")
            val key = KeyVault(home, Aes(1)).key().joinToString("") { "%02x".format(it) }
            assertEquals("key $key", said[0])
        }
    }

    @Test
    fun `engines that are first made at once leave a store that opens`() = runBlocking<Unit> {
        Material.pack().use { pack ->
            repeat(5) { round ->
                val home = File(folder, "$round")
                val making = (0..1).map {
                    async(Dispatchers.IO) { runCatching { EmotionEngine.create(pack, store = location(home)) } }
                }
                val made = making.awaitAll()
                val winner = made.mapNotNull { it.getOrNull() }.single()
                assertTrue(made.single { it.isFailure }.exceptionOrNull().errorCode == ErrorCode.STORAGE)
                winner.use { it.setSetting("a", byteArrayOf(1)) }
                EmotionEngine.create(pack, store = location(home)).use {
                    assertArrayEquals(byteArrayOf(1), it.setting("a"))
                }
            }
        }
    }

    /** Removes the first bytes of a store's file, without which it cannot be opened. */
    private fun damage(at: File) = File(at, "users.mien").let { file ->
        file.writeBytes(file.readBytes().also { it.fill(0, 0, 320) })
    }

    @Test
    fun `what is intact of a damaged store is salvaged`() = runBlocking<Unit> {
        val places = mapOf<String, (File) -> StoreLocation>(
            "vault" to { location(it) },
            "key" to { StoreLocation(it, ByteArray(32) { 7 }) },
            "none" to { StoreLocation.unencrypted(it) },
        )
        for ((name, place) in places) {
            val home = store(name, place)
            val sound = EmotionEngine.salvage(place(home))
            assertTrue(sound.isComplete && sound.keptAs == null, "$sound")
            damage(home)
            val damaged = File(home, "users.mien").readBytes()
            fails(ErrorCode.PROFILE_CORRUPT) { Material.engine(place(home)) }
            val report = EmotionEngine.salvage(place(home))
            assertEquals(1 to 0, report.settings to report.lostUsers, "$report")
            assertTrue(report.wasSearched && report.users.isEmpty(), "$report")
            assertArrayEquals(damaged, File(home, report.keptAs!!).readBytes())
            assertKept(place(home))
        }
        val other = fails(ErrorCode.WRONG_KEY) {
            runBlocking { EmotionEngine.salvage(StoreLocation(File(folder, "key"), ByteArray(32))) }
        }
        assertTrue(!other.message!!.contains(folder.path))
        fails(ErrorCode.INVALID_OPTION) {
            runBlocking { EmotionEngine.salvage(StoreLocation.unencrypted(File(folder, "nowhere"))) }
        }
        Material.engine(location(File(folder, "vault"))).use { it.eraseFreeSpace() }
    }

    @Test
    fun `a key that the key store does not give back is not used`() {
        val forgetful = object : KeyWrapper {
            override fun wrap(secret: ByteArray): ByteArray = ByteArray(32)
            override fun unwrap(wrapped: ByteArray): ByteArray = wrapped
        }
        fails(ErrorCode.STORAGE) { KeyVault(folder, forgetful).key() }
        assertEquals(sortedSetOf("store.key.lock"), names(folder))
        assertEquals(32, KeyVault(folder, Aes(1)).key().size)
    }

    /** Returns the cause of a failure of Android's Keystore, with the first code that satisfies [wanted]. */
    private fun keystore(wanted: (Exception) -> Boolean): Exception {
        val make =
            Class.forName("android.security.KeyStoreException").getConstructor(Int::class.java, String::class.java)
        // Attestation codes write to Android's log, which does not exist here.
        return (-100..100)
            .mapNotNull { runCatching { make.newInstance(it, "said") as Exception }.getOrNull() }.first(wanted)
    }

    private fun number(of: Exception) = of.javaClass.getMethod("getNumericErrorCode").invoke(of)

    private fun isTransient(error: Exception) = error.javaClass.getMethod("isTransientFailure").invoke(error) == true

    private val passing: List<() -> Exception> = listOf(
        { KeyStoreException("system busy, try again") },
        { ProviderException("Failed to obtain key from keystore") },
        { InvalidKeyException("Keystore operation failed") },
        { UserNotAuthenticatedException() },
        { GeneralSecurityException("something") },
        { IOException("a broken pipe") },
        { IllegalStateException("locked") },
        { NullPointerException() },
        { SecurityException("not now") },
        { ProviderException(keystore(::isTransient)) },
        { InvalidKeyException(keystore { number(it) == 4 }) },
    )

    private val permanent: List<() -> Exception> = listOf(
        { UnrecoverableKeyException("no such key") },
        { AEADBadTagException() },
        { KeyPermanentlyInvalidatedException() },
        { InvalidKeyException(KeyPermanentlyInvalidatedException()) },
        { ProviderException(UnrecoverableKeyException("gone")) },
        { InvalidKeyException(keystore { number(it) == 7 }) },
        { ProviderException(keystore { number(it) == 6 }) },
    )

    @Test
    fun `a failure that may pass is no loss whatever the application says`() {
        val home = store("home")
        val before = names(home)
        for (make in passing) {
            val failing = Failing(Aes(1), make(), make(), make())
            val error = fails(ErrorCode.STORAGE) { Material.engine(location(home, failing, KeyLoss.START_OVER)) }
            assertTrue(error.message!!.contains("try again"), error.message)
            assertEquals(make().javaClass, error.origin!!.javaClass)
            assertEquals(before, names(home), "${make()}")
            // And the flag is false at the next start.
            assertKept(location(home, failing, KeyLoss.START_OVER))
        }
    }

    @Test
    fun `a failure that passes soon is not told`() {
        val home = store("home")
        for (make in passing + permanent) {
            assertKept(location(home, Failing(Aes(1), make(), make()), KeyLoss.START_OVER))
        }
        // A temporary failure is no loss, whatever failures follow.
        val gone = { UnrecoverableKeyException("gone") }
        val mixed = Failing(Aes(1), ProviderException("busy"), gone(), gone())
        fails(ErrorCode.STORAGE) { KeyVault(home, mixed, KeyLoss.START_OVER).key() }
        assertKept(location(home))
    }

    @Test
    fun `what Android calls transient is no loss though it says that the key is unrecoverable`() {
        val home = store("home")
        val wrapped = {
            UnrecoverableKeyException("Failed to obtain information about key")
                .apply { initCause(keystore(::isTransient)) }
        }
        val failing = Failing(Aes(1), wrapped(), wrapped(), wrapped())
        fails(ErrorCode.STORAGE) { KeyVault(home, failing, KeyLoss.START_OVER).key() }
        assertKept(location(home))
    }

    @Test
    fun `a lost key is refused with its cause and starting over puts the store aside`() {
        for ((index, make) in permanent.withIndex()) {
            val home = store("home$index")
            val wrapped = File(home, "store.key").readBytes()
            val failing = { Failing(Aes(1), make(), make(), make()) }
            val error = fails(ErrorCode.WRONG_KEY) { Material.engine(location(home, failing())) }
            assertEquals(make().javaClass, error.origin!!.javaClass)
            assertKept(location(home))
            val location = location(home, failing(), KeyLoss.START_OVER)
            Material.engine(location).use { engine ->
                assertTrue(engine.startedOver)
                assertEquals(null, runBlocking { engine.setting("a") })
                val names = engine.store!!.lostStores().map { it.name }
                assertEquals(listOf("store.key.lost-1", "users.mien.lost-1"), names)
            }
            assertArrayEquals(wrapped, File(home, "store.key.lost-1").readBytes())
            Material.engine(location(home)).use { assertFalse(it.startedOver) }
            // The key is found again.
            val back = copied(home, "back$index")
            for (name in listOf("store.key", "users.mien")) File(back, "$name.lost-1").renameTo(File(back, name))
            assertKept(location(back))
            location.deleteLostStores()
            assertEquals(emptyList<File>(), location.lostStores())
            Material.engine(location(home)).close()
        }
    }

    @Test
    fun `three lost stores are kept at max`() {
        val home = store("home")
        for (round in 1..5) {
            Material.engine(location(home, Aes(round + 1), KeyLoss.START_OVER)).use { assertTrue(it.startedOver) }
        }
        val kept = (3..5).flatMap { listOf("store.key.lost-$it", "users.mien.lost-$it") }.sorted()
        assertEquals(kept, location(home).lostStores().map { it.name })
        assertEquals((kept + listOf("store.key", "store.key.lock", "users.mien")).toSortedSet(), names(home))
    }

    @Test
    fun `a key file that is gone beside an encrypted store is a loss`() {
        val home = store("home")
        File(home, "store.key").delete()
        val before = names(home)
        assertTrue(fails(ErrorCode.WRONG_KEY) { Material.engine(location(home)) }.message!!.contains("store.key"))
        assertEquals(before, names(home), "no key is made for a store that has another")
        Material.engine(location(home, onLoss = KeyLoss.START_OVER)).use { assertTrue(it.startedOver) }
        assertEquals(listOf("users.mien.lost-1"), location(home).lostStores().map { it.name })
        Material.engine(location(home)).use { assertFalse(it.startedOver) }
    }

    @Test
    fun `a key of another store is a loss`() {
        val home = store("home")
        store("other").resolve("store.key").copyTo(File(home, "store.key"), overwrite = true)
        fails(ErrorCode.WRONG_KEY) { Material.engine(location(home)) }
        Material.engine(location(home, onLoss = KeyLoss.START_OVER)).use { assertTrue(it.startedOver) }
    }

    @Test
    fun `a store that is in use is not put aside`() {
        val home = store("home")
        Material.engine(location(home)).use { engine ->
            fails(ErrorCode.STORAGE) { Material.engine(location(home, Aes(2), KeyLoss.START_OVER)) }
            assertArrayEquals(byteArrayOf(1), runBlocking { engine.setting("a") })
        }
        assertKept(location(home))
    }

    @Test
    fun `a store that was not encrypted is encrypted when a vault opens it`() {
        val home = store("home") { StoreLocation.unencrypted(it) }
        fails(ErrorCode.WRONG_KEY) { Material.engine(StoreLocation(copied(home, "keyed"), ByteArray(32) { 1 })) }
        assertKept(location(home))
        fails(ErrorCode.WRONG_KEY) { Material.engine(StoreLocation.unencrypted(home)) }
        assertKept(location(home))
        // A crash between keeping the key and encrypting leaves both keys.
        val between = store("between") { StoreLocation.unencrypted(it) }
        KeyVault(between, Aes(1)).key()
        assertKept(location(between))
        // A lost key without encrypted data is no loss.
        val lost = store("lost") { StoreLocation.unencrypted(it) }
        KeyVault(lost, Aes(2)).key()
        assertKept(location(lost))
    }

    @Test
    fun `the vault follows a change of the store's key`() {
        val home = store("home")
        Material.engine(location(home)).use { engine ->
            runBlocking {
                engine.changeStoreKey(ByteArray(32) { 7 })
                fails(ErrorCode.INVALID_OPTION) { engine.changeStoreKey(ByteArray(5)) }
            }
        }
        assertArrayEquals(ByteArray(32) { 7 }, KeyVault(home, Aes(1)).key())
        assertEquals(sortedSetOf("store.key", "store.key.lock", "users.mien"), names(home))
        assertKept(location(home))
        // Without encryption, as long as the application requests it.
        Material.engine(location(home)).use { engine -> runBlocking { engine.changeStoreKey(null) } }
        assertKept(StoreLocation.unencrypted(home))
        assertKept(location(home))
        fails(ErrorCode.WRONG_KEY) { Material.engine(StoreLocation.unencrypted(home)) }
    }

    @Test
    fun `a change of the key that is cut off anywhere leaves a store that opens`() {
        val home = store("home")
        val vault = KeyVault(home, Aes(1))
        var copies = 0
        fun snapshot() = copied(home, "copy${copies++}")
        val cut = mutableListOf(snapshot())
        Material.engine(StoreLocation(vault)).use { engine ->
            fun change(fill: Int, failsBefore: Boolean, failsAfter: Boolean) = runCatching {
                vault.change(ByteArray(32) { fill.toByte() }) {
                    cut += snapshot()
                    if (failsBefore) throw IOException("before")
                    engine.native.use { it.encryptStore(Material.direct(ByteArray(32) { fill.toByte() })) }
                    cut += snapshot()
                    if (failsAfter) throw IOException("after")
                }
                cut += snapshot()
            }
            assertTrue(change(5, failsBefore = true, failsAfter = false).isFailure)
            assertTrue(change(6, failsBefore = false, failsAfter = true).isFailure)
            // The store has the key 6 now, which `store.key` does not hold yet.
            assertTrue(change(7, failsBefore = true, failsAfter = false).isFailure)
            assertTrue(change(8, failsBefore = true, failsAfter = false).isFailure)
            cut += snapshot()
            assertTrue(change(9, failsBefore = false, failsAfter = false).isSuccess)
        }
        cut += home
        for ((index, at) in cut.withIndex()) {
            // Not its end: the store's file states that it was not closed.
            Material.engine(location(at)).use { engine ->
                assertFalse(engine.startedOver, "cut $index")
                assertArrayEquals(byteArrayOf(1), runBlocking { engine.setting("a") }, "cut $index")
            }
            assertEquals(sortedSetOf("store.key", "store.key.lock", "users.mien"), names(at), "cut $index")
        }
        println("vault: a change of the key was cut off at ${cut.size} places, and every store opened")
    }

    @Test
    fun `a location's key is used once`() {
        val home = File(folder, "home")
        val location = StoreLocation(home, ByteArray(32) { 3 })
        Material.engine(location).close()
        assertTrue(location.key!!.all { it == 0.toByte() })
        assertTrue(fails(ErrorCode.INVALID_OPTION) { Material.engine(location) }.message!!.contains("new location"))
        Material.engine(StoreLocation(home, ByteArray(32) { 3 })).close()
        // It is also wiped if no engine can be created.
        val key = ByteArray(32) { 3 }
        val closed = Material.pack().also { it.close() }
        fails(ErrorCode.CLOSED) { EmotionEngine.create(closed, store = StoreLocation(home, key)) }
        assertTrue(key.all { it == 0.toByte() })
    }
}
