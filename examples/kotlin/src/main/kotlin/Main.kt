package io.mien.example

import io.mien.EmotionEngine
import io.mien.EmotionLabel
import io.mien.EnrollmentStep
import io.mien.FaceResult
import io.mien.Frame
import io.mien.Identity
import io.mien.ModelFiles
import io.mien.ModelPack
import io.mien.StoreLocation
import io.mien.TrackedFace
import kotlinx.coroutines.runBlocking
import java.io.File
import kotlin.io.path.createTempDirectory
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.seconds

/** The pictures of a stream that are shown in a second. */
private const val FRAME_RATE = 6

/** Teaches an engine one person's face, then analyzes pictures and streams. */
fun main(arguments: Array<String>) {
    if (arguments.size < 4) {
        System.err.println(
            "usage: example MODELS NAME LESSONS PICTURE...  (LESSONS: a folder of pictures per emotion; " +
                "a PICTURE that is a folder: the frames of a stream, $FRAME_RATE per second)",
        )
        exitProcess(2)
    }
    val (models, name, lessons) = arguments
    val pictures = arguments.drop(3).map(::File)
    // The store is deleted at the end. An app keeps it, encrypted: StoreLocation(folder, key).
    val folder = createTempDirectory("mien-example").toFile()
    try {
        runBlocking {
            val pack = ModelPack.read(ModelFiles.folder(File(models)))
            pack.use { EmotionEngine.create(it, store = StoreLocation.unencrypted(folder)) }.use { engine ->
                val clips = lessons(File(lessons))
                enroll(engine, name, clips.values.flatten())
                adapt(engine, name, clips)
                for (picture in pictures) if (picture.isDirectory) follow(engine, picture) else analyze(engine, picture)
            }
        }
    } finally {
        folder.deleteRecursively()
    }
}

/** Returns the pictures of each emotion: the files in the subfolder of that name. */
private fun lessons(folder: File): Map<String, List<File>> =
    folder.listFiles { file -> file.isDirectory }.orEmpty().sorted().associate { emotion ->
        emotion.name to emotion.listFiles().orEmpty().sorted()
    }

private suspend fun enroll(engine: EmotionEngine, name: String, pictures: List<File>) {
    engine.users.enroll(name).use { enrollment ->
        for (picture in pictures) {
            if (enrollment.isComplete) break
            val step = enrollment.add(picture.readBytes())
            if (step is EnrollmentStep.Rejected) println("${picture.name} is not used: ${step.message}")
        }
        println("$name is enrolled with ${enrollment.finish()} pictures.")
    }
}

/** Adapts the head of [name] to the clips; each picture is a clip of one frame. */
private suspend fun adapt(engine: EmotionEngine, name: String, clips: Map<String, List<File>>) {
    engine.users.clips().use { recorded ->
        for ((emotion, pictures) in clips) {
            for (picture in pictures) {
                recorded.begin(EmotionLabel(emotion))
                recorded.add(picture.readBytes())
                recorded.end()
            }
        }
        val report = engine.users.adapt(name, recorded).face
        println("The adapted head is ${if (report.isAccepted) "accepted" else "refused"}: ${report.reason}")
    }
}

private suspend fun analyze(engine: EmotionEngine, picture: File) {
    for (face in engine.process(picture.readBytes()).faces) println("${picture.name}: ${describe(face)}")
}

/** Follows the faces of a stream and prints what it shows when that changes. A camera uses `engine.live()`. */
private suspend fun follow(engine: EmotionEngine, folder: File) {
    engine.video().use { video ->
        var shown = emptyList<String>()
        val frames = folder.listFiles { file -> file.extension in listOf("jpg", "png") }.orEmpty().sorted()
        for ((number, file) in frames.withIndex()) {
            val time = number.seconds / FRAME_RATE
            val seen = video.process(Frame.decode(file.readBytes()), time).faces.map(::describe)
            if (seen != shown) println("${folder.name}, $time: ${seen.joinToString("; ")}")
            shown = seen
        }
    }
}

private fun describe(face: TrackedFace): String {
    val head = if (face.emotion?.isAdapted == true) "adapted" else "generic"
    return "${describe(face.identity)}, ${face.label ?: "no emotion yet"}, $head head"
}

private fun describe(face: FaceResult): String {
    val who = describe(face.identity)
    val emotion = face.emotion ?: return who
    return "%s, %s %.0f %%, %s head".format(
        who,
        emotion.label,
        100 * emotion.confidence,
        if (emotion.isAdapted) "adapted" else "generic",
    )
}

/** Says who it is; in a stream null, until several frames agree. */
private fun describe(identity: Identity?): String = when (identity) {
    is Identity.User -> identity.name
    is Identity.Unknown -> "unknown person"
    null -> "not known yet"
}
