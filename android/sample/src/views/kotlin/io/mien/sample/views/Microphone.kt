package io.mien.sample.views

import io.mien.sample.models.SoundOutput

/** The microphone for the views; off until the user switches it on. */
interface Microphone : Sensor {
    val output: SoundOutput
}
