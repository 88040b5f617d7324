import Foundation
internal import MienFFI

/// An engine and the store that it opened.
struct OpenStore {
    let core: Engine
    /// Whether the key was lost and an empty store was begun.
    var startedOver = false
}

extension OpenStore {
    /// Opens the store in `files` with the key of `vault`.
    ///
    /// One opening at a time, in any process, so that the state on which a decision is based does not change.
    ///
    /// - Parameter open: opens the store with a key. It creates a missing store and encrypts an unencrypted one.
    init(_ files: StoreFolder, _ vault: KeyVault, _ open: (StoreKey) throws -> Engine) throws {
        self = try files.locked {
            let isEncrypted = try vault.storeState() == .otherKey
            // A key is kept before its store is created, so it is visible if the store is.
            let keys = try vault.keys()
            guard isEncrypted else {
                return OpenStore(core: try open(try keys?.last ?? vault.fresh()))
            }
            if let key = try keys?.first(where: { try vault.storeState($0) == .fits }) {
                let core = try open(key)
                // Keys that a change left over do no harm.
                if keys != [key] { try? vault.keep([key]) }
                return OpenStore(core: core)
            }
            guard vault.onLoss == .startOver else {
                throw MienError(.wrongKey, "the key of the store is lost: the store cannot be read any more")
            }
            _ = try setStoreAside(folder: vault.folder.path, with: [])
            return OpenStore(core: try open(try keys?.last ?? vault.fresh()), startedOver: true)
        }
    }
}

extension KeyVault {
    /// Returns the state of the folder, and whether `key` fits. Changes nothing.
    fileprivate func storeState(_ key: StoreKey? = nil) throws -> StoreState {
        try MienFFI.storeState(folder: folder.path, key: key?.secretBytes ?? Data())
    }
}
