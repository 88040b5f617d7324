// swift-tools-version: 6.0
import PackageDescription

/// Where the compiled core comes from. Nothing set: from `Frameworks/MienNative.xcframework`, which
/// `build-xcframework.sh` makes. Releases name an address and its checksum here; for a try, the environment does.
let released: (url: String?, checksum: String?) = (nil, nil)
let url = released.url ?? Context.environment["MIEN_BINARY_URL"]
let checksum = released.checksum ?? Context.environment["MIEN_BINARY_CHECKSUM"]

#if os(Linux)
// The host's library, for tests: `make test-swift` says where it lies.
let native = Target.systemLibrary(name: "MienNative", path: "Sources/MienNative")
#else
let native: Target =
    if let url, let checksum {
        .binaryTarget(name: "MienNative", url: url, checksum: checksum)
    } else {
        .binaryTarget(name: "MienNative", path: "Frameworks/MienNative.xcframework")
    }
#endif

let package = Package(
    name: "Mien",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Mien", targets: ["Mien"])],
    targets: [
        native,
        // Generated from the Rust interface; no part of the API.
        .target(
            name: "MienFFI",
            dependencies: ["MienNative"],
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: [.linkedLibrary("mien_ffi", .when(platforms: [.linux]))]
        ),
        .target(
            name: "Mien",
            dependencies: ["MienFFI"],
            resources: [.copy("Resources/Models"), .copy("Resources/PrivacyInfo.xcprivacy")],
            swiftSettings: [.swiftLanguageMode(.v6)]
        ),
        // What handing in a frame costs; no part of the product.
        .executableTarget(name: "HandOver", dependencies: ["Mien"], path: "Benchmarks/HandOver"),
        .testTarget(
            name: "MienTests",
            dependencies: ["Mien", "MienFFI"],
            swiftSettings: [.swiftLanguageMode(.v6)]
        ),
    ]
)

#if os(Linux)
// The sample's models need no Apple library: they are compiled and tested here too.
package.targets.append(.target(name: "SampleModels", dependencies: ["Mien"], path: "Sample/Sample/Models"))
package.targets.first { $0.name == "MienTests" }?.dependencies.append("SampleModels")
#endif
