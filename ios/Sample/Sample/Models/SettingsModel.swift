import Foundation
import Mien
import Observation

/// Actions for stored users.
@MainActor
@Observable
final class SettingsModel {
    private let engine: EmotionEngine

    /// The shortest passphrase for a file.
    static let minPassphrase = 8

    init(_ engine: EmotionEngine) {
        self.engine = engine
    }

    func delete(_ user: String) async throws {
        try await engine.users.delete(user)
    }

    /// Exports the user to a file in `folder`, which only the passphrase opens.
    func export(_ user: String, passphrase: String, to folder: URL) async throws -> URL {
        let bytes = try await engine.users.export(user, passphrase: passphrase)
        let file = folder.appendingPathComponent("profile.mien")
        #if os(iOS)
        try bytes.write(to: file, options: [.atomic, .completeFileProtection])
        #else
        try bytes.write(to: file, options: .atomic)
        #endif
        return file
    }

    func `import`(_ file: URL, passphrase: String) async throws -> String {
        try await engine.users.import(try Data(contentsOf: file), passphrase: passphrase)
    }

    /// Activates the previous generation, or the generic head.
    func rollback(_ user: String) async throws {
        try await engine.users.rollback(user)
    }

    func forgetTimeline(_ user: String) async throws {
        try await engine.timeline(of: user).forget(Date(timeIntervalSince1970: 0)..<Date())
    }
}

extension User {
    /// By what the user is recognized.
    var pictures: Phrase { Phrase(.settingsPictures, .count(embeddings)) }

    /// Which head answers.
    var head: Phrase {
        activeGeneration.map { Phrase(.settingsOwnHead, .count($0)) } ?? Phrase(.settingsGenericHead)
    }
}
