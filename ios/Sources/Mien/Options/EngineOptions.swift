public import Foundation
internal import MienFFI

/// Options of an engine; immutable once it is made.
public struct EngineOptions: Sendable, Equatable {
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
        detector: DetectorOptions = DetectorOptions(),
        quality: QualityLimits = QualityLimits(),
        calibration: Calibration? = nil,
        genericHead: Data? = nil
    ) {
        self.detector = detector
        self.quality = quality
        self.calibration = calibration
        self.genericHead = genericHead
    }
}

extension EngineOptions {
    func core() throws -> MienFFI.EngineOptions {
        MienFFI.EngineOptions(
            detector: try detector.core(),
            quality: quality.core,
            calibration: try calibration?.core(),
            genericHead: genericHead
        )
    }
}
