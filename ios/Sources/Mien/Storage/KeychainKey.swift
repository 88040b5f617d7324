#if canImport(Security)
import Foundation
import Security

extension StoreKey {
    /// The key under this name in the Keychain, made there the first time.
    ///
    /// It never leaves the device and can be read after the device was unlocked once since it started. Where it is
    /// lost, as on a new phone, an encrypted store can be opened no more: delete the store's folder and let users
    /// enrol again, or import them from files of ``Users/export(_:passphrase:timeline:)``.
    ///
    /// - Parameters:
    ///   - name: the entry's account.
    ///   - service: the entry's service.
    /// - Throws: ``EmotionError/storage(_:)`` where the Keychain refuses, naming its status.
    public static func keychain(_ name: String = "store", service: String = "mien") throws -> StoreKey {
        let entry: [CFString: Any] = [
            kSecClass: kSecClassGenericPassword,
            kSecAttrService: service,
            kSecAttrAccount: name,
        ]
        if let key = try read(entry) { return key }
        let key = StoreKey.random()
        var item = entry
        item[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        item[kSecValueData] = key.bytes
        let status = SecItemAdd(item as CFDictionary, nil)
        if status == errSecSuccess { return key }
        // Where another thread was faster, its key is the one.
        if status == errSecDuplicateItem, let key = try read(entry) { return key }
        throw EmotionError.storage("the Keychain keeps no key (status \(status))")
    }

    private static func read(_ entry: [CFString: Any]) throws -> StoreKey? {
        var query = entry
        query[kSecReturnData] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        var found: CFTypeRef?
        switch SecItemCopyMatching(query as CFDictionary, &found) {
        case errSecSuccess:
            guard let bytes = found as? Data else { throw EmotionError.storage("the Keychain's key is no data") }
            return try StoreKey(bytes)
        case errSecItemNotFound:
            return nil
        case let status:
            throw EmotionError.storage("the Keychain gives no key (status \(status))")
        }
    }
}
#endif
