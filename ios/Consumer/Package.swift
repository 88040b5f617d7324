// swift-tools-version: 6.0
import PackageDescription

let version = Version(Context.environment["MIEN_VERSION"] ?? "") ?? "0.0.0"

// An application that knows the library by the address of its repository alone (scripts/apple/test-release.sh).
let package = Package(
    name: "Consumer",
    platforms: [.iOS(.v16), .macOS(.v13)],
    dependencies: [.package(url: Context.environment["MIEN_URL"] ?? "", exact: version)],
    targets: [.executableTarget(name: "Consumer", dependencies: [.product(name: "Mien", package: "mien-swift")])]
)
