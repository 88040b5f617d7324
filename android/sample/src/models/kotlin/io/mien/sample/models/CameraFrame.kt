package io.mien.sample.models

import io.mien.Frame
import kotlin.time.Duration

/** A frame and its time. */
class CameraFrame(val frame: Frame, val timestamp: Duration)
