//! Asks the linker for a small library where the build is one that ships (`MIEN_SMALL`, which scripts/cross/mobile-flags.sh sets).

use std::env::var;
use std::path::Path;

/// Equal functions are kept once, and addresses that the loader adjusts are packed (Android 6 reads them).
const ANDROID: [&str; 4] = ["--icf=all", "-O2", "--pack-dyn-relocs=android", "--hash-style=gnu"];
/// The same where the loader may be older than packed addresses.
const LINUX: [&str; 3] = ["--icf=all", "-O2", "--hash-style=gnu"];

fn main() {
    let setting = |name: &str| var(name).unwrap_or_default();
    let script = Path::new(&setting("CARGO_MANIFEST_DIR")).join("small.ld");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=small.ld");
    println!("cargo:rerun-if-env-changed=MIEN_SMALL");
    if setting("MIEN_SMALL").is_empty() {
        return;
    }
    // LLVM's linker is Rust's own on the second; others do not know these options.
    let options = match (setting("CARGO_CFG_TARGET_OS").as_str(), setting("CARGO_CFG_TARGET_ARCH").as_str()) {
        ("android", _) => &ANDROID[..],
        ("linux", "x86_64") => &LINUX[..],
        _ => return,
    };
    for option in options {
        println!("cargo:rustc-cdylib-link-arg=-Wl,{option}");
    }
    println!("cargo:rustc-cdylib-link-arg=-Wl,-T,{}", script.display());
}
