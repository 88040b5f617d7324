plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
}

description = "Recognizes facial emotion on the device, offline, and learns each user's own face and voice"

android {
    namespace = "io.mien"
    // src/main needs no Android and is tested on a Java VM too; src/android needs it.
    sourceSets["main"].kotlin.srcDir("src/android/kotlin")
}

kotlin { explicitApi() }

dependencies {
    implementation(project(":mien-ffi"))
    api(libs.coroutines.android)
}

val models by tasks.registering(CopyFiles::class) {
    description = "Copies the default models into the package, so that an application needs no network."
    files.from(fileTree("../../models") { include("manifest.json", "*.onnx") })
    into.set("mien")
}
androidComponents {
    onVariants { it.sources.assets?.addGeneratedSourceDirectory(models, CopyFiles::output) }
}
