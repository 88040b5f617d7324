//! Generates the sources that call mien-ffi, from the built library.
//!
//! usage: `mien-bindgen LIBRARY kotlin|swift FOLDER [CONFIG]`; CONFIG overrides `bindings/uniffi.toml`.

use std::process::exit;

use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (language, arguments) = match arguments.as_slice() {
        [library, language, folder, config @ ..] if config.len() < 2 => (language, (library, folder, config.first())),
        _ => fail("usage: mien-bindgen LIBRARY kotlin|swift FOLDER [CONFIG]"),
    };
    let language = match language.as_str() {
        "kotlin" => TargetLanguage::Kotlin,
        "swift" => TargetLanguage::Swift,
        other => fail(&format!("mien-bindgen: {other} is not a language: kotlin or swift is")),
    };
    let (library, folder, config) = arguments;
    let options = GenerateOptions {
        languages: vec![language],
        source: library.into(),
        out_dir: folder.into(),
        config_override: config.map(Into::into),
        format: false,
        crate_filter: None,
        metadata_no_deps: false,
    };
    if let Err(error) = generate(options) {
        fail(&format!("mien-bindgen: {error:?}"));
    }
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    exit(1)
}
