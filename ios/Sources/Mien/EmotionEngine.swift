public import Foundation
internal import MienFFI

/// Detects faces, identifies users, recognizes emotions and learns users' faces, all on the device.
///
/// ```swift
/// let engine = try await EmotionEngine.create()
/// let result = try await engine.process(picture: Data(contentsOf: file))
/// show(result.faces)      // on the screen, never in a log
/// ```
///
/// Any call may come from any thread. All work that takes longer than a few milliseconds is `async`, runs in parallel
/// and leaves the caller's thread; functions whose names end in `Blocking` do the same work on it, for the queue of a
/// camera. Make one engine and keep it: a store can be open in one engine at a time.
///
/// Errors are a ``MienError``, named here by its ``ErrorCode``. After ``close()`` every call throws
/// ``ErrorCode/closed``, and so do the sessions, enrollments and clips of the engine. A call whose task is cancelled
/// before the work begins throws ``ErrorCode/cancelled``, never `CancellationError`, and has changed nothing; a short
/// call that has begun finishes.
public final class EmotionEngine: Sendable {
    private let core: Engine
    private let keyChanges = Work.inOrder("key")

    /// The location of the store; `nil` without a store.
    public let store: StoreLocation?

    /// Whether the key of the store was lost and an empty store was begun, by ``KeyLoss/startOver``.
    public let startedOver: Bool

    private init(_ opened: OpenStore, _ store: StoreLocation?) {
        (core, startedOver, self.store) = (opened.core, opened.startedOver, store)
    }

    /// Loads the models and opens the store.
    ///
    /// - Parameters:
    ///   - options: the options of the engine.
    ///   - models: the networks. Default `nil`: those of the package.
    ///   - store: the location of the store; `nil`: without a store, so that no user is known and no data is kept.
    ///     Default: the folder of the application, encrypted with a key in the Keychain.
    /// - Throws: ``ErrorCode/modelLoad`` for the models; ``ErrorCode/invalidOption`` for an option out
    ///   of range; ``ErrorCode/storage`` if the store or its key cannot be read now, for example before the
    ///   first unlock: try again; ``ErrorCode/wrongKey`` if the key is wrong or lost;
    ///   ``ErrorCode/profileCorrupt`` or ``ErrorCode/profileVersion`` for the file of the store;
    ///   ``ErrorCode/cancelled``.
    public static func create(
        _ options: EngineOptions = EngineOptions(),
        models: ModelPack? = nil,
        store: StoreLocation? = .application()
    ) async throws(MienError) -> EmotionEngine {
        try await Work.beside.run {
            let pack = try (models ?? ModelPack.bundled()).core
            let options = try options.core()
            Closings.wait()
            guard let store else {
                return EmotionEngine(OpenStore(core: try Engine.withoutStore(pack: pack, options: options)), nil)
            }
            return EmotionEngine(try store.open(pack, options), store)
        }
    }

    /// Analyzes every face of a picture in memory.
    ///
    /// - Throws: ``ErrorCode/invalidFrame`` if the planes do not fit the layout,
    ///   ``ErrorCode/cancelled``, ``ErrorCode/closed``, ``ErrorCode/internal``.
    public func process(_ frame: Frame) async throws(MienError) -> FrameResult {
        try await Work.beside.run { [self] in try processBlocking(frame) }
    }

    /// Like ``process(_:)``, on the caller's thread.
    public func processBlocking(_ frame: Frame) throws(MienError) -> FrameResult {
        try bridged {
            try frame.borrowed { first, second, third, layout in
                FrameResult(try core.process(first: first, second: second, third: third, layout: layout))
            }
        }
    }

    /// Analyzes every face of a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF orientation. Apple's systems
    /// also read HEIC and the other formats of ImageIO.
    ///
    /// - Throws: as in ``process(_:)``.
    public func process(picture: Data) async throws(MienError) -> FrameResult {
        try await Work.beside.run { [self] in try processBlocking(picture: picture) }
    }

    /// Like ``process(picture:)``, on the caller's thread.
    public func processBlocking(picture: Data) throws(MienError) -> FrameResult {
        try bridged {
            FrameResult(
                try PictureFile(picture).handed(to: core.processPicture, or: core.process(first:second:third:layout:)))
        }
    }

    /// Creates a session that processes every frame of a stream in order: for files.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` for an option out of range, ``ErrorCode/closed``.
    public func video(_ options: StreamOptions = StreamOptions()) throws(MienError) -> VideoSession {
        try bridged { VideoSession(try core.video(options: options.core())) }
    }

    /// Creates a session that processes the newest frame on its own thread: for cameras.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` for an option out of range, ``ErrorCode/closed``,
    ///   ``ErrorCode/internal`` if the system cannot start a thread.
    public func live(_ options: LiveOptions = LiveOptions()) throws(MienError) -> LiveSession {
        try bridged { LiveSession(try core.live(options: options.core())) }
    }

    /// The enrolled users and their heads.
    public var users: Users {
        Users(core)
    }

    /// Returns the timeline of a user by the clock on the wall.
    ///
    /// - Parameter user: the name of the user.
    public func timeline(of user: String) -> EmotionTimeline<Date> {
        EmotionTimeline(core, user: user, medium: nil)
    }

