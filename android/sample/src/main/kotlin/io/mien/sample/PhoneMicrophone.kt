package io.mien.sample

import android.Manifest
import android.content.pm.PackageManager
import android.util.Log
import androidx.activity.ComponentActivity
import androidx.lifecycle.LifecycleOwner
import io.mien.MicrophoneSource
import io.mien.MienError
import io.mien.sample.models.SensorAccess
import io.mien.sample.models.SensorState
import io.mien.sample.models.SoundOutput
import io.mien.sample.views.Microphone

/** The phone's microphone, which records only while the activity is visible. Create it before the activity starts. */
class PhoneMicrophone(activity: ComponentActivity, access: SensorAccess, override val output: SoundOutput) :
    PhoneSensor(activity, Manifest.permission.RECORD_AUDIO, access),
    Microphone {
    private val source = MicrophoneSource(failed = ::tell, take = output::take)

    init {
        attach()
    }

    override fun onStop(owner: LifecycleOwner) = use(false)

    override fun open() {
        if (!activity.packageManager.hasSystemFeature(PackageManager.FEATURE_MICROPHONE)) {
            return access.failed(SensorState.MISSING)
        }
        try {
            source.start()
            access.opened()
        } catch (error: MienError) {
            tell(error)
        }
    }

    override fun close() = source.close()

    private fun tell(error: MienError) {
        access.failed()
        Log.w("Sample", "no sound: ${error.code}")
    }
}
