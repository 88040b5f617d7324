public import Foundation

#if canImport(Security)
import Security
#endif

/// One entry of the system's Keychain. It never leaves the device, is in no backup, and can be read after the first
/// unlock since the device started.
///
/// On a system without a Keychain (Linux) every function throws ``ErrorCode/storage``.
public struct Keychain: KeyKeeper {
    private let name: String
    private let service: String

    /// Names an entry, which need not exist yet.
    ///
    /// - Parameters:
    ///   - name: the account of the entry; one per store.
    ///   - service: the service of the entry.
    public init(_ name: String, service: String = "mien") {
        (self.name, self.service) = (name, service)
    }
}

#if canImport(Security)
extension Keychain {
    /// Returns the bytes of the entry; `nil` if there is none.
    ///
    /// - Throws: ``ErrorCode/storage`` if the Keychain cannot be read now, for example before the first
    ///   unlock.
    public func read() throws(MienError) -> Data? {
        var query = entry
        query[kSecReturnData] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        var found: CFTypeRef?
        switch SecItemCopyMatching(query as CFDictionary, &found) {
        case errSecSuccess:
            // An entry without data holds no key, but it exists.
            return found as? Data ?? Data()
        case errSecItemNotFound:
            return nil
        case let status:
            throw Self.refused("returned no key", status)
        }
    }

    /// Creates the entry unless it exists.
    ///
    /// - Throws: ``ErrorCode/storage`` if the Keychain refuses.
    public func add(_ bytes: Data) throws(MienError) -> Bool {
        switch SecItemAdd(entry.merging(contents(bytes)) { $1 } as CFDictionary, nil) {
        case errSecSuccess: return true
        case errSecDuplicateItem: return false
        case let status: throw Self.refused("did not keep the key", status)
        }
    }

    /// Replaces the entry, or creates it.
    ///
    /// - Throws: ``ErrorCode/storage`` if the Keychain refuses.
    public func replace(_ bytes: Data) throws(MienError) {
        // Another process may create the entry between the two calls, but hardly twice.
        for _ in 0..<2 {
            switch SecItemUpdate(entry as CFDictionary, contents(bytes) as CFDictionary) {
            case errSecSuccess: return
            case errSecItemNotFound: if try add(bytes) { return }
            case let status: throw Self.refused("did not keep the key", status)
            }
        }
        throw Self.refused("did not keep the key", errSecDuplicateItem)
    }

    /// Removes the entry.
    ///
    /// - Throws: ``ErrorCode/storage`` if the Keychain refuses.
    public func remove() throws(MienError) {
        let status = SecItemDelete(entry as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else {
            throw Self.refused("did not remove the key", status)
        }
    }

    private var entry: [CFString: Any] {
        [kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: name]
    }

    private func contents(_ bytes: Data) -> [CFString: Any] {
        [kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, kSecValueData: bytes]
    }

    private static func refused(_ what: StaticString, _ status: OSStatus) -> MienError {
        status == errSecInteractionNotAllowed
            ? MienError(
                .storage, "the Keychain \(what) before the device was unlocked: try again then (status \(status))")
            : MienError(.storage, "the Keychain \(what): try again (status \(status))")
    }
}
#else
extension Keychain {
    /// Throws: this system has no Keychain.
    ///
    /// - Throws: ``ErrorCode/storage``.
    public func read() throws(MienError) -> Data? { throw Self.missing }

    /// Throws: this system has no Keychain.
    ///
    /// - Throws: ``ErrorCode/storage``.
    public func add(_ bytes: Data) throws(MienError) -> Bool { throw Self.missing }

    /// Throws: this system has no Keychain.
    ///
    /// - Throws: ``ErrorCode/storage``.
    public func replace(_ bytes: Data) throws(MienError) { throw Self.missing }

    /// Throws: this system has no Keychain.
    ///
    /// - Throws: ``ErrorCode/storage``.
    public func remove() throws(MienError) { throw Self.missing }

    private static let missing = MienError(
        .storage, "this system has no Keychain: use a key of your own, or an unencrypted store")
}
#endif
