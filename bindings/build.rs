//! Asks the linker for a small library in builds that ship (`MIEN_SMALL`, which scripts/cross/mobile-flags.sh
//! sets).

use std::env::var;
use std::path::Path;

/// Merges equal functions and packs relocations (from Android 6 on).
const ANDROID: [&str; 4] = ["--icf=all", "-O2", "--pack-dyn-relocs=android", "--hash-style=gnu"];
/// The same without packed relocations, for older loaders.
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
    // On Linux x86_64 Rust links with LLVM's linker; other linkers do not know these options.
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
