plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    `maven-publish`
}

android {
    namespace = "io.mien"
    compileSdk = 36

    defaultConfig {
        minSdk = 24
        consumerProguardFiles("consumer-rules.pro")
    }
    sourceSets["main"].apply {
        // src/main needs no Android and is tested on a Java VM too; src/android needs it.
        kotlin.srcDir("src/android/kotlin")
        assets.srcDir("build/assets")
    }
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
    implementation(project(":ffi"))
    api(libs.coroutines.android)
}

// The default models, so that an application needs no network.
val models by tasks.registering(Copy::class) {
    from("../../models") { include("manifest.json", "*.onnx") }
    into("build/assets/mien")
}
tasks.named("preBuild") { dependsOn(models) }

publishing {
    publications.register<MavenPublication>("release") {
        groupId = "io.mien"
        artifactId = "mien"
        version = "0.1.0"
        afterEvaluate { from(components["release"]) }
    }
}
