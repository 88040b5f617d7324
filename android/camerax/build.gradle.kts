plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
}

description = "Delivers frames of CameraX to a session of Mien"

android { namespace = "io.mien.camerax" }

kotlin { explicitApi() }

dependencies {
    api(project(":mien"))
    api(libs.camera.core)
}
