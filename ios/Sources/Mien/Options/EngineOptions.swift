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
    /// Whether a face's networks run beside each other, on a thread more for the time of the frame: where another core
    /// is free the same answer comes earlier, for somewhat more energy. Default `false`: one after the other.
    public var parallel: Bool

    /// Options, each with its default unless it is given.
    public init(
        detector: DetectorOptions = DetectorOptions(),
        quality: QualityLimits = QualityLimits(),
        calibration: Calibration? = nil,
        genericHead: Data? = nil,
        parallel: Bool = false
    ) {
        self.detector = detector
        self.quality = quality
        self.calibration = calibration
        self.genericHead = genericHead
        self.parallel = parallel
    }
}

extension EngineOptions {
    func core() throws -> MienFFI.EngineOptions {
        MienFFI.EngineOptions(
            detector: try detector.core(),
            quality: quality.core,
            calibration: try calibration?.core(),
            genericHead: genericHead,
            parallel: parallel
        )
    }
}
