package io.mien

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.os.Build
import android.os.PowerManager
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged

/**
 * Returns the power budget for a thermal status of `PowerManager` (`THERMAL_STATUS_NONE` to `THERMAL_STATUS_SHUTDOWN`):
 * none is [PowerBudget.FULL], light [PowerBudget.BALANCED], moderate [PowerBudget.SAVER], severe and above
 * [PowerBudget.CRITICAL]. In power save mode it is [PowerBudget.SAVER] at most.
 */
public fun powerBudget(thermalStatus: Int, isPowerSaveMode: Boolean): PowerBudget {
    val budget = when {
        thermalStatus >= PowerManager.THERMAL_STATUS_SEVERE -> PowerBudget.CRITICAL
        thermalStatus == PowerManager.THERMAL_STATUS_MODERATE -> PowerBudget.SAVER
        thermalStatus == PowerManager.THERMAL_STATUS_LIGHT -> PowerBudget.BALANCED
        else -> PowerBudget.FULL
    }
    return if (isPowerSaveMode) maxOf(budget, PowerBudget.SAVER) else budget
}

/** The power budget for the state of the device now; before Android 10 from its power save mode alone. */
public val PowerManager.powerBudget: PowerBudget
    get() {
        val hasStatus = Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q
        val status = if (hasStatus) currentThermalStatus else PowerManager.THERMAL_STATUS_NONE
        return powerBudget(status, isPowerSaveMode)
    }

/**
 * Returns the power budgets for the state of the device: the one now, then each change, while they are collected.
 *
 * ```kotlin
 * context.powerBudgets().collect { live.setPace(live.pace.copy { power = it }) }
 * ```
 */
public fun Context.powerBudgets(): Flow<PowerBudget> = callbackFlow {
    val power = getSystemService(Context.POWER_SERVICE) as PowerManager
    val tell = { trySend(power.powerBudget) }
    val receiver = object : BroadcastReceiver() {
        override fun onReceive(context: Context, intent: Intent) {
            tell()
        }
    }
    registerReceiver(receiver, IntentFilter(PowerManager.ACTION_POWER_SAVE_MODE_CHANGED))
    val removeListener = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) {
        val listener = PowerManager.OnThermalStatusChangedListener { tell() }
        power.addThermalStatusListener(listener)
        val remove = { power.removeThermalStatusListener(listener) }
        remove
    } else {
        {}
    }
    tell()
    awaitClose {
        unregisterReceiver(receiver)
        removeListener()
    }
}.conflate().distinctUntilChanged()
