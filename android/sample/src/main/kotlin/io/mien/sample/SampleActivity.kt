package io.mien.sample

import android.app.Application
import android.content.Context
import android.os.Bundle
import android.view.WindowManager
import androidx.activity.ComponentActivity
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.viewModels
import androidx.compose.runtime.getValue
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import androidx.lifecycle.viewModelScope
import androidx.work.WorkerParameters
import io.mien.AppStorage
import io.mien.EmotionEngine
import io.mien.KeyLoss
import io.mien.create
import io.mien.powerBudgets
import io.mien.sample.models.AppModel
import io.mien.sample.models.Screens
import io.mien.sample.models.SensorAccess
import io.mien.sample.views.RootView
import io.mien.work.AdaptWorker
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/** Holds the engine of the process: screens and background work share it, because only one can have the store open. */
class SampleApplication : Application() {
    private val opening = Mutex()
    private var engine: EmotionEngine? = null

    /** Returns the engine, which lives as long as the process. */
    suspend fun engine(storage: AppStorage = AppStorage()): EmotionEngine = opening.withLock {
        engine ?: EmotionEngine.create(this, storage = storage).also { engine = it }
    }
}

/** Learns in the background what the person began to learn. */
class LearnWorker(context: Context, parameters: WorkerParameters) : AdaptWorker(context, parameters) {
    override suspend fun engine(): EmotionEngine = (applicationContext as SampleApplication).engine()
}

/** Keeps the models of the screens, and what was asked of the phone, while the activity is built anew. */
class SampleViewModel(application: Application) : AndroidViewModel(application) {
    val app = AppModel()
    val screens = Screens(app, viewModelScope, budgets = application.powerBudgets(), learnLater = ::learnLater)
    val camera = SensorAccess()
    val microphone = SensorAccess()
    val choice = FileChoice()

    init {
        viewModelScope.launch {
            app.start { getApplication<SampleApplication>().engine() }
            // The process may have ended while clips were learned.
            app.attempt { if (app.state.value.engine?.users?.due().orEmpty().isNotEmpty()) learnLater() }
        }
    }

    /** Creates an engine with an empty store if the Keystore lost the key of the old one. */
    suspend fun startOver(): EmotionEngine =
        getApplication<SampleApplication>().engine(AppStorage(onKeyLoss = KeyLoss.START_OVER))

    /** Requests that users who are due are adapted when the battery is not low. */
    private fun learnLater() = AdaptWorker.enqueue(getApplication(), LearnWorker::class.java)

    // The engine stays: it belongs to the process.
    override fun onCleared() = screens.close()
}

class SampleActivity : ComponentActivity() {
    private val model: SampleViewModel by viewModels()

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        // Emotions are for the person who holds the phone: no screenshot, no recording, no picture among recent
        // tasks.
        window.setFlags(WindowManager.LayoutParams.FLAG_SECURE, WindowManager.LayoutParams.FLAG_SECURE)
        enableEdgeToEdge()
        val screens = model.screens
        val camera = PhoneCamera(this, model.camera, screens.frames)
        val microphone = PhoneMicrophone(this, model.microphone, screens.sound)
        val files = DocumentFiles(this, model.choice)
        setContent {
            // Leads back to the first screen, and from there out of the application.
            val open by screens.open.collectAsStateWithLifecycle()
            val behind = screens.behind(open)
            BackHandler(behind != null) { behind?.let(screens::show) }
            RootView(screens, camera, microphone, files, model::startOver)
        }
    }
}
