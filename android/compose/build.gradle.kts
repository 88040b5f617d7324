plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    alias(libs.plugins.kotlin.compose)
}

description = "Draws results of Mien over a camera's preview in Jetpack Compose"

android {
    namespace = "io.mien.compose"
    buildFeatures { compose = true }
}

kotlin { explicitApi() }

dependencies {
    api(project(":mien"))
    api(platform(libs.compose.bom))
    api(libs.compose.foundation)
}
