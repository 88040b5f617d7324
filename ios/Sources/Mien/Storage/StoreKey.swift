public import Foundation

/// The key of an encrypted store: 32 random bytes. What is printed of it does not show them.
///
/// On Apple systems `StoreKey.keychain()` keeps one in the Keychain.
public struct StoreKey: Sendable, Equatable {
    let bytes: Data

    /// A key of 32 random bytes that the application keeps.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` for another number of bytes.
    public init(_ bytes: Data) throws {
        guard bytes.count == Self.length else {
            throw EmotionError.invalidOption("a key has \(Self.length) bytes, not \(bytes.count)")
        }
        self.bytes = bytes
    }

    /// A new key from the system's source of secure random numbers.
    public static func random() -> StoreKey {
        var source = SystemRandomNumberGenerator()
        return StoreKey(random: Data((0..<length).map { _ in UInt8.random(in: .min ... .max, using: &source) }))
    }

    private init(random bytes: Data) {
        self.bytes = bytes
    }

    private static let length = 32
}

extension StoreKey: CustomStringConvertible, CustomReflectable {
    /// A name that does not show the key.
    public var description: String { "StoreKey" }

    /// Nothing of the key, so that dumps do not show it either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
