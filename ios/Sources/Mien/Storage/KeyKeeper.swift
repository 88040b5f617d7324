public import Foundation

/// A place outside the folder of the store that keeps a few secret bytes under one name, such as ``Keychain``.
///
/// Each function is atomic: a reader in any process, or after a crash, finds the bytes from before or after it, never
/// a part. An error, of any type, counts as temporary: the caller tries again, and the store stays unchanged.
public protocol KeyKeeper: Sendable {
    /// Returns the kept bytes; `nil` only if there are none for certain. A place that cannot be read now throws.
    func read() throws -> Data?

    /// Keeps `bytes`, unless other bytes are kept already.
    ///
    /// - Returns: whether `bytes` are kept now.
    func add(_ bytes: Data) throws -> Bool

    /// Keeps `bytes` in place of others.
    func replace(_ bytes: Data) throws

    /// Removes the kept bytes. Removing again does nothing.
    func remove() throws
}
