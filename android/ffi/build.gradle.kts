// The generated bindings and the native libraries, which `make android` writes to generated/; not an API for applications.
plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
}

description = "The native library of Mien and its generated bindings; applications use io.mien:mien"

val processors = listOf("arm64-v8a", "armeabi-v7a", "x86_64")

android {
    namespace = "io.mien.ffi"
    defaultConfig { ndk { abiFilters += processors } }
    sourceSets["main"].apply {
        kotlin.srcDir("generated/kotlin")
        jniLibs.srcDir("generated/jniLibs")
    }
    // Loaded from the package without extraction, at offsets of 16 KB.
    packaging { jniLibs { useLegacyPackaging = false } }
}

dependencies {
    implementation(libs.androidx.annotation)
    api(variantOf(libs.jna) { artifactType("aar") })
}

val generatedFiles by tasks.registering {
    description = "Fails if the native libraries or the bindings are missing, which Gradle cannot make."
    val generated = layout.projectDirectory.dir("generated").asFile
    val needed = processors.map { "jniLibs/$it/libmien_ffi.so" } + "kotlin/io/mien/ffi/mien_ffi.kt"
    doLast {
        val missing = needed.filterNot { generated.resolve(it).isFile }
        if (missing.isNotEmpty()) {
            throw GradleException(
                "Missing in $generated: ${missing.joinToString()}. " +
                    "Run `make android` in the repository: it builds them, and lists the tools that it needs.",
            )
        }
    }
}
tasks.named("preBuild") { dependsOn(generatedFiles) }
