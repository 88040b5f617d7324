public import Foundation

/// What to do if the key of an encrypted store is lost for good, as on a phone that was restored from another's backup.
public enum KeyLoss: Sendable, Hashable, CaseIterable {
    /// Throw ``EmotionError/wrongKey(_:)``, so that the application can tell its user.
    case refuse
    /// Rename the store's file, which nobody can read any more, to `users.mien.lost-1`, `-2` and so on, of which the three
    /// newest are kept, and begin an empty store with a fresh key. ``EmotionEngine/startedOver`` says so, and
    /// ``StoreLocation/lostStores()`` names the files.
    case startOver
}

/// Makes the random key of a store when it is first opened, and keeps it where its keeper says: in the Keychain.
///
/// ```swift
/// let vault = KeyVault(folder: folder, keeper: Keychain("people"), onLoss: .startOver)
/// let engine = try await EmotionEngine.create(store: StoreLocation(vault: vault))
/// if engine.startedOver { tellUser() }
/// ```
///
/// The key counts as lost only if the keeper is certain that it has none, or none that opens the store, and the store is
/// encrypted. A keeper that cannot be read at present is asked three times; then opening throws
/// ``EmotionError/storage(_:)`` with the words "try again", and nothing was changed.
/// ``EmotionEngine/changeStoreKey(_:)`` changes what is kept too: the keeper has the old key and the new one until the
/// store is encrypted with the new one, so that a crash at any moment leaves a store that opens.
public struct KeyVault: Sendable {
    /// The store's folder.
    public let folder: URL
    private let keeper: any KeyKeeper
    let onLoss: KeyLoss

    /// A vault.
    ///
    /// - Parameters:
    ///   - folder: the store's folder.
    ///   - keeper: where the key is kept. One store, one place: of two stores that share one, changing the key of one
    ///     locks the other.
    ///   - onLoss: what to do if the key is lost.
    public init(folder: URL, keeper: any KeyKeeper, onLoss: KeyLoss = .refuse) {
        (self.folder, self.keeper, self.onLoss) = (folder, keeper, onLoss)
    }

    /// Pauses before a keeper that fails is asked again, seconds.
    private static let pauses = [0.05, 0.2]
}

extension KeyVault {
    /// The keys that are kept: one, or several while a store is given another; empty if what is kept is no key; `nil` if
    /// nothing is kept.
    func keys() throws -> [StoreKey]? {
        try patiently { try keeper.read() }.map(StoreKey.split)
    }

    /// A key that is kept from now on. Of several that are made at once, in any process, the first is everybody's.
    func fresh() throws -> StoreKey {
        let key = StoreKey.random()
        _ = try patiently { try keeper.add(key.secretBytes) }
        // What counts is what is read after a restart.
        if let kept = try keys()?.first { return kept }
        try keep([key])
        return key
    }

    /// Keeps these keys and no others.
    func keep(_ keys: [StoreKey]) throws {
        let bytes = StoreKey.joined(keys)
        try patiently { try keeper.replace(bytes) }
        guard try patiently({ try keeper.read() }) == bytes else {
            throw EmotionError.storage("the key of the store did not stay where it is to be kept: try again")
        }
    }

    /// Does `encrypt`, which encrypts the store with `key`, or not at all for `nil`, and lets what is kept follow.
    func change(to key: StoreKey?, _ encrypt: () throws -> Void) throws {
        guard let key else {
            try encrypt()
            return try patiently { try keeper.remove() }
        }
        let others = try keys()?.filter { $0 != key } ?? []
        try keep(others + [key])
        // If this fails, nobody knows which key a crash leaves in force: both stay until the store is opened again.
        try encrypt()
        // The change is made; a key too many goes at the next opening.
        try? keep([key])
    }

    private func patiently<Value>(_ call: () throws -> Value) throws -> Value {
        for pause in Self.pauses {
            if let value = try? call() { return value }
            Thread.sleep(forTimeInterval: pause)
        }
        do {
            return try call()
        } catch let error as EmotionError {
            throw error
        } catch {
            throw EmotionError.storage("the place that keeps the store's key does not work at present: try again")
        }
    }
}
