public import Foundation

/// A place outside the store's folder that keeps a few secret bytes under one name, as ``Keychain`` does.
///
/// Each function works in one step: whoever reads meanwhile, in any process, and whoever reads after a crash, finds the
/// bytes from before or after it, never a part. What a function throws counts as passing: the caller tries again, and
/// nothing of the store is given up.
public protocol KeyKeeper: Sendable {
    /// The bytes that are kept; `nil` only if it is certain that there are none. A place that cannot be read at present
    /// throws.
    func read() throws -> Data?

    /// Keeps `bytes`, unless some are kept already, which stay then.
    ///
    /// - Returns: whether `bytes` are kept now.
    func add(_ bytes: Data) throws -> Bool

    /// Keeps `bytes` in place of any that are kept.
    func replace(_ bytes: Data) throws

    /// Keeps nothing any more. Removing again does nothing.
    func remove() throws
}
