import Foundation
internal import MienFFI

/// Error rates of a calibration, measured on people who had no part in it; shares are 0 to 1.
public struct CalibrationFigures: Sendable, Equatable {
    /// Number of users enrolled at a time.
    public let users: Int
    /// Share of the pictures of enrolled people that got the name of another user.
    public let wrongUserRate: Float
    /// Share of the pictures of enrolled people that were not recognized.
    public let missedUserRate: Float
    /// Share of the pictures of other people that got the name of a user.
    public let unknownAcceptedRate: Float

    /// Creates a value.
    public init(users: Int, wrongUserRate: Float, missedUserRate: Float, unknownAcceptedRate: Float) {
        self.users = users
        self.wrongUserRate = wrongUserRate
        self.missedUserRate = missedUserRate
        self.unknownAcceptedRate = unknownAcceptedRate
    }
}

extension CalibrationFigures {
    init(_ core: MienFFI.Figures) {
        self.init(
            users: Int(core.users),
            wrongUserRate: core.wrongUserRate,
            missedUserRate: core.missedUserRate,
            unknownAcceptedRate: core.unknownAcceptedRate
        )
    }

    func core() throws -> MienFFI.Figures {
        MienFFI.Figures(
            users: try UInt32(checked: users, "users"),
            wrongUserRate: wrongUserRate,
            missedUserRate: missedUserRate,
            unknownAcceptedRate: unknownAcceptedRate
        )
    }
}

/// How embeddings are compared and when a similarity identifies a user.
public struct Calibration: Sendable, Equatable {
    /// Vector that is subtracted from each embedding before it is compared; empty for none.
    public let center: [Float]
    /// Minimum similarity that identifies the only user of a gallery, -1 to 1.
    public let threshold: Float
    /// Rise of the threshold for each factor e in the number of users, 0 to 1.
    public let rise: Float
    /// Minimum lead of the most similar user over the second, 0 to 2.
    public let margin: Float
    /// SHA-256 of the identity network that it was measured with; empty for any.
    public let network: String
    /// How it was measured, for people.
    public let evidence: String
    /// Measured error rates; `nil` if they were not measured.
    public let figures: CalibrationFigures?

    /// Creates a value.
    public init(
        center: [Float], threshold: Float, rise: Float, margin: Float, network: String, evidence: String,
        figures: CalibrationFigures?
    ) {
        self.center = center
        self.threshold = threshold
        self.rise = rise
        self.margin = margin
        self.network = network
        self.evidence = evidence
        self.figures = figures
    }
}

extension Calibration {
    init(_ core: MienFFI.Calibration) {
        self.init(
            center: Floats.read(core.center),
            threshold: core.threshold,
            rise: core.rise,
            margin: core.margin,
            network: core.network,
            evidence: core.evidence,
            figures: core.figures.map(CalibrationFigures.init)
        )
    }

    func core() throws -> MienFFI.Calibration {
        MienFFI.Calibration(
            center: Floats.bytes(center),
            threshold: threshold,
            rise: rise,
            margin: margin,
            network: network,
            evidence: evidence,
            figures: try figures.map { try $0.core() }
        )
    }
}

/// Lists of numbers as the bridge expects them: four bytes each, little-endian.
private enum Floats {
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
