package io.mien.sample

import android.app.Application
import android.os.Bundle
import android.view.WindowManager
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.viewModels
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import io.mien.AppStorage
import io.mien.EmotionEngine
import io.mien.KeyLoss
import io.mien.create
import io.mien.sample.models.AppModel
import io.mien.sample.views.RootView
import kotlinx.coroutines.launch

/** Keeps the engine while the phone is rotated. */
class SampleViewModel(application: Application) : AndroidViewModel(application) {
    val app = AppModel()

    init {
        viewModelScope.launch { app.start { EmotionEngine.create(getApplication()) } }
    }

    /** Creates an engine with an empty store if the Keystore lost the key of the old one. */
    suspend fun startOver(): EmotionEngine =
        EmotionEngine.create(getApplication(), storage = AppStorage(onKeyLoss = KeyLoss.START_OVER))

    override fun onCleared() = app.close()
}

class SampleActivity : ComponentActivity() {
    private val model: SampleViewModel by viewModels()

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        // Emotions are for the person who holds the phone: no screenshot, no recording, no picture among recent
        // tasks.
        window.setFlags(WindowManager.LayoutParams.FLAG_SECURE, WindowManager.LayoutParams.FLAG_SECURE)
        enableEdgeToEdge()
        val camera = PhoneCamera(this)
        val microphone = PhoneMicrophone(this)
        val files = DocumentFiles(this)
        setContent { RootView(model.app, camera, microphone, files, model::startOver) }
    }
}
