import Foundation
internal import MienFFI

// What the types of the folder Contract do besides holding values.

extension Affect {
    /// Creates the valence and arousal that labels with these probabilities project to; `nil` if labels without a
    /// position have more than a tenth of the probability.
    public init?(_ probabilities: [LabelProbability]) {
        guard let core = affectOf(probabilities: probabilities.map(\.core)) else { return nil }
        self.init(core)
    }
}

extension Emotion {
    /// The probability of the label, 0 to 1.
    public var confidence: Float {
        probabilities.map(\.probability).max() ?? 0
    }
}

extension FitOptions {
    /// Returns the default options of a fit for this kind of head.
    public init(_ head: HeadKind) {
        self.init(MienFFI.defaultFitOptions(head: head.core))
    }
}

extension FrameResult {
    /// The principal face: large and near the middle.
    public var principal: FaceResult? {
        faces.first { $0.isPrincipal }
    }
}

extension StreamEvent {
    /// The number of the track.
    public var track: Int {
        switch self {
        case .began(let track), .lost(let track), .ended(let track), .identityLost(let track): track
        case .identitySettled(let track, _): track
        case .emotionChanged(let track, _, _, _, _): track
        }
    }
}

extension TimelineEvent {
    /// Valence and arousal, projected from the probabilities: see ``Emotion/affect``.
    public var affect: Affect? { Affect(probabilities) }
}

extension TrackedFace {
    /// The number of the track.
    public var id: Int { track }
}

extension User {
    /// The name.
    public var id: String { name }
}

extension Generation {
    /// The number.
    public var id: Int { number }
}

extension ClipSummary {
    /// The name.
    public var id: String { name }
}

/// Lists of numbers as the bridge expects them: four bytes each, little-endian.
enum Floats {
    static func read(_ bytes: Data) -> [Float] {
        let bytes = [UInt8](bytes)
        return stride(from: 0, to: bytes.count - 3, by: 4).map { start in
            let bits = bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return Float(bitPattern: bits)
        }
    }

    static func bytes(_ values: [Float]) -> Data {
        var bytes = Data(capacity: 4 * values.count)
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
