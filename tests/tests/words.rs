//! Warnings that protect people are present in every place that needs them.

use std::fs;
use std::path::Path;

use mien_core::affect::{Affect, POSITIONS};
use mien_core::recognition::gallery::NO_LOCK;

/// Returns the text of a file of the repository as one line, without comment and quotation marks.
fn words(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let marks = |word: &&str| !["///", "//!", "*", "/**", "*/", ">"].contains(word);
    text.split_whitespace().filter(marks).collect::<Vec<_>>().join(" ").replace("**", "")
}

#[test]
fn every_text_about_identity_warns_that_it_is_no_lock() {
    for (file, times) in [
        ("README.md", 1),
        ("docs/guides/android.md", 1),
        ("docs/guides/ios.md", 1),
        ("docs/privacy.md", 1),
        ("ios/Sources/Mien/Mien.docc/Mien.md", 1),
        ("docs/API.md", 1),
        // The result and the call.
        ("core/src/recognition/gallery.rs", 1),
        ("core/src/engine/users.rs", 1),
        ("android/sdk/src/main/kotlin/io/mien/Results.kt", 1),
        ("android/sdk/src/main/kotlin/io/mien/Users.kt", 1),
        ("ios/Sources/Mien/Contract/Results.swift", 1),
        ("ios/Sources/Mien/Users.swift", 1),
    ] {
        assert_eq!(words(file).matches(NO_LOCK).count(), times, "{file} must say: {NO_LOCK}");
    }
    for said in ["no lock", "a photograph of the user passes", "0.22 % (LFW)", "0.52 % (KDEF)", "mien eval identity"] {
        assert!(NO_LOCK.contains(said), "{NO_LOCK}");
    }
}

#[test]
fn no_example_writes_emotions_into_a_log() {
    for file in [
        "README.md",
        "docs/guides/android.md",
        "docs/guides/java.md",
        "android/sdk/src/main/kotlin/io/mien/EmotionEngine.kt",
        "android/camerax/src/main/kotlin/io/mien/camerax/CameraFeed.kt",
        "android/sample/src/main/kotlin/io/mien/sample/PhoneCamera.kt",
        "docs/guides/ios.md",
        "ios/Sources/Mien/EmotionEngine.swift",
        "ios/Sources/Mien/Mien.docc/FirstResult.md",
        "core/src/lib.rs",
    ] {
        let text = words(file);
        for call in ["Log.i(", "Log.d(", "Log.v(", "println", " print(", "NSLog(", "os_log(", "Logger("] {
            assert!(!text.contains(call), "{file} has an example with {call}");
        }
    }
}

#[test]
fn every_text_about_valence_says_that_it_is_never_measured() {
    for file in [
        "core/src/affect.rs",
        "bindings/src/results/emotion.rs",
        "android/sdk/src/main/kotlin/io/mien/Results.kt",
        "ios/Sources/Mien/Contract/Results.swift",
        "docs/reference/affect.md",
        "docs/reference/schemas/analyze.json",
        "docs/reference/schemas/timeline.json",
        "docs/reference/schemas/watch.json",
    ] {
        assert!(words(file).contains("never measured"), "{file}");
    }
}

#[test]
fn the_positions_of_labels_are_those_of_the_document() {
    let page = words("docs/reference/affect.md");
    for (label, Affect { valence, arousal }) in POSITIONS {
        let number = |value: f32| if value == 0.0 { "0".to_owned() } else { format!("{value:.2}") };
        let row = format!("| {label} | {} | {} |", number(valence), number(arousal));
        assert!(page.contains(&row), "{row}");
    }
}
