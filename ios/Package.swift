// swift-tools-version: 6.0
import PackageDescription

/// Source of the compiled core: by default `Frameworks/MienNative.xcframework`, which `build-xcframework.sh` builds. A
/// release sets an address and its checksum here; the environment can set both for a trial.
let released: (url: String?, checksum: String?) = (nil, nil)
let url = released.url ?? Context.environment["MIEN_BINARY_URL"]
let checksum = released.checksum ?? Context.environment["MIEN_BINARY_CHECKSUM"]

#if os(Linux)
// The library of the host, for tests: `make test-swift` sets its path.
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
    platforms: [.iOS(.v16), .macOS(.v13), .macCatalyst(.v16), .visionOS(.v1)],
    products: [.library(name: "Mien", targets: ["Mien"])],
    targets: [
        native,
        // Generated from the Rust interface; not part of the API.
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
    ]
)

// Development: a release ends here (scripts/release/layout.sh), so that applications get the library alone.

package.targets += [
    // Measures the cost of submitting a frame.
    .executableTarget(name: "HandOver", dependencies: ["Mien"], path: "Benchmarks/HandOver"),
    .testTarget(
        name: "MienTests",
        dependencies: ["Mien", "MienFFI"],
        swiftSettings: [.swiftLanguageMode(.v6)]
    ),
]

#if os(Linux)
// The models of the sample need no Apple framework, so they are compiled and tested here too.
package.targets.append(.target(name: "SampleModels", dependencies: ["Mien"], path: "Sample/Sample/Models"))
package.targets.first { $0.name == "MienTests" }?.dependencies.append("SampleModels")
if Context.environment["MIEN_DOC_BLOCKS"] == "yes" {
    // The code blocks of the documentation, which `make test-swift` writes (scripts/dev/doc_blocks.py).
    package.targets.append(.target(name: "DocBlocks", dependencies: ["Mien"]))
}
if Context.environment["MIEN_APPLE_STUBS"] == "yes" {
    // Compiles what needs Apple's frameworks against stubs of them, and tests it (Tests/Stubs/README.md).
    let stubs: [(name: String, needs: [String])] = [
        ("StubBasics", []), ("CoreGraphics", ["StubBasics"]), ("ImageIO", ["CoreGraphics"]),
        ("CoreVideo", ["StubBasics"]), ("CoreMedia", ["CoreVideo"]), ("CoreImage", ["CoreGraphics", "CoreVideo"]),
        ("QuartzCore", ["CoreGraphics"]), ("AVFAudio", ["StubBasics"]),
        ("AVFoundation", ["AVFAudio", "CoreGraphics", "CoreMedia", "QuartzCore"]),
        ("UIKit", ["CoreImage", "QuartzCore"]), ("AppKit", ["CoreGraphics"]), ("Security", ["StubBasics"]),
        ("UniformTypeIdentifiers", []), ("SwiftUI", ["UIKit", "UniformTypeIdentifiers"]), ("Charts", ["SwiftUI"]),
        ("Accessibility", []), ("BackgroundTasks", []),
    ]
    let modules = stubs.map { Target.Dependency.target(name: $0.name) }
    for stub in stubs {
        package.targets.append(
            .target(
                name: stub.name, dependencies: stub.needs.map { .target(name: $0) }, path: "Tests/Stubs/\(stub.name)"))
    }
    package.targets.first { $0.name == "Mien" }?.dependencies += modules
    package.targets.removeAll { ["MienTests", "HandOver", "SampleModels"].contains($0.name) }
    package.targets.append(
        .executableTarget(
            name: "Sample", dependencies: ["Mien"] + modules, path: "Sample/Sample", exclude: ["Resources"]))
    package.targets.append(.target(name: "DocBlocks", dependencies: ["Mien"] + modules))
    package.targets.append(.testTarget(name: "AppleTests", dependencies: ["Mien", "Sample"] + modules))
}
#endif
