# Sourced by scripts that build the shipped library (profile `mobile`): compiler flags that a profile cannot set, in
# `mobile_flags`. Panics are still caught: functions that may unwind keep their unwind tables.
# - Functions that cannot unwind have no tables.
# - LLVM outlines equal instructions of AArch64 functions even if that saves a single byte, but each outlined function has an
#   unwind table of 40 bytes: the threshold requires larger savings.
# - Panic messages name files without this machine's folders.
# MIEN_SMALL: enables more linker options (bindings/build.rs).

export MIEN_SMALL=1
mobile_flags="-C force-unwind-tables=no -C llvm-args=-outliner-benefit-threshold=50"
mobile_flags+=" --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src="
