// What all published modules share. A module states its namespace, its description and its dependencies.
import com.android.build.api.dsl.LibraryExtension
import com.android.build.api.variant.LibraryAndroidComponentsExtension
import org.jetbrains.kotlin.gradle.dsl.JvmTarget
import org.jetbrains.kotlin.gradle.dsl.KotlinAndroidProjectExtension

plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.android.library) apply false
    alias(libs.plugins.kotlin.android) apply false
    alias(libs.plugins.kotlin.compose) apply false
    alias(libs.plugins.dokka) apply false
}

subprojects {
    plugins.withId("org.jetbrains.kotlin.android") {
        extensions.configure<KotlinAndroidProjectExtension> { compilerOptions { jvmTarget.set(JvmTarget.JVM_17) } }
    }
    plugins.withId("com.android.library") {
        configureLibrary()
        publish()
    }
    tasks.withType<AbstractArchiveTask>().configureEach {
        isPreserveFileTimestamps = false
        isReproducibleFileOrder = true
    }
}

fun Project.configureLibrary() {
    extensions.configure<LibraryExtension> {
        compileSdk = 36
        defaultConfig {
            minSdk = 24
            consumerProguardFiles(file("consumer-rules.pro"))
        }
        compileOptions {
            sourceCompatibility = JavaVersion.VERSION_17
            targetCompatibility = JavaVersion.VERSION_17
        }
        publishing { singleVariant("release") { withSourcesJar() } }
    }
    // In a folder of the module's own, so that the files of several packages do not collide in an application.
    val licenses = tasks.register<CopyFiles>("licenses") {
        description = "Copies the licenses into the package."
        files.from(listOf("LICENSE-APACHE", "LICENSE-MIT", "THIRD_PARTY.md").map { rootDir.resolve("..").resolve(it) })
        // Licenses of the Rust crates (scripts/release/notices.py).
        files.from(fileTree(projectDir.resolve("generated/notices")))
        into.set("META-INF/${project.group}/${project.name}")
    }
    extensions.configure<LibraryAndroidComponentsExtension> {
        onVariants { it.sources.resources?.addGeneratedSourceDirectory(licenses, CopyFiles::output) }
    }
}

fun Project.publish() {
    val module = this
    apply(plugin = "maven-publish")
    apply(plugin = "signing")
    apply(plugin = "org.jetbrains.dokka")
    val documentation = tasks.register<Jar>("documentationJar") {
        description = "Packs the documentation of the module."
        archiveClassifier.set("javadoc")
        from(tasks.named("dokkaGeneratePublicationHtml"))
    }
    val publishing = extensions.getByType<PublishingExtension>()
    publishing.repositories.maven {
        name = "folder"
        url = uri(rootProject.layout.buildDirectory.dir("repository"))
    }
    publishing.publications.register<MavenPublication>("release") {
        artifact(documentation)
        pom { describe(module) }
        afterEvaluate { from(components["release"]) }
    }
    // Releases are signed with an armored key of the environment, other builds not at all.
    val key = providers.environmentVariable("MIEN_SIGNING_KEY")
    if (key.isPresent) {
        extensions.configure<SigningExtension> {
            useInMemoryPgpKeys(key.get(), providers.environmentVariable("MIEN_SIGNING_PASSWORD").orNull)
            sign(publishing.publications)
        }
    }
}

fun MavenPom.describe(module: Project) {
    val repository = module.property("mien.repository").toString()
    name.set(module.name)
    description.set(module.provider { module.description })
    url.set(repository)
    licenses {
        license {
            name.set("MIT")
            url.set("$repository/blob/main/LICENSE-MIT")
            distribution.set("repo")
        }
        license {
            name.set("Apache-2.0")
            url.set("https://www.apache.org/licenses/LICENSE-2.0.txt")
            distribution.set("repo")
        }
    }
    developers {
        developer {
            id.set("mien")
            name.set("The Mien authors")
            url.set(repository)
        }
    }
    scm {
        url.set(repository)
        connection.set("scm:git:$repository.git")
        developerConnection.set("scm:git:$repository.git")
    }
}
