internal import MienFFI

/// An engine with the store that it opened, and who keeps the store's key.
struct OpenStore {
    let core: Engine
    /// The vault that keeps the store's key; `nil` if none does.
    var vault: KeyVault?
    /// Whether the key was lost and an empty store was begun.
    var startedOver = false
}

extension OpenStore {
    /// Opens the store in `files` with the key that `vault` keeps.
    ///
    /// One opening at a time, in any process: what is decided from what is there must still be so when it is done.
    ///
    /// - Parameter open: opens the store with a key, or without one; it throws ``EmotionError/wrongKey(_:)`` if that
    ///   does not fit, and makes a store where there is none.
    init(_ files: StoreFolder, _ vault: KeyVault, _ open: (StoreKey?) throws -> Engine) throws {
        self = try files.locked {
            // A key is older than its store, so whoever sees the store first sees the key too.
            let isThere = files.holdsStore
            let keys = try vault.keys()
            guard isThere else { return OpenStore(core: try Self.begin(vault, keys, open), vault: vault) }
            if let core = try Self.openWithKept(vault, keys ?? [], open) ?? Self.encryptPlain(vault, keys, open) {
                return OpenStore(core: core, vault: vault)
            }
            guard vault.onLoss == .startOver else {
                throw EmotionError.wrongKey("the key of the store is lost: nothing can read the store any more")
            }
            try files.setAside()
            return OpenStore(core: try Self.begin(vault, keys, open), vault: vault, startedOver: true)
        }
    }

    /// Opens a store that is not there yet.
    private static func begin(
        _ vault: KeyVault, _ keys: [StoreKey]?, _ open: (StoreKey?) throws -> Engine
    ) throws -> Engine {
        try open(try keys?.last ?? vault.fresh())
    }

    /// Opens the store with the kept key that fits, and lets the others go; `nil` if none fits.
    private static func openWithKept(
        _ vault: KeyVault, _ keys: [StoreKey], _ open: (StoreKey?) throws -> Engine
    ) throws -> Engine? {
        for key in keys {
            guard let core = try fitting({ try open(key) }) else { continue }
            // Those that are left over from a change do no harm until they go.
            if keys.count > 1 { try? vault.keep([key]) }
            return core
        }
        return nil
    }

    /// Opens a store that is not encrypted, and encrypts it; `nil` if it is encrypted.
    private static func encryptPlain(
        _ vault: KeyVault, _ keys: [StoreKey]?, _ open: (StoreKey?) throws -> Engine
    ) throws -> Engine? {
        guard let core = try fitting({ try open(nil) }) else { return nil }
        do {
            let key = try keys?.last ?? vault.fresh()
            try bridged { try core.encryptStore(key: key.secretBytes) }
            return core
        } catch {
            core.shutDown()
            throw error
        }
    }

    private static func fitting(_ open: () throws -> Engine) throws -> Engine? {
        do {
            return try open()
        } catch EmotionError.wrongKey {
            return nil
        }
    }
}
