public import Foundation
internal import MienFFI

/// Finds faces, tells whose they are and what they show, and learns users, all on the device.
///
/// ```swift
/// let engine = try await EmotionEngine.create()
/// let result = try await engine.process(picture: Data(contentsOf: file))
/// show(result.faces)      // in your view; what a face shows belongs into no log
/// ```
///
/// Any call may come from any thread, and calls run beside each other off the caller's thread. Make one engine and
/// keep it: a store can be open in one engine at a time. After ``close()`` every call throws
/// ``EmotionError/closed(_:)``, and so do sessions, enrollments and footage of the engine.
public final class EmotionEngine: Sendable {
    private let core: Engine
    private let keyChanges = Work.inOrder("key")

    /// Where users are kept; `nil` for nowhere.
    public let store: StoreLocation?

    /// Whether the key of the store was lost, for which ``KeyLoss/startOver`` began an empty store.
    public let startedOver: Bool

    private init(_ opened: OpenStore, _ store: StoreLocation?) {
        (core, startedOver, self.store) = (opened.core, opened.startedOver, store)
    }

    /// Loads the models and opens the store.
    ///
    /// - Parameters:
    ///   - options: the engine's options, immutable from here on.
    ///   - models: the networks; `nil` for those of the package.
    ///   - store: where users are kept; `nil` for nowhere: nobody is known, nothing is kept. Default: the application's
    ///     own folder, encrypted with a key in the Keychain.
    /// - Throws: ``EmotionError/modelLoad(_:)`` for the models; ``EmotionError/invalidOption(_:)`` for an option out
    ///   of range; ``EmotionError/storage(_:)`` if the store or its key cannot be read at present, as before the first
    ///   unlock: try again; ``EmotionError/wrongKey(_:)`` if the store's key is another or lost for good;
    ///   ``EmotionError/profileCorrupt(_:)`` or ``EmotionError/profileVersion(_:)`` for the store's file;
    ///   ``EmotionError/cancelled(_:)``.
    public static func create(
        _ options: EngineOptions = EngineOptions(),
        models: ModelPack? = nil,
        store: StoreLocation? = .application()
    ) async throws -> EmotionEngine {
        try await Work.beside.run {
            let pack = try (models ?? ModelPack.bundled()).core
            let options = try options.core()
            guard let store else {
                return EmotionEngine(OpenStore(core: try Engine.withoutStore(pack: pack, options: options)), nil)
            }
            return EmotionEngine(try store.open(pack, options), store)
        }
    }

    /// Everything about every face of a picture in memory.
    ///
    /// - Throws: ``EmotionError/invalidFrame(_:)``, ``EmotionError/cancelled(_:)``, ``EmotionError/closed(_:)``,
    ///   ``EmotionError/internal(_:)``.
    public func process(_ frame: Frame) async throws -> FrameResult {
        try await Work.beside.run { [core] in
            try frame.borrowed { first, second, third, layout in
                FrameResult(try core.process(first: first, second: second, third: third, layout: layout))
            }
        }
    }

    /// As ``process(_:)``, of the bytes of a JPEG, PNG, TIFF, BMP or WebP file, on Apple's systems also of HEIC and what
    /// else ImageIO reads, upright by its EXIF orientation.
    ///
    /// - Throws: as ``process(_:)``.
    public func process(picture: Data) async throws -> FrameResult {
        try await Work.beside.run { [core] in
            FrameResult(
                try PictureFile(picture).handed(to: core.processPicture, or: core.process(first:second:third:layout:)))
        }
    }

    /// A session that looks at every frame in order: for files.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)``, ``EmotionError/closed(_:)``.
    public func video(_ options: StreamOptions = StreamOptions()) throws -> VideoSession {
        try bridged { VideoSession(try core.video(options: options.core())) }
    }

    /// A session that looks at the newest frame: for cameras.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)``, ``EmotionError/closed(_:)``, ``EmotionError/internal(_:)``.
    public func live(_ options: LiveOptions = LiveOptions()) throws -> LiveSession {
        try bridged { LiveSession(try core.live(options: options.core())) }
    }

    /// Who is enrolled, and their heads.
    public var users: Users {
        Users(core)
    }

    /// What the user showed over time.
    ///
    /// - Parameters:
    ///   - name: the user's name.
    ///   - clock: what times count from.
    public func timeline(_ name: String, clock: Clock = .wall) -> Timeline {
        Timeline(core, user: name, clock: clock)
    }

