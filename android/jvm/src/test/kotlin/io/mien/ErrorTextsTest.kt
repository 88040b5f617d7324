package io.mien

import io.mien.internal.id
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import java.security.GeneralSecurityException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Instant

/** The parts of an error for logs and crash reports name no person and no path; [ErrorCode.DETAILS] do. */
class ErrorTextsTest {
    @TempDir
    lateinit var home: File
    private val mark = "Wanda-7f3a"
    private val marked by lazy { File(home, mark).also { it.mkdirs() } }
    private val picture = Material.bytes("pictures/obama.jpg")
    private val blank = Frame.packed(PixelFormat.GRAY_8, 320, 240, Material.direct(ByteArray(320 * 240)))

    /** Returns the error of a call; only its details may contain the mark. */
    private fun failure(call: String, work: suspend () -> Unit): MienError {
        val error = assertThrows<MienError>(call) { runBlocking { work() } }
        assertTrue(error.toString().startsWith(error.code.id + ": "), call)
        val texts = error.run { listOf(message, localizedMessage, toString(), code.name, stackTraceToString()) }
        for (shown in texts) {
            assertFalse(shown.contains(mark), "$call: $shown")
        }
        return error
    }

    /** Like [failure], and the details must contain the mark. */
    private fun named(call: String, work: suspend () -> Unit) {
        val details = failure(call, work).details
        assertTrue(details != null && details.contains(mark), "$call: $details")
    }

    private fun <Time : Any> timeline(timeline: EmotionTimeline<Time>, from: Time, to: Time) {
        named("record") { timeline.record(emptyList()) }
        named("buckets") { timeline.buckets(from, to, BucketWidth.HOUR) }
        named("total") { timeline.total(from, to, BucketWidth.HOUR) }
        named("events") { timeline.events(from, to, 1) }
        named("exportEvents") { timeline.exportEvents(from, to, ExportFormat.CSV) }
        named("exportBuckets") { timeline.exportBuckets(from, to, BucketWidth.HOUR, ExportFormat.JSON) }
        named("forget") { timeline.forget(from, to) }
    }

    @Test
    fun `names stand in the details alone`() = runBlocking<Unit> {
        val engine = Material.engine(StoreLocation.unencrypted(File(marked, "store"), StoreLimits { users = 1 }))
        val users = engine.users
        val user = "$mark Smith"
        val nobody = "$mark Nobody"
        users.enroll(user).use {
            it.addBlocking(picture)
            it.finish()
        }
        val file = ByteArrayOutputStream().also { users.export(user, it, "open sesame") }.toByteArray()
        val event =
            TimelineEvent(
                WHEN,
                1.milliseconds,
                EmotionLabel("$mark sad"),
                listOf(LabelProbability(EmotionLabel.HAPPY, 1f)),
                false,
            )
        val film = "$mark.mp4"
        val clips = users.clips()
        clips.begin(EmotionLabel.HAPPY, "$mark/1")
        clips.addBlocking(picture)
        clips.end()

        named("enroll") { users.enroll(user) }
        for (bad in listOf(" $mark", "$mark/", "$mark\u0000")) named("enroll $bad") { users.enroll(bad) }
        named("enrollMore") { users.enrollMore(nobody) }
        named("get") { users.get(nobody) }
        named("delete") { users.delete(nobody) }
        named("rollback") { users.rollback(nobody) }
        named("export") { users.export(nobody, ByteArrayOutputStream(), "open sesame") }
        named("import") { users.import(ByteArrayInputStream(file), "open sesame") }
        named("verify") { users.verify(nobody, picture) }
        named("adapt nobody") { users.adapt(nobody, clips) }
        named("record an unknown emotion") { clips.begin(EmotionLabel("$mark glum")) }
        named("record under a name twice") { clips.begin(EmotionLabel.HAPPY, "$mark/1") }
        timeline(engine.timeline(nobody), WHEN, WHEN + 1.milliseconds)
        timeline(engine.timeline(nobody, film), Duration.ZERO, 1.milliseconds)
        named("timelines") { users.timelines(nobody) }
        named("timelineOptions") { users.timelineOptions(nobody) }
        named("setTimelineOptions") { users.setTimelineOptions(nobody, TimelineOptions()) }
        named("record a wrong event") { engine.timeline(user).record(listOf(event)) }
        failure("an unknown medium") { engine.timeline(user, film).events(Duration.ZERO, 1.milliseconds, 1) }
        named("setting") { engine.setting("$mark\u0000") }
        named("setSetting") { engine.setSetting("$mark\u0000", null) }
        named("a large setting") { engine.setSetting(mark, ByteArray(1 shl 17)) }
        named("an enrollment over a taken name") {
            users.delete(user)
            val enrollment = users.enroll(user)
            enrollment.addBlocking(picture)
            users.import(ByteArrayInputStream(file), "open sesame")
            enrollment.use { it.finish() }
        }
        failure("a full store") {
            users.enroll(nobody).use {
                it.addBlocking(blank)
                it.finish()
            }
        }
        failure("another passphrase") { users.import(ByteArrayInputStream(file), "close sesame") }
        engine.close()
        failure("after close") { users.get(user) }
    }

    @Test
    fun `paths stand in the details alone`() = runBlocking<Unit> {
        val place = File(marked, "store")
        val engine = Material.engine(StoreLocation.unencrypted(place))
        named("a store in use") { Material.engine(StoreLocation.unencrypted(place)) }
        engine.close()
        named("a key that is not wanted") { Material.engine(StoreLocation(place, ByteArray(32) { 7 })) }
        val locked = File(marked, "locked")
        Material.engine(StoreLocation(locked, ByteArray(32) { 7 })).close()
        named("a missing key") { Material.engine(StoreLocation.unencrypted(locked)) }
        named("another key") { Material.engine(StoreLocation(locked, ByteArray(32) { 8 })) }
        val occupied = File(marked, "occupied").also { it.writeText("here is a file") }
        named("a file in the folder's place") { Material.engine(StoreLocation.unencrypted(occupied)) }
        File(place, "users.mien").writeBytes(ByteArray(70_000) { 0x5a })
        named("a damaged store") { Material.engine(StoreLocation.unencrypted(place)) }

        named("a missing pack") { ModelPack.read(ModelFiles.folder(marked)) }
        failure("a damaged manifest") {
            ModelPack.read(ModelFiles { ByteArrayInputStream("{\"format\": \"$mark\"}".toByteArray()) })
        }
        val wrapper = object : KeyWrapper {
            override fun wrap(secret: ByteArray): ByteArray = throw GeneralSecurityException("no hardware")
            override fun unwrap(wrapped: ByteArray): ByteArray = throw GeneralSecurityException("no hardware")
        }
        named("a key below a file") { KeyVault(File(occupied, "below"), wrapper).key() }
        failure("a key without hardware") { KeyVault(File(marked, "vault"), wrapper).key() }
    }

    private companion object {
        val WHEN = Instant.fromEpochMilliseconds(1)
    }
}
