/// The demand for the camera, which runs only while a view needs it and the application is in the foreground.
struct CameraDemand: Equatable {
    /// A view that shows or analyzes the camera's picture.
    enum Place: Hashable, CaseIterable {
        case live, enrollment, teach, benchmark
    }

    private var places: Set<Place> = []
    /// Whether the application is in the foreground.
    var isInFront = true

    /// Whether the camera should run.
    var isWanted: Bool { isInFront && !places.isEmpty }

    mutating func enter(_ place: Place) { places.insert(place) }

    mutating func leave(_ place: Place) { places.remove(place) }
}
