import Accessibility
import SwiftUI

/// Asks for a name, then guides the user until enough different pictures are accepted.
struct EnrollmentView: View {
    @Environment(AppModel.self) private var app
    @Environment(Screens.self) private var screens
    @Environment(Camera.self) private var camera
    @Environment(\.accessibilityReduceMotion) private var isCalm

    var body: some View {
        @Bindable var enrollment = screens.enrollment
        CameraGate(place: .enrollment) {
            PictureAndControls {
                if enrollment.isRunning || enrollment.isDone {
                    guide(enrollment)
                } else {
                    if let failure = enrollment.failure { FailureView(failure: failure, retry: begin) }
                    TextField(say(.enrollName), text: $enrollment.name)
                        .textFieldStyle(.roundedBorder)
                        .textContentType(.name)
                        .submitLabel(.done)
                    if let objection = enrollment.objection(app.users) { Text(say(objection)).font(.callout) }
                    Button(say(.enrollBegin), action: begin)
                        .buttonStyle(.borderedProminent)
                        .disabled(!enrollment.mayBegin(app.users))
                }
            }
        }
        .navigationTitle(say(.pageEnroll))
        .navigationBarTitleDisplayMode(.inline)
        .onChange(of: enrollment.announcement) { announce() }
    }

    @ViewBuilder
    private func guide(_ enrollment: EnrollmentModel) -> some View {
        let target = enrollment.targetFrames
        let count = min(enrollment.count, target)
        ProgressView(value: Double(count), total: Double(target)) {
            Text(say(Phrase(.enrollProgress, .count(count), .count(target)))).font(.callout)
        }
        .animation(isCalm ? nil : .default, value: count)
        Text(say(enrollment.isDone ? Phrase(.enrollDone, .text(enrollment.name)) : enrollment.hint)).font(.headline)
        if enrollment.isDone {
            Button(say(.buttonDone)) { enrollment.finish() }.buttonStyle(.borderedProminent)
        } else {
            Button(say(.buttonStop)) { enrollment.stop() }.buttonStyle(.bordered)
        }
    }

    /// Tells VoiceOver.
    private func announce() {
        guard let phrase = screens.enrollment.announcement else { return }
        AccessibilityNotification.Announcement(say(phrase)).post()
    }

    private func begin() {
        guard let engine = app.engine else { return }
        screens.enrollment.begin(camera.frames(), in: engine) { await app.reload() }
    }
}

#if os(iOS)
#Preview { NavigationStack { EnrollmentView() }.sampled() }
#Preview("Name") { EnrollmentView().sampled(.sample(), Screens(enrollment: EnrollmentModel(name: "Anna"))) }
#endif
