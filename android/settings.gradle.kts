pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode.set(RepositoriesMode.FAIL_ON_PROJECT_REPOS)
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "mien-android"

// A module has the name of its artifact, so that a build with `includeBuild` takes it in place of the published one.
mapOf(
    "mien" to "sdk",
    "mien-ffi" to "ffi",
    "mien-camerax" to "camerax",
    "mien-compose" to "compose",
    "mien-work" to "work",
    "mien-java" to "java",
).forEach { (artifact, folder) ->
    include(":$artifact")
    project(":$artifact").projectDir = file(folder)
}
include(":sample")
