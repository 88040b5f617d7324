internal import MienFFI

/// How faces are found.
public struct DetectorOptions: Sendable, Equatable {
    /// Side of the square that the frame is fitted into, pixels: a multiple of 32, 96 to 1280. Smaller is
    /// faster and misses small faces (below about 10 pixels there). Default 320.
    public var size: Int
    /// Faces below this score are dropped, 0 to 1. Default 0.6.
    public var score: Float
    /// Of two boxes that overlap by more than this intersection over union, the one with the lower score is
    /// dropped, 0 to 1. Default 0.3.
    public var overlap: Float
    /// At most so many faces, those with the best scores, 1 to 1000. Default 20.
    public var maxFaces: Int

    /// Options, each with its default unless it is given.
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
