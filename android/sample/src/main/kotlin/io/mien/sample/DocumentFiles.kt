package io.mien.sample

import android.net.Uri
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts
import io.mien.sample.views.Files
import kotlinx.coroutines.CompletableDeferred
import java.io.InputStream
import java.io.OutputStream

/** Files from the system's picker. Create it before the activity starts. */
class DocumentFiles(private val activity: ComponentActivity) : Files {
    private var chosen = CompletableDeferred<Uri?>()
    private val creating = activity.registerForActivityResult(ActivityResultContracts.CreateDocument(TYPE)) {
        chosen.complete(it)
    }
    private val opening = activity.registerForActivityResult(ActivityResultContracts.OpenDocument()) {
        chosen.complete(it)
    }

    override suspend fun create(name: String): OutputStream? =
        ask { creating.launch(name) }?.let { activity.contentResolver.openOutputStream(it, "wt") }

    override suspend fun open(): InputStream? =
        ask { opening.launch(arrayOf("*/*")) }?.let { activity.contentResolver.openInputStream(it) }

    private suspend fun ask(show: () -> Unit): Uri? {
        chosen = CompletableDeferred()
        show()
        return chosen.await()
    }

    private companion object {
        const val TYPE = "application/octet-stream"
    }
}
