// The generated bindings and the native libraries, which `make android` writes to build/; not an API for applications.
plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    `maven-publish`
}

android {
    namespace = "io.mien.ffi"
    compileSdk = 36

    defaultConfig {
        minSdk = 24
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
        consumerProguardFiles("consumer-rules.pro")
    }
    sourceSets["main"].apply {
        kotlin.srcDir("build/generated/bindings")
        jniLibs.srcDir("build/jniLibs")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    // Loaded from the package without extraction, at offsets of 16 KB.
    packaging { jniLibs { useLegacyPackaging = false } }
    publishing { singleVariant("release") }
}

kotlin { compilerOptions { jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_17) } }

dependencies {
    implementation(libs.androidx.annotation)
    api(variantOf(libs.jna) { artifactType("aar") })
}

publishing {
    publications.register<MavenPublication>("release") {
        groupId = "io.mien"
        artifactId = "mien-ffi"
        version = "0.1.0"
        afterEvaluate { from(components["release"]) }
    }
}
