// An application with all features of the library. Its models (src/models) and views (src/views) need no Android and are
// tested on a Java VM too; src/main binds them to a phone.
plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.android)
    alias(libs.plugins.kotlin.compose)
}

android {
    namespace = "io.mien.sample"
    compileSdk = 36

    defaultConfig {
        applicationId = "io.mien.sample"
        minSdk = 24
        targetSdk = 36
        versionCode = 1
        versionName = version.toString()
        // JNA's package also has libraries for processors without one of Mien: they would only be in the way.
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
    }
    sourceSets["main"].kotlin.srcDirs("src/models/kotlin", "src/views/kotlin")
    // Android Studio draws them; they are not part of a release.
    sourceSets["debug"].kotlin.srcDirs("src/previews/kotlin")
    // The languages of src/main/res; those of libraries only take space.
    androidResources { localeFilters += listOf("en", "de") }
    buildFeatures { compose = true }
    buildTypes {
        release {
            // With the rules of the libraries only: a missing rule fails here.
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
            // So that the sample can be installed at once; a published application has its own key.
            signingConfig = signingConfigs.getByName("debug")
        }
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

dependencies {
    implementation(project(":mien-camerax"))
    implementation(project(":mien-compose"))
    implementation(project(":mien-work"))
    implementation(libs.camera.camera2)
    implementation(libs.camera.lifecycle)
    implementation(libs.camera.view)
    implementation(platform(libs.compose.bom))
    implementation(libs.compose.icons)
    implementation(libs.compose.material3)
    implementation(libs.activity.compose)
    implementation(libs.lifecycle.compose)
    implementation(libs.lifecycle.viewmodel)
    debugImplementation(libs.compose.tooling)
    debugImplementation(libs.compose.tooling.preview)
}
