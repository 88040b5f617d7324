/// Who needs the camera, which runs only while somebody does and the application is in front.
struct CameraDemand: Equatable {
    /// A view that shows or looks at the camera's picture.
    enum Place: Hashable, CaseIterable {
        case live, enrollment, teach, benchmark
    }

    private var places: Set<Place> = []
    /// Whether the application is in front.
    var isInFront = true

    /// Whether the camera is to run.
    var isWanted: Bool { isInFront && !places.isEmpty }

    mutating func enter(_ place: Place) { places.insert(place) }

    mutating func leave(_ place: Place) { places.remove(place) }
}
