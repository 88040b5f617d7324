public import Foundation

#if canImport(Security)
import Security
#endif

/// The system's Keychain: one entry, which never leaves the device, has no part in backups, and can be read after the
/// device was unlocked once since it started.
///
/// A system without a Keychain (Linux) throws ``EmotionError/storage(_:)`` from every function.
public struct Keychain: KeyKeeper {
    private let name: String
    private let service: String

    /// The entry with this name, which need not be there yet.
    ///
    /// - Parameters:
    ///   - name: the entry's account; one for each store.
    ///   - service: the entry's service.
    public init(_ name: String, service: String = "mien") {
        (self.name, self.service) = (name, service)
    }
}

#if canImport(Security)
extension Keychain {
    /// The entry's bytes; `nil` if there is no such entry.
    ///
    /// - Throws: ``EmotionError/storage(_:)`` if the Keychain cannot be read at present, as before the first unlock.
    public func read() throws -> Data? {
        var query = entry
        query[kSecReturnData] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        var found: CFTypeRef?
        switch SecItemCopyMatching(query as CFDictionary, &found) {
        case errSecSuccess:
            // An entry without data holds no key; it is there all the same.
            return found as? Data ?? Data()
        case errSecItemNotFound:
            return nil
        case let status:
            throw Self.refused("gives no key", status)
        }
    }

    /// Makes the entry unless it is there.
    ///
    /// - Throws: ``EmotionError/storage(_:)`` if the Keychain refuses.
    public func add(_ bytes: Data) throws -> Bool {
        switch SecItemAdd(entry.merging(contents(bytes)) { $1 } as CFDictionary, nil) {
        case errSecSuccess: return true
        case errSecDuplicateItem: return false
        case let status: throw Self.refused("keeps no key", status)
        }
    }

    /// Changes the entry, or makes it.
    ///
    /// - Throws: ``EmotionError/storage(_:)`` if the Keychain refuses.
    public func replace(_ bytes: Data) throws {
        // Between the two another process may make the entry, but hardly twice.
        for _ in 0..<2 {
            switch SecItemUpdate(entry as CFDictionary, contents(bytes) as CFDictionary) {
            case errSecSuccess: return
            case errSecItemNotFound: if try add(bytes) { return }
            case let status: throw Self.refused("keeps no key", status)
            }
        }
        throw Self.refused("keeps no key", errSecDuplicateItem)
    }

    /// Removes the entry.
    ///
    /// - Throws: ``EmotionError/storage(_:)`` if the Keychain refuses.
    public func remove() throws {
        let status = SecItemDelete(entry as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else {
            throw Self.refused("does not let go of the key", status)
        }
    }

    private var entry: [CFString: Any] {
        [kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: name]
    }

    private func contents(_ bytes: Data) -> [CFString: Any] {
        [kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, kSecValueData: bytes]
    }

    private static func refused(_ what: StaticString, _ status: OSStatus) -> EmotionError {
        status == errSecInteractionNotAllowed
            ? .storage("the Keychain \(what) before the device was unlocked: try again then (status \(status))")
            : .storage("the Keychain \(what) at present: try again (status \(status))")
    }
}
#else
extension Keychain {
    /// There is no Keychain here.
    ///
    /// - Throws: ``EmotionError/storage(_:)``.
    public func read() throws -> Data? { throw Self.missing }

    /// There is no Keychain here.
    ///
    /// - Throws: ``EmotionError/storage(_:)``.
    public func add(_ bytes: Data) throws -> Bool { throw Self.missing }

    /// There is no Keychain here.
    ///
    /// - Throws: ``EmotionError/storage(_:)``.
    public func replace(_ bytes: Data) throws { throw Self.missing }

    /// There is no Keychain here.
    ///
    /// - Throws: ``EmotionError/storage(_:)``.
    public func remove() throws { throw Self.missing }

    private static let missing = EmotionError.storage(
        "this system has no Keychain: give the store a key of your own, or say that it is unencrypted")
}
#endif
