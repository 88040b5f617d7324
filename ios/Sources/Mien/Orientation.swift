/// How a buffer must be turned to be upright: clockwise first, then flipped left to right.
struct Turn: Equatable {
    let degrees: Int
    let mirror: Bool

    /// The turn for an orientation by its number in EXIF, 1 to 8, as `CGImagePropertyOrientation` has them too.
    init(exif orientation: UInt32) {
        let turns = [
            (0, false), (0, true), (180, false), (180, true), (90, true), (90, false), (270, true), (270, false),
        ]
        let index = Int(orientation) - 1
        (degrees, mirror) = turns.indices.contains(index) ? turns[index] : turns[0]
    }
}
