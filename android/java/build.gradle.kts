plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
}

description = "Calls Mien from Java: futures, listeners and java.time"

android {
    namespace = "io.mien.java"
    // java.time.
    defaultConfig { minSdk = 26 }
}

kotlin { explicitApi() }

dependencies { api(project(":mien")) }
