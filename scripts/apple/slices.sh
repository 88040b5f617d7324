# Read by scripts: the slices of the xcframework.

all_slices=(ios simulator macos catalyst visionos visionos-simulator)

# Prints the Rust targets of a slice.
triples_of() {
    case "$1" in
        ios) echo aarch64-apple-ios ;;
        simulator) echo aarch64-apple-ios-sim x86_64-apple-ios ;;
        macos) echo aarch64-apple-darwin x86_64-apple-darwin ;;
        catalyst) echo aarch64-apple-ios-macabi x86_64-apple-ios-macabi ;;
        visionos) echo aarch64-apple-visionos ;;
        visionos-simulator) echo aarch64-apple-visionos-sim ;;
        *) return 1 ;;
    esac
}

# Prints the name that Info.plist has for the platform of a slice, and the first version of the system.
platform_of() {
    case "$1" in
        ios) echo iPhoneOS 16.0 ;;
        simulator) echo iPhoneSimulator 16.0 ;;
        macos) echo MacOSX 13.0 ;;
        # A Catalyst framework runs on a Mac, and states the version of macOS that has this iOS.
        catalyst) echo MacOSX 13.0 ;;
        visionos) echo XROS 1.0 ;;
        visionos-simulator) echo XRSimulator 1.0 ;;
        *) return 1 ;;
    esac
}
