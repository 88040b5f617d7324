public import Foundation
internal import MienFFI

/// Options of an engine; immutable after creation.
public struct EngineOptions: Sendable, Equatable {
    /// Options of the face detector.
    public var detector: DetectorOptions
    /// Limits that a usable face must keep.
    public var quality: QualityLimits
    /// How identity is decided. Default `nil`: the calibration of the store, or else of the model pack.
    public var calibration: Calibration?
    /// The file of the generic head, written by `mien train`. Default `nil`: the last layer of the expression
    /// network.
    public var genericHead: Data?
    /// Whether the networks of a face run in parallel, on one more thread while a frame is processed. If another core
    /// is free, the result comes earlier, for somewhat more energy. Default false.
    public var parallel: Bool
    /// The file of the generic head for speech, written by `mien train --stream speech`. Default `nil`: the voice counts
    /// only for users with a head of their own for speech.
    public var genericSpeechHead: Data?
    /// How face and voice are joined. Default: all weights 1.
    public var fusion: Fusion

    /// Creates options; each has a default.
    public init(
        detector: DetectorOptions = DetectorOptions(),
        quality: QualityLimits = QualityLimits(),
        calibration: Calibration? = nil,
        genericHead: Data? = nil,
        parallel: Bool = false,
        genericSpeechHead: Data? = nil,
        fusion: Fusion = Fusion()
    ) {
        self.detector = detector
        self.quality = quality
        self.calibration = calibration
        self.genericHead = genericHead
        self.parallel = parallel
        self.genericSpeechHead = genericSpeechHead
        self.fusion = fusion
    }
}

extension EngineOptions {
    func core() throws -> MienFFI.EngineOptions {
        MienFFI.EngineOptions(
            detector: try detector.core(),
            quality: quality.core,
            calibration: try calibration?.core(),
            genericHead: genericHead,
            genericSpeechHead: genericSpeechHead,
            parallel: parallel,
            fusion: fusion.core
        )
    }
}
