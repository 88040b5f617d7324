package io.mien.sample

import android.content.Intent
import android.content.pm.PackageManager
import android.net.Uri
import android.provider.Settings
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts
import androidx.core.app.ActivityCompat
import androidx.core.content.ContextCompat
import androidx.lifecycle.DefaultLifecycleObserver
import androidx.lifecycle.LifecycleOwner
import io.mien.sample.models.SensorAccess
import io.mien.sample.models.SensorState
import io.mien.sample.views.Sensor
import kotlinx.coroutines.flow.StateFlow

/**
 * What camera and microphone have in common: the [permission], its refusal, and its settings. Create it before the
 * activity starts; [access] outlives the activity.
 */
abstract class PhoneSensor(
    protected val activity: ComponentActivity,
    private val permission: String,
    protected val access: SensorAccess,
) : Sensor,
    SensorAccess.Device,
    DefaultLifecycleObserver {
    private val asking = activity.registerForActivityResult(ActivityResultContracts.RequestPermission()) { granted ->
        access.answered(granted)
    }
    override val state: StateFlow<SensorState> get() = access.state
    override val isGranted: Boolean
        get() = ContextCompat.checkSelfPermission(activity, permission) == PackageManager.PERMISSION_GRANTED
    override val mayAskAgain: Boolean
        get() = ActivityCompat.shouldShowRequestPermissionRationale(activity, permission)

    /** Connects the phone; the last line of a constructor, because [access] may open the sensor at once. */
    protected fun attach() {
        access.attach(this)
        activity.lifecycle.addObserver(this)
    }

    override fun use(on: Boolean) = if (on) access.use() else access.stop()

    override fun retry() = access.retry()

    override fun ask() = asking.launch(permission)

    override fun openSettings() {
        val page = Uri.fromParts("package", activity.packageName, null)
        activity.startActivity(Intent(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, page))
    }

    // The person may come back from the settings.
    override fun onResume(owner: LifecycleOwner) = access.resumed()

    override fun onDestroy(owner: LifecycleOwner) = access.detach(this)
}
