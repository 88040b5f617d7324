package io.mien.sample

import android.net.Uri
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts
import io.mien.sample.views.Files
import kotlinx.coroutines.CompletableDeferred
import java.io.InputStream
import java.io.OutputStream

/** The file that a person is choosing. It outlives the activity, which may be built anew behind the picker. */
class FileChoice {
    private var chosen = CompletableDeferred<Uri?>()

    fun complete(file: Uri?) {
        chosen.complete(file)
    }

    suspend fun ask(show: () -> Unit): Uri? {
        // Who asks again has given the old question up.
        chosen.complete(null)
        val next = CompletableDeferred<Uri?>()
        chosen = next
        show()
        return next.await()
    }
}

/** Files from the system's picker. Create it before the activity starts. */
class DocumentFiles(activity: ComponentActivity, private val choice: FileChoice) : Files {
    private val content = activity.applicationContext.contentResolver
    private val creating =
        activity.registerForActivityResult(ActivityResultContracts.CreateDocument(TYPE), choice::complete)
    private val opening =
        activity.registerForActivityResult(ActivityResultContracts.OpenDocument(), choice::complete)

    override suspend fun create(name: String): OutputStream? =
        choice.ask { creating.launch(name) }?.let { content.openOutputStream(it, "wt") }

    override suspend fun open(): InputStream? =
        choice.ask { opening.launch(arrayOf("*/*")) }?.let { content.openInputStream(it) }

    private companion object {
        const val TYPE = "application/octet-stream"
    }
}
