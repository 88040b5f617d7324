package io.mien

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.InputStream
import java.io.OutputStream
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.nio.ByteBuffer
import java.util.Random
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread
import kotlin.coroutines.Continuation
import kotlin.coroutines.intrinsics.suspendCoroutineUninterceptedOrReturn
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

/**
 * Tests every function of the library that has an object as its receiver or argument, found by reflection, with each
 * of these objects closed before the call and during it. New functions are covered by themselves; one with a parameter
 * of a new type fails here until [value] returns a value of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClosedObjectsTest {
    /** A function and its parameters, the receiver first. */
    private class Function(val method: Method) {
        val isStatic = Modifier.isStatic(method.modifiers)
        val suspends = method.parameterTypes.lastOrNull() == Continuation::class.java
        val parameters: List<Class<*>> =
            (if (isStatic) emptyList() else listOf(method.declaringClass)) +
                method.parameterTypes.dropLast(if (suspends) 1 else 0)
        val objects = parameters.indices.filter { parameters[it] in OBJECTS }
        val name = "${method.declaringClass.simpleName}.${method.name}(${parameters.joinToString { it.simpleName }})"

        /** The exception, or null. */
        fun failure(values: List<Any?>): Throwable? = try {
            runBlocking {
                val (on, arguments) = if (isStatic) null to values else values[0] to values.drop(1)
                if (suspends) {
                    suspendCoroutineUninterceptedOrReturn<Any?> { method.invoke(on, *arguments.toTypedArray(), it) }
                } else {
                    method.invoke(on, *arguments.toTypedArray())
                }
            }
            null
        } catch (error: InvocationTargetException) {
            error.targetException
        } catch (error: Throwable) {
            error
        }
    }

    private lateinit var open: EmotionEngine
    private lateinit var closed: EmotionEngine
    private lateinit var openPack: ModelPack
    private lateinit var closedPack: ModelPack
    private lateinit var functions: List<Function>
    private val picture = Material.wanda("learn", "happy", "0300")

    @BeforeAll
    fun make(@TempDir folder: File) {
        openPack = Material.pack()
        closedPack = Material.pack().also { it.close() }
        open = Material.engine(StoreLocation.unencrypted(File(folder, "open")))
        closed = Material.engine(StoreLocation.unencrypted(File(folder, "closed"))).also { it.close() }
        functions = classes().flatMap { it.methods.toList() }
            .filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic && '$' !in it.name }
            .filter { it.declaringClass.name.startsWith("io.mien.") }
            // They read a picture of another application first: PicturesTest.
            .filter { android.content.Context::class.java !in it.parameterTypes }
            .distinct().map { Function(it) }.filter { it.objects.isNotEmpty() && it.method.name !in OF_NO_CALL }
    }

    @AfterAll
    fun end() {
        open.close()
        openPack.close()
    }

    /** The compiled classes of the library. */
    private fun classes(): List<Class<*>> {
        val place = File(EmotionEngine::class.java.protectionDomain.codeSource.location.toURI())
        return File(place, "io/mien").listFiles()!!.filter { it.extension == "class" }
            .map { Class.forName("io.mien.${it.nameWithoutExtension}") }.filter { Modifier.isPublic(it.modifiers) }
    }

    private fun clips(of: EmotionEngine): Clips = of.users.clips().apply {
        for (label in listOf("happy", "sad")) {
            begin(EmotionLabel(label))
            addBlocking(picture)
            endBlocking()
        }
    }

    /** Returns an object of the class, closed if [isClosed]; engines and packs are shared unless [own]. */
    private fun thing(type: Class<*>, isClosed: Boolean, own: Boolean = false): Any {
        val engine = if (isClosed) closed else open
        return when (type) {
            EmotionEngine::class.java -> if (own) Material.engine() else engine
            Users::class.java -> if (own) Material.engine().users else engine.users
            EmotionTimeline::class.java -> if (own) Material.engine().timeline("Wanda") else engine.timeline("Wanda")
            ModelPack::class.java -> if (own) Material.pack() else if (isClosed) closedPack else openPack
            else -> made(type).also { if (isClosed) it.close() }
        }
    }

    private fun made(type: Class<*>): AutoCloseable = when (type) {
        VideoSession::class.java -> open.video()
        LiveSession::class.java -> open.live()
        Enrollment::class.java -> runBlocking { open.users.enroll("Somebody ${System.nanoTime()}") }
        Clips::class.java -> clips(open)
        else -> throw AssertionError("how is a $type made?")
    }

    /** Closes an object of [thing]. */
    private fun close(thing: Any) = when (thing) {
        is AutoCloseable -> thing.close()
        is Users -> engineOf(thing).close()
        else -> engineOf(thing).close()
    }

    private fun engineOf(thing: Any): EmotionEngine =
        thing.javaClass.getDeclaredField("engine").also { it.isAccessible = true }.get(thing) as EmotionEngine

    /** Returns a value for any other parameter. */
    private fun value(type: Class<*>): Any? = when (type) {
        Frame::class.java -> Frame.copyOf(PixelFormat.GRAY_8, 64, 48, ByteArray(64 * 48))
        ByteArray::class.java -> picture.copyOf()
        String::class.java -> "Wanda"
        Long::class.java -> 1L
        Int::class.java -> 1
        Integer::class.java -> null
        Boolean::class.java -> false
        List::class.java -> listOf(
            TimelineEvent(LATER, 1.milliseconds, EmotionLabel.HAPPY, HAPPY, false),
        )
        Function1::class.java -> { _: Any -> }
        Function3::class.java -> { _: Any, _: Any, _: Any -> }
        EmotionLabel::class.java -> EmotionLabel.HAPPY
        Instant::class.java, Any::class.java -> LATER
        BucketWidth::class.java -> BucketWidth.MINUTE
        ExportFormat::class.java -> ExportFormat.CSV
        Modality::class.java -> Modality.FACE
        AudioFormat::class.java -> AudioFormat()
        SampleFormat::class.java -> SampleFormat.I16
        ShortArray::class.java -> ShortArray(16)
        FloatArray::class.java -> FloatArray(16)
        ByteBuffer::class.java -> ByteBuffer.allocateDirect(32)
        TimelineOptions::class.java -> TimelineOptions()
        StreamOptions::class.java -> StreamOptions()
        LiveOptions::class.java -> LiveOptions()
        LivePace::class.java -> LivePace()
        EngineOptions::class.java -> EngineOptions()
        EnrollmentOptions::class.java -> EnrollmentOptions()
        AdaptOptions::class.java -> AdaptOptions {
            fit = FitOptions.of(HeadKind.LOGISTIC).copy { epochs = 3 }
            folds = 2
            isGated = false
        }
        Calibration::class.java -> Calibration(threshold = 0.5f, rise = 0f, margin = 0f)
        StoreLocation::class.java -> null
        OutputStream::class.java -> ByteArrayOutputStream()
        InputStream::class.java -> ByteArrayInputStream(ByteArray(100))
        CoroutineScope::class.java -> CoroutineScope(Job())
        android.graphics.Bitmap::class.java -> unmade(type)
        EmotionEngine.Companion::class.java -> EmotionEngine
        else -> throw AssertionError("a function takes a $type: say here what it is given")
    }

    /** An object that is not initialized: a closed object throws before it is used. */
    private fun unmade(type: Class<*>): Any {
        val field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe")
        val unsafe = field.also { it.isAccessible = true }.get(null)
        return unsafe.javaClass.getMethod("allocateInstance", Class::class.java).invoke(unsafe, type)
    }

    private fun values(function: Function, closed: Set<Int>): List<Any?> =
        function.parameters.mapIndexed { index, type ->
            if (type in OBJECTS) thing(type, index in closed) else value(type)
        }

    private fun subsets(of: List<Int>): List<Set<Int>> =
        of.fold(listOf(emptySet<Int>())) { sets, index -> sets + sets.map { it + index } }

    @Test
    fun `a call with any object closed is Closed and with all open is not`() {
        assertTrue(functions.size > 50, "${functions.size} functions were found")
        val taking = functions.filter { function -> function.objects.any { it > 0 } }.map { it.method.name }
        assertTrue(
            taking.containsAll(listOf("adapt", "create", "overlaid")),
            "functions with an object as an argument: $taking",
        )
        val wrong = mutableListOf<String>()
        var pairs = 0
        for (function in functions) for (closed in subsets(function.objects)) {
            val failure = function.failure(values(function, closed))
            val called = "${function.name} with $closed closed"
            if (failure.errorCode == ErrorCode.CLOSED != closed.isNotEmpty()) wrong += "$called: $failure"
            if (failure != null && failure !is MienError) wrong += "$called throws a raw $failure"
            if (closed.isNotEmpty()) pairs++
        }
        println("closed: ${functions.size} functions, $pairs combinations of closed objects")
        assertEquals("", wrong.joinToString("\n"))
    }

    @Test
    fun `an object that is closed during a call stays until it ends or the call is Closed`() {
        val random = Random(11)
        val wrong = ConcurrentLinkedQueue<String>()
        var calls = 0
        val cases = functions.flatMap { function -> function.objects.map { at -> function to at } }
        for ((function, at) in cases) repeat(roundsOf(function.parameters[at]) * (if (at > 0) 5 else 1)) {
            val own = function.parameters[at]
            val values = function.parameters.mapIndexed { index, type ->
                if (type in OBJECTS) thing(type, false, own = index == at) else value(type)
            }
            val ready = CountDownLatch(2)
            val delay = random.nextInt(2_000_000)
            val caller = thread {
                ready.countDown()
                ready.await()
                repeat(3) {
                    val failure = function.failure(values)
                    val called = "${function.name}, $own closed"
                    if (failure != null && failure !is MienError) wrong += "$called: a raw $failure"
                    val message = (failure as? MienError)?.message ?: ""
                    if (!message.all(::isText)) wrong += "$called: bytes in $message"
                }
            }
            val closer = thread {
                ready.countDown()
                ready.await()
                val until = System.nanoTime() + delay
                while (System.nanoTime() < until) Thread.onSpinWait()
                close(values[at]!!)
            }
            for (thread in listOf(caller, closer)) thread.join(120_000)
            if (caller.isAlive || closer.isAlive) wrong += "${function.name} hangs where $own is closed meanwhile"
            val after = function.failure(values)
            if (after.errorCode != ErrorCode.CLOSED) wrong += "${function.name} after $own was closed meanwhile: $after"
            calls++
        }
        println("closed: $calls times an object was closed during a call")
        assertEquals("", wrong.joinToString("\n"))
    }

    private fun isText(char: Char) = char in ' '..'~'

    /** Engines and packs take a while to create. */
    private fun roundsOf(type: Class<*>): Int = when (type) {
        EmotionEngine::class.java, Users::class.java, EmotionTimeline::class.java -> 1
        ModelPack::class.java -> 4
        else -> 8
    }

    private companion object {
        val LATER = Instant.fromEpochMilliseconds(1)
        val HAPPY = listOf(LabelProbability(EmotionLabel.HAPPY, 1f))
        val OBJECTS: Set<Class<*>> = setOf(
            EmotionEngine::class.java,
            Users::class.java,
            EmotionTimeline::class.java,
            ModelPack::class.java,
            VideoSession::class.java,
            LiveSession::class.java,
            Enrollment::class.java,
            Clips::class.java,
        )

        /**
         * Functions that do not call the native library: closing, values that are fixed at creation, objects that are
         * created without it, results (which end), and the last statistics.
         */
        val OF_NO_CALL = setOf(
            "close", "closeWith", "isClosed", "getLabels", "getNetworks", "getUsers", "timeline", "getStore",
            "getStartedOver", "getResults", "receive", "awaitClosed", "getStatistics", "equals", "hashCode", "toString",
        )
    }
}
