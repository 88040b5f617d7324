package io.mien.sample.models

import io.mien.Frame

/** A frame and its time. */
class CameraFrame(val frame: Frame, val timestampUs: Long)
