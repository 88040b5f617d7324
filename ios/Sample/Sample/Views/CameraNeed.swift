import SwiftUI

extension View {
    /// The camera runs while this view is shown.
    func needsCamera(_ place: CameraDemand.Place, _ camera: Camera) -> some View {
        onAppear { Task { await camera.enter(place) } }
            .onDisappear { Task { await camera.leave(place) } }
    }
}
