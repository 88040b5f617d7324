public import Foundation

/// What to do if the key of an encrypted store is lost for good, for example on a phone that was restored from the
/// backup of another.
public enum KeyLoss: Sendable, Hashable, CaseIterable {
    /// Throw ``ErrorCode/wrongKey``, so that the application can tell its user.
    case refuse
    /// Set the unreadable store aside (``StoreLocation/lostStores()``) and begin an empty one with a new key.
    /// ``EmotionEngine/startedOver`` tells so. The file is renamed to `users.mien.lost-1`, `-2` and so on; the three
    /// newest are kept.
    case startOver
}

/// Creates the random key of a store when it is first opened, and keeps it in its keeper, such as the Keychain.
///
/// ```swift
/// let vault = KeyVault(folder: folder, keeper: Keychain("people"), onLoss: .startOver)
/// let engine = try await EmotionEngine.create(store: StoreLocation(vault: vault))
/// if engine.startedOver { tellUser() }
/// ```
///
/// The key counts as lost only if the store is encrypted and the keeper certainly has no key, or none that opens the
/// store. A keeper that cannot be read now is tried three times; then opening throws ``ErrorCode/storage`` with
/// the words "try again", and nothing is changed. ``EmotionEngine/changeStoreKey(_:)`` changes the kept key too: the
/// keeper has the old and the new key until the store is encrypted with the new one, so that the store opens after a
/// crash at any point.
public struct KeyVault: Sendable {
    /// The folder of the store.
    public let folder: URL
    private let keeper: any KeyKeeper
    let onLoss: KeyLoss

    /// Creates a vault.
    ///
    /// - Parameters:
    ///   - folder: the folder of the store.
    ///   - keeper: keeps the key. Use one place per store: if two stores share one, changing the key of one locks the
    ///     other.
    ///   - onLoss: what to do if the key is lost for good.
    public init(folder: URL, keeper: any KeyKeeper, onLoss: KeyLoss = .refuse) {
        (self.folder, self.keeper, self.onLoss) = (folder, keeper, onLoss)
    }

    /// Pauses before a failing keeper is tried again, seconds.
    private static let pauses = [0.05, 0.2]
}

extension KeyVault {
    /// Returns the kept keys: one, or several while the key of a store changes; empty if the kept bytes are no key;
    /// `nil` if nothing is kept.
    func keys() throws(MienError) -> [StoreKey]? {
        try patiently { try keeper.read() }.map(StoreKey.split)
    }

    /// Creates and keeps a key. If several are created at once, in any process, all use the first.
    func fresh() throws(MienError) -> StoreKey {
        let key = StoreKey.random()
        _ = try patiently { try keeper.add(key.secretBytes) }
        // The key that a restart would read counts.
        if let kept = try keys()?.first { return kept }
        try keep([key])
        return key
    }

    /// Keeps these keys and no others.
    func keep(_ keys: [StoreKey]) throws(MienError) {
        let bytes = StoreKey.joined(keys)
        try patiently { try keeper.replace(bytes) }
        guard try patiently({ try keeper.read() }) == bytes else {
            throw MienError(.storage, "the keeper did not keep the key of the store: try again")
        }
    }

    /// Runs `encrypt`, which encrypts the store with `key` (`nil`: decrypts it), and changes the kept key
    /// accordingly.
    func change(to key: StoreKey?, _ encrypt: () throws -> Void) throws {
        guard let key else {
            try encrypt()
            return try patiently { try keeper.remove() }
        }
        let others = try keys()?.filter { $0 != key } ?? []
        try keep(others + [key])
        // If this fails, either key may be in force: both stay until the store is opened again.
        try encrypt()
        // The change is done; the next opening removes the old key.
        try? keep([key])
    }

    private func patiently<Value>(_ call: () throws -> Value) throws(MienError) -> Value {
        for pause in Self.pauses {
            if let value = try? call() { return value }
            Thread.sleep(forTimeInterval: pause)
        }
        do {
            return try call()
        } catch let error as MienError {
            throw error
        } catch {
            throw MienError(.storage, "the keeper of the store's key does not work now: try again")
        }
    }
}
