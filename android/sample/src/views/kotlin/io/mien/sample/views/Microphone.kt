package io.mien.sample.views

import io.mien.sample.models.SoundOutput
import kotlinx.coroutines.flow.StateFlow

/** The microphone for the views; off until the user switches it on. */
interface Microphone {
    val output: SoundOutput

    /** Whether it records. */
    val isOn: StateFlow<Boolean>

    /** Switches it on or off; asks for permission the first time. */
    fun use(on: Boolean)
}
