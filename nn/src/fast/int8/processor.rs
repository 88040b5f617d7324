//! What this AArch64 processor can do beyond NEON.

use std::arch::is_aarch64_feature_detected;

/// Whether it multiplies matrices of bytes (i8mm).
pub(super) fn multiplies_matrices() -> bool {
    is_aarch64_feature_detected!("neon") && is_aarch64_feature_detected!("i8mm")
}
