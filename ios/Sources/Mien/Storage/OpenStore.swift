import Foundation
internal import MienFFI

/// An engine with the store that it opened.
struct OpenStore {
    let core: Engine
    /// Whether the key was lost and an empty store was begun.
    var startedOver = false
}

extension OpenStore {
    /// Opens the store in `files` with the key that `vault` keeps.
    ///
    /// One opening at a time, in any process: what is decided from what is there must still be so when it is done.
    ///
    /// - Parameter open: opens the store with a key. A store that is missing is made; one that is not encrypted is
    ///   encrypted.
    init(_ files: StoreFolder, _ vault: KeyVault, _ open: (StoreKey) throws -> Engine) throws {
        self = try files.locked {
            let isEncrypted = try vault.storeState() == .otherKey
            // A key is older than its store, so whoever saw the store sees the key too.
            let keys = try vault.keys()
            guard isEncrypted else {
                return OpenStore(core: try open(try keys?.last ?? vault.fresh()))
            }
            if let key = try keys?.first(where: { try vault.storeState($0) == .fits }) {
                let core = try open(key)
                // Those that are left over from a change do no harm until they go.
                if keys != [key] { try? vault.keep([key]) }
                return OpenStore(core: core)
            }
            guard vault.onLoss == .startOver else {
                throw EmotionError.wrongKey("the key of the store is lost: nothing can read the store any more")
            }
            _ = try setStoreAside(folder: vault.folder.path, with: [])
            return OpenStore(core: try open(try keys?.last ?? vault.fresh()), startedOver: true)
        }
    }
}

extension KeyVault {
    /// What the folder holds, and whether `key` fits. Nothing is made or changed.
    fileprivate func storeState(_ key: StoreKey? = nil) throws -> StoreState {
        try MienFFI.storeState(folder: folder.path, key: key?.secretBytes ?? Data())
    }
}
