// swift-format-ignore-file
@_exported import StubBasics

public let kSecClass: CFString = "class"
public let kSecClassGenericPassword: CFString = "genp"
public let kSecAttrService: CFString = "svce"
public let kSecAttrAccount: CFString = "acct"
public let kSecAttrAccessible: CFString = "pdmn"
public let kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly: CFString = "cku"
public let kSecValueData: CFString = "v_Data"
public let kSecReturnData: CFString = "r_Data"
public let kSecMatchLimit: CFString = "m_Limit"
public let kSecMatchLimitOne: CFString = "m_LimitOne"
public let errSecSuccess: OSStatus = 0
public let errSecDuplicateItem: OSStatus = -25299
public let errSecItemNotFound: OSStatus = -25300
public let errSecInteractionNotAllowed: OSStatus = -25308

/// The entries of the Keychain of the process.
public enum StubKeychain {
    nonisolated(unsafe) fileprivate static var entries: [String: CFDictionary] = [:]
    nonisolated(unsafe) fileprivate static var refusal: OSStatus?
    fileprivate static let lock = NSLock()

    /// Lets every call fail with a status, or none.
    public static func refuse(_ status: OSStatus?) { lock.withLock { refusal = status } }

    fileprivate static func call(_ query: CFDictionary, _ work: (String) -> OSStatus) -> OSStatus {
        lock.withLock {
            if let refusal { return refusal }
            guard query[kSecClass] as? String == kSecClassGenericPassword, let service = query[kSecAttrService],
                let account = query[kSecAttrAccount]
            else { return -50 }
            return work("\(service)/\(account)")
        }
    }
}

public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    StubKeychain.call(query) { name in
        guard let entry = StubKeychain.entries[name] else { return errSecItemNotFound }
        if query[kSecReturnData] as? Bool == true { result?.pointee = entry[kSecValueData] }
        return errSecSuccess
    }
}

public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus {
    StubKeychain.call(attributes) { name in
        guard StubKeychain.entries[name] == nil else { return errSecDuplicateItem }
        StubKeychain.entries[name] = attributes
        return errSecSuccess
    }
}

public func SecItemUpdate(_ query: CFDictionary, _ changes: CFDictionary) -> OSStatus {
    StubKeychain.call(query) { name in
        guard StubKeychain.entries[name] != nil else { return errSecItemNotFound }
        StubKeychain.entries[name]?.merge(changes) { $1 }
        return errSecSuccess
    }
}

public func SecItemDelete(_ query: CFDictionary) -> OSStatus {
    StubKeychain.call(query) {
        StubKeychain.entries.removeValue(forKey: $0) == nil ? errSecItemNotFound : errSecSuccess
    }
}
