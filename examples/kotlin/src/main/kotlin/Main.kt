package io.mien.example

import io.mien.EmotionEngine
import io.mien.EnrollmentStep
import io.mien.FaceResult
import io.mien.Identity
import io.mien.ModelFiles
import io.mien.ModelPack
import io.mien.StoreLocation
import kotlinx.coroutines.runBlocking
import java.io.File
import kotlin.io.path.createTempDirectory
import kotlin.system.exitProcess

/** Teaches an engine one person's face, then analyzes pictures. */
fun main(arguments: Array<String>) {
    if (arguments.size < 4) {
        System.err.println("usage: example MODELS NAME LESSONS PICTURE...  (LESSONS: a folder of pictures per emotion)")
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
                for (picture in pictures) {
                    val faces = engine.process(picture.readBytes()).faces
                    for (face in faces) println("${picture.name}: ${describe(face)}")
                }
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
                recorded.begin(emotion)
                recorded.add(picture.readBytes())
                recorded.end()
            }
        }
        val report = engine.users.adapt(name, recorded).face
        println("The adapted head is ${if (report.accepted) "accepted" else "refused"}: ${report.reason}")
    }
}

private fun describe(face: FaceResult): String {
    val who = when (val identity = face.identity) {
        is Identity.User -> identity.name
        is Identity.Unknown -> "unknown person"
    }
    val emotion = face.emotion ?: return who
    return "%s, %s %.0f %%, %s head".format(
        who,
        emotion.label,
        100 * emotion.confidence,
        if (emotion.adapted) "adapted" else "generic",
    )
}
