package io.mien

import android.content.Context
import android.content.ContextWrapper
import androidx.work.Constraints
import androidx.work.ExistingWorkPolicy
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import io.mien.work.AdaptWorker
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.time.Clock
import kotlin.time.Duration.Companion.days

/** Tests of clips in the store, and of learning them later. */
@Timeout(600)
class RecordingTest {
    @TempDir
    lateinit var folder: File
    private val location get() = StoreLocation.unencrypted(folder)
    private var engine: EmotionEngine? = null

    @AfterEach
    fun close() {
        engine?.close()
    }

    /** Ends the engine, as the end of the process does, and creates another one. */
    private fun restarted(): EmotionEngine {
        engine?.close()
        return Material.engine(location).also { engine = it }
    }

    private suspend fun enrolled(): EmotionEngine {
        val engine = restarted()
        engine.users.enroll("Wanda").use { enrollment ->
            for ((label, frame) in listOf("sad" to "0018", "happy" to "0300", "happy" to "0332")) {
                enrollment.add(Material.wanda("learn", label, frame))
            }
            enrollment.finish()
        }
        return engine
    }

    private fun Clips.record(label: String, name: String? = null, picture: ByteArray = Material.wandas(label).first()) {
        begin(EmotionLabel(label), name)
        addBlocking(picture)
        assertEquals(1, endBlocking())
    }

    private suspend fun recorded(engine: EmotionEngine) = engine.users.clips("Wanda").use { clips ->
        for (label in listOf("fear", "happy", "sad")) {
            for (picture in Material.wandas(label)) clips.record(label, picture = picture)
        }
        clips.list()
    }

    @Test
    fun `clips survive the process until they are removed`() = runBlocking<Unit> {
        val first = enrolled()
        first.users.clips("Wanda", keepDays = 7).use { clips ->
            clips.record("happy")
            clips.record("sad", name = "mine")
            clips.record("happy")
            clips.confirm("mine")
            clips.begin(EmotionLabel.FEAR)
            clips.add(Material.wandas("fear").first())
        }
        fails(ErrorCode.INVALID_OPTION) { first.users.clips("Wanda", keepDays = 0) }
        fails(ErrorCode.USER_NOT_FOUND) { first.users.clips("Nobody") }

        val second = restarted()
        second.users.clips("Wanda").use { clips ->
            assertEquals(listOf("happy/1", "mine", "happy/2"), clips.list().map { it.name }, "the open clip is lost")
            assertEquals(listOf(false, true, false), clips.list().map { it.isConfirmed })
            assertEquals(0, clips.unusable)
            clips.remove(2)
            clips.record("happy")
            assertEquals(listOf("happy/1", "mine", "happy/3"), clips.list().map { it.name })
            fails(ErrorCode.INVALID_OPTION) { clips.record("sad", name = "mine") }
            fails(ErrorCode.INVALID_OPTION) { clips.remove(3) }
            fails(ErrorCode.INVALID_OPTION) { clips.confirm("none") }
            fails(ErrorCode.INVALID_OPTION) { second.users.adapt("Ben", clips) }
            clips.clear()
            assertEquals(emptyList<ClipSummary>(), clips.list())
        }
        assertEquals(0, restarted().users.clips("Wanda").use { it.list().size })
        engine!!.users.clips("Wanda").use { clips ->
            engine!!.users.delete("Wanda")
            clips.begin(EmotionLabel.HAPPY)
            clips.add(Material.wandas("happy").first())
            fails(ErrorCode.USER_NOT_FOUND) { clips.end() }
            fails(ErrorCode.USER_NOT_FOUND) { clips.end() }
            engine!!.close()
            fails(ErrorCode.CLOSED) { clips.clear() }
        }
    }

    @Test
    fun `clips expire by the clock of the application`() = runBlocking<Unit> {
        val engine = enrolled()
        engine.users.clips("Wanda", keepDays = 2).use { it.record("happy") }
        val now = Clock.System.now()
        engine.pruneTimelines(now + 1.days)
        assertEquals(1, engine.users.clips("Wanda").use { it.list().size })
        engine.pruneTimelines(now + 3.days)
        assertEquals(0, engine.users.clips("Wanda").use { it.list().size })
    }

    @Test
    fun `clips without a store live in memory alone`() = runBlocking<Unit> {
        Material.engine().use { engine ->
            engine.users.clips().use { clips ->
                clips.record("happy")
                assertEquals("happy/1", clips.list().single().name)
                clips.clear()
            }
            fails(ErrorCode.STORAGE) { engine.users.clips("Wanda") }
        }
    }

    @Test
    fun `a user who is due is adapted in another process and keeps the clips`() = runBlocking<Unit> {
        val recorded = recorded(enrolled())
        engine!!.users.adaptLater("Wanda")
        assertEquals(listOf("Wanda"), restarted().users.due())
        val seen = mutableSetOf<Pair<Int, Int>>()
        val reports = engine!!.users.adaptDue { user, users, _ -> seen += user to users }
        assertTrue(reports.getValue("Wanda").face.isAccepted, "${reports["Wanda"]}")
        assertEquals(setOf(0 to 1), seen)
        assertEquals(emptyList<String>(), engine!!.users.due())
        assertEquals(emptyMap<String, Adapted>(), engine!!.users.adaptDue())
        assertEquals(recorded, engine!!.users.clips("Wanda").use { it.list() })
        assertEquals(1, engine!!.users.get("Wanda").activeGeneration)
    }

