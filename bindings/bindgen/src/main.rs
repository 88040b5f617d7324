//! Writes the sources that call mien-ffi: `mien-bindgen generate --help`.

fn main() {
    uniffi::uniffi_bindgen_main();
}