    /// Returns the timeline of a user in a medium, such as a film.
    ///
    /// - Parameters:
    ///   - user: the name of the user.
    ///   - medium: the name of the medium, 1 to 255 bytes without control characters. Times count from its start.
    public func timeline(of user: String, medium: String) -> EmotionTimeline<Duration> {
        EmotionTimeline(core, user: user, medium: medium)
    }

    /// Deletes expired data (``Retention``) from the timelines of all users and erases it from the file of the store.
    /// Recording does so once a day for the recorded user; call this once a day for the others. Expired clips in
    /// the store (`Users.clips`) go too, by the clock as it is.
    ///
    /// The clock of a device can be wrong: a step of more than two days since the last day on which the clock was
    /// read counts only after the clock was read on 14 further days, and never if the clock goes back first. Data is
    /// deleted a day after it expires at the earliest. ``EmotionTimeline/forget(_:)`` deletes at once.
    ///
    /// - Throws: ``ErrorCode/storage``, ``ErrorCode/closed``.
    public func pruneTimelines(now: Date = Date()) async throws(MienError) {
        try await Work.beside.run { [core] in try core.pruneTimelines(nowMs: now.milliseconds("now")) }
    }

    /// The classes of the expression network, in their order.
    public var labels: [EmotionLabel] {
        core.labels().map { EmotionLabel($0) }
    }

    /// The SHA-256 of each network that users' heads are learned with, in hexadecimal, joined by `+`; heads of other
    /// networks cannot answer.
    public var networks: String {
        core.networks()
    }

    /// The maximum sizes of the store.
    ///
    /// - Throws: ``ErrorCode/storage`` if there is no store, ``ErrorCode/closed``.
    public func storeLimits() async throws(MienError) -> StoreLimits {
        try await Work.beside.run { [core] in StoreLimits(try core.storeLimits()) }
    }

    /// Erases replaced and forgotten data (heads, settings) from the file of the store. The disk must have room for a
    /// copy of the file. Processing continues meanwhile.
    ///
    /// - Throws: ``ErrorCode/storage``, ``ErrorCode/closed``.
    public func eraseFreeSpace() async throws(MienError) {
        try await Work.beside.run { [core] in try core.eraseFreeSpace() }
    }

    /// Recovers the intact data of a damaged store, which ``create(_:models:store:)`` refuses with
    /// ``ErrorCode/profileCorrupt``; no engine may have it open. The damaged file is kept beside the store
    /// under another name, so that nothing is lost by trying. A sound store stays unchanged.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` if there is no store, ``ErrorCode/wrongKey``,
    ///   ``ErrorCode/profileVersion`` for an older layout, ``ErrorCode/storage`` if the folder is in
    ///   use or cannot be written.
    public static func salvage(_ store: StoreLocation) async throws(MienError) -> SalvageReport {
        try await Work.beside.run {
            Closings.wait()
            return try store.salvage()
        }
    }

    /// Encrypts the whole store again with another key; `nil` rewrites it without encryption.
    ///
    /// A ``KeyVault`` of the store keeps the new key. After `nil` the vault encrypts the store again when it is
    /// opened next, unless it is opened as ``StoreLocation/unencrypted(folder:limits:)``. Without a vault the
    /// application keeps the key.
    ///
    /// - Throws: ``ErrorCode/storage``, ``ErrorCode/closed``.
    public func changeStoreKey(_ key: StoreKey?) async throws(MienError) {
        try await keyChanges.run { [core, vault = store?.vault] in
            let encrypt = {
                if let key { try core.encryptStore(key: key.secretBytes) } else { try core.decryptStore() }
            }
            if let vault { try vault.change(to: key, encrypt) } else { try encrypt() }
        }
    }

    /// Returns the value that the application stored under `name`, or `nil`.
    ///
    /// - Throws: ``ErrorCode/storage``, ``ErrorCode/profileCorrupt``, ``ErrorCode/closed``.
    public func setting(_ name: String) async throws(MienError) -> Data? {
        try await Work.beside.run { [core] in try core.setting(name: name) }
    }

    /// Stores a value of the application, up to 64 KiB, under a name of up to 64 bytes; `nil` removes it.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` if the name or the value is too long,
    ///   ``ErrorCode/storage``, ``ErrorCode/closed``.
    public func setSetting(_ name: String, value: Data?) async throws(MienError) {
        try await Work.beside.run { [core] in try core.setSetting(name: name, value: value) }
    }

    /// Closes the engine and everything made from it, and returns at once: later calls throw
    /// ``ErrorCode/closed``, live sessions end, and so do their results. On another thread, running calls finish
    /// first, except an adaptation, which soon ends with ``ErrorCode/closed`` and keeps the old head; then users,
    /// heads, clips and enrollments leave the memory, and the store is free for another engine.
    /// ``create(_:models:store:)`` and ``salvage(_:)`` wait for that; ``awaitClosed()`` does for others. Closing again
    /// does nothing.
    public func close() {
        Closings.begin(core)
    }

    /// Waits until the store of an engine that was closed is free for another process. Returns at once if it is open.
    public func awaitClosed() async {
        if isClosed { await Closings.finished() }
    }

    /// Whether ``close()`` was called.
    public var isClosed: Bool {
        core.isShutDown()
    }

    /// The version of the library, as `major.minor.patch`.
    public static var libraryVersion: String {
        MienFFI.libraryVersion()
    }
}
