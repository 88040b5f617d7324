internal import MienFFI

/// Options of the face detector.
public struct DetectorOptions: Sendable, Equatable {
    /// Side of the square that the frame is fitted into, pixels: a multiple of 32, 96 to 1280. Smaller is faster and
    /// misses small faces (below about 10 pixels there). Default 320.
    public var size: Int
    /// Minimum detection score of a face, 0 to 1. Default 0.6.
    public var score: Float
    /// Maximum intersection over union of two boxes, 0 to 1; above it the box with the lower score is dropped.
    /// Default 0.3.
    public var overlap: Float
    /// Maximum number of faces, those with the best scores, 1 to 1000. Default 20.
    public var maxFaces: Int

    /// Creates options; each has a default.
    public init(
        size: Int = 320,
        score: Float = 0.6,
        overlap: Float = 0.3,
        maxFaces: Int = 20
    ) {
        self.size = size
        self.score = score
        self.overlap = overlap
        self.maxFaces = maxFaces
    }
}

extension DetectorOptions {
    init(_ core: MienFFI.DetectorOptions) {
        self.init(
            size: Int(core.size),
            score: core.score,
            overlap: core.overlap,
            maxFaces: Int(core.maxFaces)
        )
    }

    func core() throws -> MienFFI.DetectorOptions {
        MienFFI.DetectorOptions(
            size: try UInt32(checked: size, "size"),
            score: score,
            overlap: overlap,
            maxFaces: try UInt32(checked: maxFaces, "maxFaces")
        )
    }
}
