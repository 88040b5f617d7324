package io.mien.sample

import android.Manifest
import android.content.pm.PackageManager
import android.util.Log
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts
import androidx.core.content.ContextCompat
import androidx.lifecycle.DefaultLifecycleObserver
import androidx.lifecycle.LifecycleOwner
import io.mien.MicrophoneSource
import io.mien.MienException
import io.mien.sample.models.SoundOutput
import io.mien.sample.views.Microphone
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow

/** The phone's microphone, which records only while the activity is visible. Create it before the activity starts. */
class PhoneMicrophone(private val activity: ComponentActivity) :
    Microphone,
    DefaultLifecycleObserver {
    private val recording = MutableStateFlow(false)
    private val asking = activity.registerForActivityResult(ActivityResultContracts.RequestPermission()) { granted ->
        if (granted) start()
    }
    override val output = SoundOutput()
    private val source = MicrophoneSource(failed = ::tell, take = output::take)
    override val isOn: StateFlow<Boolean> = recording.asStateFlow()

    init {
        activity.lifecycle.addObserver(this)
    }

    override fun use(on: Boolean) {
        val permission = Manifest.permission.RECORD_AUDIO
        when {
            !on -> stop()
            ContextCompat.checkSelfPermission(activity, permission) == PackageManager.PERMISSION_GRANTED -> start()
            else -> asking.launch(permission)
        }
    }

    override fun onStop(owner: LifecycleOwner) = stop()

    private fun start() {
        try {
            source.start()
            recording.value = true
        } catch (error: MienException) {
            tell(error)
        }
    }

    private fun stop() {
        source.close()
        recording.value = false
    }

    private fun tell(error: MienException) {
        recording.value = false
        Log.w("Sample", "no sound: ${error.code}")
    }
}