    /// Drops what is past its time (``Retention``) from the timelines of all users, for good. Recording does so once a
    /// day for the user of whom is recorded; call it once a day for the others.
    ///
    /// The device's clock may be wrong, so `now` is not taken at its word: a step of more than two days since the day
    /// before on which the clock was seen counts only after it was seen on 14 further days, and not at all if it goes
    /// back before; and what is dropped is past its time by a day at least. `Timeline.forget`
    /// drops at once.
    public func pruneTimelines(now: Date = Date()) async throws {
        try await Work.beside.run { [core] in try core.pruneTimelines(nowMs: now.milliseconds()) }
    }

    /// The classes of the expression network, in their order.
    public var labels: [String] {
        core.labels()
    }

    /// SHA-256 of the networks that users' heads are learned with.
    public var networks: String {
        core.networks()
    }

    /// How much the store may hold.
    ///
    /// - Throws: ``EmotionError/storage(_:)`` where there is none, ``EmotionError/closed(_:)``.
    public func storeLimits() async throws -> StoreLimits {
        try await Work.beside.run { [core] in StoreLimits(try core.storeLimits()) }
    }

    /// Makes what was replaced (heads, settings) or forgotten gone from the store's file, for which the disk must have
    /// room for a copy of it. Deleting a user and changing the key do so by themselves. Looking goes on meanwhile.
    ///
    /// - Throws: ``EmotionError/storage(_:)``, ``EmotionError/closed(_:)``.
    public func eraseFreeSpace() async throws {
        try await Work.beside.run { [core] in try core.eraseFreeSpace() }
    }

    /// Recovers what is intact of a damaged store, which ``create(_:models:store:)`` refuses with
    /// ``EmotionError/profileCorrupt(_:)``; no engine may have it open.
    ///
    /// The damaged file is kept beside the store under another name, so nothing is lost by trying. A sound store is left
    /// as it is.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` where there is no store; ``EmotionError/wrongKey(_:)``;
    ///   ``EmotionError/profileVersion(_:)`` for an older layout; ``EmotionError/storage(_:)``.
    public static func salvage(_ store: StoreLocation) async throws -> SalvageReport {
        try await Work.beside.run { try store.salvage() }
    }

    /// Encrypts the store with another key: everything is sealed anew. `nil` writes it without encryption.
    ///
    /// A ``KeyVault`` that keeps the store's key keeps the new one from now on, or none for `nil`; then the store is
    /// encrypted again when a vault opens it. Without a vault the application keeps the key.
    ///
    /// - Throws: ``EmotionError/storage(_:)``, ``EmotionError/closed(_:)``.
    public func changeStoreKey(_ key: StoreKey?) async throws {
        try await keyChanges.run { [core, vault = store?.vault] in
            let encrypt = {
                if let key { try core.encryptStore(key: key.secretBytes) } else { try core.decryptStore() }
            }
            if let vault { try vault.change(to: key, encrypt) } else { try encrypt() }
        }
    }

    /// What the application stored under `name`; `nil` where that is nothing.
    ///
    /// - Throws: ``EmotionError/storage(_:)``, ``EmotionError/profileCorrupt(_:)``, ``EmotionError/closed(_:)``.
    public func setting(_ name: String) async throws -> Data? {
        try await Work.beside.run { [core] in try core.setting(name: name) }
    }

    /// Stores a value of the application's own beside the users.
    ///
    /// - Parameters:
    ///   - name: 64 bytes at most.
    ///   - value: 64 KiB at most; `nil` removes it.
    /// - Throws: ``EmotionError/invalidOption(_:)`` where one is too long, ``EmotionError/storage(_:)``,
    ///   ``EmotionError/closed(_:)``.
    public func setSetting(_ name: String, value: Data?) async throws {
        try await Work.beside.run { [core] in try core.setSetting(name: name, value: value) }
    }

    /// Closes the engine for all that was made of it: users and heads leave the memory and the store is free for
    /// another engine. Calls that are running finish first, but for an adaptation, which soon ends with
    /// ``EmotionError/closed(_:)``. Again it does nothing.
    public func close() {
        core.shutDown()
    }

    /// Whether ``close()`` was called.
    public var isClosed: Bool {
        core.isShutDown()
    }

    /// The library's version, as `major.minor.patch`.
    public static var libraryVersion: String {
        MienFFI.libraryVersion()
    }
}
