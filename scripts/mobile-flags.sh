# Read by scripts that build what applications ship (profile `mobile`): flags of the compiler that no profile can state,
# in `mobile_flags`. Panics are still caught: whatever may unwind keeps its table.
# - Functions that cannot unwind have no tables.
# - LLVM moves equal instructions of AArch64 functions into one place where that saves a byte, but what it made has a table of
#   40 bytes: here it must save more.
# - Messages of panics name files without the folders of this machine.
# MIEN_SMALL: what the linker is asked for besides (bindings/build.rs).

export MIEN_SMALL=1
mobile_flags="-C force-unwind-tables=no -C llvm-args=-outliner-benefit-threshold=50"
mobile_flags+=" --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src="
