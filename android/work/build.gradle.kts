plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
}

description = "Adapts users of Mien in the background with WorkManager"

android { namespace = "io.mien.work" }

kotlin { explicitApi() }

dependencies {
    api(project(":mien"))
    api(libs.work.runtime)
}
