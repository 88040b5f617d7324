// Delivers frames of CameraX to a session.
plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    `maven-publish`
}

android {
    namespace = "io.mien.camerax"
    compileSdk = 36

    defaultConfig { minSdk = 24 }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    publishing { singleVariant("release") { withSourcesJar() } }
}

kotlin {
    explicitApi()
    compilerOptions { jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_17) }
}

dependencies {
    api(project(":sdk"))
    api(libs.camera.core)
}

publishing {
    publications.register<MavenPublication>("release") {
        groupId = "io.mien"
        artifactId = "mien-camerax"
        version = "0.1.0"
        afterEvaluate { from(components["release"]) }
    }
}
