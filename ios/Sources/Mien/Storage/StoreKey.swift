public import Foundation

/// The key of an encrypted store: 32 random bytes. Printing or dumping a key does not show them.
///
/// A ``KeyVault`` creates and keeps a key by itself. An application with keys of its own stores ``secretBytes`` where
/// nobody else can read them, and creates the key from them again:
///
/// ```swift
/// let key = StoreKey.random()
/// try save(key.secretBytes)
/// let same = try StoreKey(load())
/// ```
public struct StoreKey: Sendable, Equatable {
    /// The 32 bytes of the key. Whoever has them can read the store: keep them in the Keychain or encrypted, never in
    /// preferences, logs or plain files.
    public let secretBytes: Data

    /// Creates a key from 32 random bytes that the application keeps.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` for another number of bytes.
    public init(_ bytes: Data) throws(MienError) {
        guard bytes.count == Self.length else {
            throw MienError(.invalidOption, "a key has \(Self.length) bytes, not \(bytes.count)")
        }
        self.init(checked: bytes)
    }

    /// Returns a new key from the system's secure random number generator.
    public static func random() -> StoreKey {
        var source = SystemRandomNumberGenerator()
        return StoreKey(checked: Data((0..<length).map { _ in UInt8.random(in: .min ... .max, using: &source) }))
    }

    private init(checked bytes: Data) {
        secretBytes = bytes
    }

    private static let length = 32
}

extension StoreKey {
    /// Returns the bytes of the keys, one after another.
    static func joined(_ keys: [StoreKey]) -> Data {
        keys.reduce(into: Data()) { $0 += $1.secretBytes }
    }

    /// Returns the keys whose bytes follow each other in `bytes`; empty if the length does not fit.
    static func split(_ bytes: Data) -> [StoreKey] {
        guard bytes.count.isMultiple(of: length) else { return [] }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: length).map { start in
            StoreKey(checked: bytes.subdata(in: start..<start + length))
        }
    }
}

extension StoreKey: CustomStringConvertible, CustomReflectable {
    /// A text that does not show the key.
    public var description: String { "StoreKey" }

    /// An empty mirror, so that dumps do not show the key.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
