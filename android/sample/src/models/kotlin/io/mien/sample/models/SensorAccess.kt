package io.mien.sample.models

import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow

/** What became of the wish to use the camera or the microphone. */
enum class SensorState {
    /** Nobody uses it. */
    OFF,

    /** The person is asked for permission, or it is about to run. */
    WAITING,
    ON,

    /** The person refused, and may be asked again. */
    DENIED,

    /** The system does not ask again: only its settings help. */
    BLOCKED,

    /** It could not be opened, or another application took it. */
    FAILED,

    /** The phone has none. */
    MISSING,
}

/**
 * The way from the wish to use the camera or the microphone to using it: permission, refusal, permission granted later in
 * the system's settings, failure, another attempt. It outlives the activity, so that nobody is asked twice because the
 * phone was turned.
 */
class SensorAccess {
    /** What the phone can do; a new activity brings a new one. */
    interface Device {
        val isGranted: Boolean

        /** Whether the system would still show its question after a refusal. */
        val mayAskAgain: Boolean

        /** Shows the system's question; [answered] gets the answer. */
        fun ask()

        /** Opens the sensor; [opened] or [failed] says how it went. */
        fun open()

        fun close()
    }

    private val shown = MutableStateFlow(SensorState.OFF)
    val state: StateFlow<SensorState> = shown.asStateFlow()
    private var device: Device? = null
    private var isWanted = false
    private var isAsking = false

    /** Connects a new activity, which opens the sensor again if it was on. */
    fun attach(device: Device) {
        this.device = device
        if (isWanted && state.value == SensorState.ON) open()
    }

    /** Disconnects [device]; a question that it shows is answered to the next one. */
    fun detach(device: Device) {
        if (this.device === device) this.device = null
    }

    /** Uses the sensor; asks for permission unless the person has refused before. */
    fun use() {
        isWanted = true
        when {
            isAsking || state.value == SensorState.ON || state.value == SensorState.WAITING -> Unit
            device?.isGranted == true -> open()
            state.value == SensorState.OFF -> ask()
        }
    }

    /** Tries again because the person wants it. */
    fun retry() {
        isWanted = true
        if (device?.isGranted == true) open() else ask()
    }

    fun stop() {
        isWanted = false
        device?.close()
        val isRefused = state.value == SensorState.DENIED || state.value == SensorState.BLOCKED
        // A refusal is remembered, and so is a question that is still shown.
        if (!isRefused && !isAsking) shown.value = SensorState.OFF
    }

    /** Takes the answer to the system's question. */
    fun answered(isGranted: Boolean) {
        isAsking = false
        shown.value = when {
            isGranted -> SensorState.OFF
            device?.mayAskAgain == true -> SensorState.DENIED
            else -> SensorState.BLOCKED
        }
        if (isGranted && isWanted) open()
    }

    /** The activity is in front again: the person may have been in the system's settings. */
    fun resumed() {
        val refused = state.value == SensorState.DENIED || state.value == SensorState.BLOCKED
        val phone = device
        if (!refused || phone == null) return
        when {
            phone.isGranted -> {
                shown.value = SensorState.OFF
                if (isWanted) open()
            }
            phone.mayAskAgain -> shown.value = SensorState.DENIED
        }
    }

    fun opened() {
        if (isWanted) shown.value = SensorState.ON else device?.close()
    }

    /** It could not be opened, or it ended: [SensorState.FAILED] or [SensorState.MISSING]. */
    fun failed(how: SensorState = SensorState.FAILED) {
        if (isWanted) shown.value = how
    }

    private fun ask() {
        if (isAsking) return
        isAsking = true
        shown.value = SensorState.WAITING
        device?.ask()
    }

    private fun open() {
        shown.value = SensorState.WAITING
        device?.open()
    }
}
