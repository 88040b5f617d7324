public import Foundation
internal import MienFFI

/// The networks that an engine runs, every hash checked.
public final class ModelPack: Sendable {
    let core: MienFFI.ModelPack

    private init(_ core: MienFFI.ModelPack) {
        self.core = core
    }

    /// The networks that come with this package.
    ///
    /// - Throws: ``EmotionError/modelLoad(_:)`` where they are missing or damaged.
    public static func bundled() throws -> ModelPack {
        guard let folder = Bundle.module.url(forResource: "Models", withExtension: nil) else {
            throw EmotionError.modelLoad("the package's resources hold no folder Models")
        }
        return try ModelPack(folder: folder)
    }

    /// The pack in a folder: `manifest.json` and the files that it names.
    ///
    /// - Throws: ``EmotionError/modelLoad(_:)`` naming the file that is missing, damaged or inconsistent.
    public convenience init(folder: URL) throws {
        self.init(try bridged { try MienFFI.ModelPack.fromFolder(path: folder.path) })
    }

    /// A pack from the bytes of its manifest and of each file that the manifest names.
    ///
    /// - Throws: ``EmotionError/modelLoad(_:)`` where the manifest cannot be read, a file is not given, or its hash
    ///   is not the stated one.
    public convenience init(manifest: Data, files: [String: Data]) throws {
        self.init(try bridged { try MienFFI.ModelPack.fromParts(manifest: manifest, files: files) })
    }

    /// This pack with the networks of `other` in place of its own where both have a role.
    public func overlaid(_ other: ModelPack) -> ModelPack {
        ModelPack(core.overlaid(other: other.core))
    }

    /// The pack's name.
    public var name: String {
        core.name()
    }

    /// The names of the networks' files.
    public var files: [String] {
        core.models().map(\.file)
    }
}
