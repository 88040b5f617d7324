public import Foundation
internal import MienFFI

/// The networks of an engine. Every file is checked against the size and SHA-256 that `manifest.json` states.
public final class ModelPack: Sendable {
    let core: MienFFI.ModelPack

    private init(_ core: MienFFI.ModelPack) {
        self.core = core
    }

    /// Reads the networks of this package.
    ///
    /// - Throws: ``ErrorCode/modelLoad`` if they are missing or damaged.
    public static func bundled() throws(MienError) -> ModelPack {
        guard let folder = Bundle.module.url(forResource: "Models", withExtension: nil) else {
            throw MienError(.modelLoad, "the resources of the package have no folder Models")
        }
        return try ModelPack(folder: folder)
    }

    /// Reads the pack in a folder: `manifest.json` and the files that it names.
    ///
    /// - Throws: ``ErrorCode/modelLoad`` naming the file that is missing, damaged or inconsistent.
    public convenience init(folder: URL) throws(MienError) {
        self.init(try bridged { try MienFFI.ModelPack.fromFolder(path: folder.path) })
    }

    /// Reads a pack from the bytes of its manifest and of each file that the manifest names.
    ///
    /// - Throws: ``ErrorCode/modelLoad`` if the manifest cannot be read, a file is missing, or its hash is not
    ///   the stated one.
    public convenience init(manifest: Data, files: [String: Data]) throws(MienError) {
        self.init(try bridged { try MienFFI.ModelPack.fromParts(manifest: manifest, files: files) })
    }

    /// Returns this pack with the networks of `other` in place of its own for every role that both have.
    public func overlaid(_ other: ModelPack) -> ModelPack {
        ModelPack(core.overlaid(other: other.core))
    }

    /// The name of the pack.
    public var name: String {
        core.name()
    }

    /// The names of the files of the networks.
    public var files: [String] {
        core.models().map(\.file)
    }
}
