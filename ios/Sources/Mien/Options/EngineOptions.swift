public import Foundation
internal import MienFFI

/// Options of an engine; immutable once it is made.
public struct EngineOptions: Sendable {
    /// The networks; `nil` for those of the package. Default `nil`.
    public var models: ModelPack?
    /// Where users are kept. Default ``StoreLocation/application``.
    public var store: StoreLocation
    /// The key that the store is encrypted with; `nil` for a store that is not. Default `nil`.
    public var storeKey: StoreKey?
    /// How much the store may hold. Default: its defaults.
    public var storeLimits: StoreLimits
    /// How faces are found. Default: its defaults.
    public var detector: DetectorOptions
    /// What a usable face keeps to. Default: its defaults.
    public var quality: QualityLimits
    /// How identity is decided; `nil`: the store's calibration, or else the models'. Default `nil`.
    public var calibration: Calibration?
    /// The generic head's file, as `mien train` writes it; `nil`: the expression network's own last layer answers
    /// for everybody. Default `nil`.
    public var genericHead: Data?

    /// Options, each with its default unless it is given.
    public init(
        models: ModelPack? = nil,
        store: StoreLocation = .application,
        storeKey: StoreKey? = nil,
        storeLimits: StoreLimits = StoreLimits(),
        detector: DetectorOptions = DetectorOptions(),
        quality: QualityLimits = QualityLimits(),
        calibration: Calibration? = nil,
        genericHead: Data? = nil
    ) {
        self.models = models
        self.store = store
        self.storeKey = storeKey
        self.storeLimits = storeLimits
        self.detector = detector
        self.quality = quality
        self.calibration = calibration
        self.genericHead = genericHead
    }
}

extension EngineOptions {
    /// The engine that these options describe.
    func engine() throws -> Engine {
        let pack = try (models ?? ModelPack.bundled()).core
        let options = MienFFI.EngineOptions(
            detector: try detector.core(),
            quality: quality.core,
            calibration: try calibration?.core(),
            genericHead: genericHead
        )
        guard let folder = try store.prepared() else {
            if storeKey != nil { throw EmotionError.invalidOption("a key was given, but no store") }
            return try Engine.withoutStore(pack: pack, options: options)
        }
        let limits = try storeLimits.core()
        guard let storeKey else {
            return try Engine.withStore(pack: pack, options: options, folder: folder.path, limits: limits)
        }
        return try Engine.withEncryptedStore(
            pack: pack, options: options, folder: folder.path, key: storeKey.bytes, limits: limits)
    }
}
