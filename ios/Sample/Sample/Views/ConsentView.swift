import SwiftUI

/// Explains what happens to faces before any is analyzed.
struct ConsentView: View {
    @Environment(AppModel.self) private var app

    var body: some View {
        VStack(alignment: .leading, spacing: 16) {
            Text("Your face stays on this phone").font(.title)
            Text(
                """
                This app analyzes faces from the camera, estimates the emotion that they show, and learns to \
                recognize the people you enroll. Pictures are not stored. Learned data is encrypted on this phone, \
                excluded from backups, and can be deleted or exported in Settings at any time. An estimate does not \
                tell what a person feels. Only enroll people who agree. If you switch your voice on, the microphone \
                is used likewise; sound is not stored.
                """)
            Spacer()
            Button("I agree") { Task { await app.agree() } }
                .buttonStyle(.borderedProminent)
                .frame(maxWidth: .infinity)
        }
        .padding()
    }
}
