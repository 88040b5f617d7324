import SwiftUI

/// Asks for a name, then guides the user until enough different pictures are accepted.
struct EnrollmentView: View {
    @Environment(AppModel.self) private var app
    @Environment(Camera.self) private var camera
    @State private var name = ""
    @State private var enrollment: EnrollmentModel?
    @State private var work: Task<Void, Never>?

    var body: some View {
        VStack(spacing: 16) {
            CameraPreview(camera: camera).clipShape(RoundedRectangle(cornerRadius: 16))
            if let enrollment {
                guide(enrollment)
            } else {
                TextField("Name", text: $name).textFieldStyle(.roundedBorder)
                Button("Enroll", action: begin).buttonStyle(.borderedProminent).disabled(name.isEmpty)
            }
        }
        .padding()
        .needsCamera(.enrollment, camera)
        .onDisappear { work?.cancel() }
    }

    @ViewBuilder
    private func guide(_ enrollment: EnrollmentModel) -> some View {
        let target = enrollment.targetFrames
        ProgressView(value: Double(min(enrollment.count, target)), total: Double(target))
        Text(enrollment.isDone ? "\(name) is enrolled." : enrollment.hint).font(.headline)
        Button(enrollment.isDone ? "Done" : "Stop", action: end)
    }

    private func begin() {
        guard let engine = app.engine else { return }
        let enrollment = EnrollmentModel()
        self.enrollment = enrollment
        work = Task {
            await app.attempt { try await enrollment.enroll(name, frames: camera.frames(), in: engine) }
            await app.reload()
            if !enrollment.isDone { self.enrollment = nil }
        }
    }

    private func end() {
        work?.cancel()
        (enrollment, name) = (nil, "")
    }
}
