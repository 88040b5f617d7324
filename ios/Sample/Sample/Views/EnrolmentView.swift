import SwiftUI

/// A name, then a guide until enough different pictures were seen.
struct EnrolmentView: View {
    @Environment(AppModel.self) private var app
    @Environment(Camera.self) private var camera
    @State private var name = ""
    @State private var enrolment: EnrolmentModel?
    @State private var work: Task<Void, Never>?

    var body: some View {
        VStack(spacing: 16) {
            CameraPreview(camera: camera).clipShape(RoundedRectangle(cornerRadius: 16))
            if let enrolment {
                guide(enrolment)
            } else {
                TextField("Name", text: $name).textFieldStyle(.roundedBorder)
                Button("Enrol", action: begin).buttonStyle(.borderedProminent).disabled(name.isEmpty)
            }
        }
        .padding()
        .needsCamera(.enrolment, camera)
        .onDisappear { work?.cancel() }
    }

    @ViewBuilder
    private func guide(_ enrolment: EnrolmentModel) -> some View {
        ProgressView(value: Double(min(enrolment.count, enrolment.wanted)), total: Double(enrolment.wanted))
        Text(enrolment.isDone ? "\(name) is enrolled." : enrolment.hint).font(.headline)
        Button(enrolment.isDone ? "Done" : "Stop", action: end)
    }

    private func begin() {
        guard let engine = app.engine else { return }
        let enrolment = EnrolmentModel()
        self.enrolment = enrolment
        work = Task {
            await app.attempt { try await enrolment.enroll(name, frames: camera.frames(), in: engine) }
            await app.reload()
            if !enrolment.isDone { self.enrolment = nil }
        }
    }

    private func end() {
        work?.cancel()
        (enrolment, name) = (nil, "")
    }
}
