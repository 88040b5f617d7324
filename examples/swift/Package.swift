// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Example",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "Mien", path: "../../ios")],
    targets: [.executableTarget(name: "Example", dependencies: [.product(name: "Mien", package: "Mien")])]
)