    @Test
    fun `users without clips are due no longer, and cancelled ones are still due`() = runBlocking<Unit> {
        val engine = enrolled()
        engine.users.adaptLater("Wanda")
        assertEquals(emptyMap<String, Adapted>(), engine.users.adaptDue())
        assertEquals(emptyList<String>(), engine.users.due())
        engine.users.adaptLater("Wanda")
        engine.users.adaptLater("Wanda", isDue = false)
        assertEquals(emptyList<String>(), engine.users.due())
        fails(ErrorCode.USER_NOT_FOUND) { engine.users.adaptLater("Nobody") }

        recorded(engine)
        engine.users.adaptLater("Wanda")
        fails(ErrorCode.INVALID_OPTION) { engine.users.adaptDue(AdaptOptions { folds = 1 }) }
        assertEquals(emptyList<String>(), engine.users.due(), "what fails always is not tried again")
        engine.users.adaptLater("Wanda")
        val begun = CompletableDeferred<Unit>()
        val work = async(Dispatchers.Default) { engine.users.adaptDue { _, _, _ -> begun.complete(Unit) } }
        begun.await()
        work.cancelAndJoin()
        assertEquals(listOf("Wanda"), engine.users.due())
    }

    private class Worker(attempt: Int = 0, private val open: suspend () -> EmotionEngine) :
        AdaptWorker(ContextWrapper(null), WorkerParameters(attempt)) {
        var reports: Map<String, Adapted>? = null

        override suspend fun engine() = open()

        override suspend fun adapted(engine: EmotionEngine, reports: Map<String, Adapted>) {
            this.reports = reports
        }
    }

    @Test
    fun `the worker adapts who is due and tells the system numbers only`() = runBlocking<Unit> {
        recorded(enrolled())
        engine!!.users.adaptLater("Wanda")
        val worker = Worker { restarted() }
        val result = worker.doWork()
        assertEquals("success", result.name)
        assertTrue(worker.reports!!.getValue("Wanda").face.isAccepted)
        assertFalse(engine!!.isClosed, "the engine belongs to the process")
        val told = worker.posted.map { it.keyValueMap } + result.outputData.keyValueMap
        assertTrue(worker.posted.isNotEmpty() && told.all { data -> data.values.all { it is Number } }, "$told")
        val last = worker.posted.last()
        assertEquals(0 to 1, last.getInt(AdaptWorker.USER, -1) to last.getInt(AdaptWorker.USERS, -1))
        assertTrue(last.getFloat(AdaptWorker.SHARE, -1f) in 0f..1f)
    }

    @Test
    fun `an open store is tried again, and a lost key is not`() = runBlocking<Unit> {
        enrolled()
        val second: suspend () -> EmotionEngine = { Material.engine(location).also { it.close() } }
        assertEquals("retry", Worker(open = second).doWork().name)
        assertEquals("retry", Worker { restarted().also { it.close() } }.doWork().name)
        restarted()
        val last = Worker(AdaptWorker.MAX_ATTEMPTS - 1, second).doWork()
        assertEquals("failure" to "STORAGE", last.name to last.outputData.getString(AdaptWorker.CODE))
        val wrong = Worker {
            engine?.close()
            Material.engine(StoreLocation(folder, ByteArray(32) { 1 }))
        }.doWork()
        assertEquals("failure" to "WRONG_KEY", wrong.name to wrong.outputData.getString(AdaptWorker.CODE))
    }

    @Test
    fun `work that the system stops leaves the user due`() = runBlocking<Unit> {
        recorded(enrolled())
        engine!!.users.adaptLater("Wanda")
        val opened = CompletableDeferred<Unit>()
        val worker = Worker {
            opened.complete(Unit)
            awaitCancellation()
        }
        val work = launch { worker.doWork() }
        opened.await()
        work.cancelAndJoin()
        val running = Worker { engine!! }
        val adapting = async(Dispatchers.Default) { running.doWork() }
        while (running.posted.isEmpty()) delay(1)
        adapting.cancel()
        fails<CancellationException> { adapting.await() }
        assertEquals(listOf("Wanda"), engine!!.users.due())
    }

    @Test
    fun `work is requested once for all users`() {
        val context: Context = ContextWrapper(null)
        val system = WorkManager.getInstance(context)
        AdaptWorker.enqueue(context, Worker::class.java)
        AdaptWorker.enqueue(context, Worker::class.java, Constraints.Builder().setRequiresCharging(true).build())
        assertEquals(List(2) { AdaptWorker.WORK }, system.names)
        assertEquals(List(2) { ExistingWorkPolicy.APPEND_OR_REPLACE }, system.policies)
        val constraints = system.requests.map { it.constraints }
        assertEquals(listOf(true, false), constraints.map { it.requiresBatteryNotLow() })
        assertEquals(listOf(false, true), constraints.map { it.requiresCharging() })
        AdaptWorker.cancel(context)
        assertEquals(listOf(AdaptWorker.WORK), system.cancelled)
    }
}
