import SwiftUI

/// Says what happens to faces, before any is looked at.
struct ConsentView: View {
    @Environment(AppModel.self) private var app

    var body: some View {
        VStack(alignment: .leading, spacing: 16) {
            Text("Your face stays on this phone").font(.title)
            Text(
                """
                This application looks at faces with the camera, estimates what they show, and learns to recognize the \
                people whom you enroll. Pictures are not kept. What is learned is stored encrypted on this phone, has no \
                part in backups, and can be deleted or taken along under Settings at any time. An estimate is no \
                statement about what somebody feels. Enroll only people who agree.
                """)
            Spacer()
            Button("I agree") { Task { await app.agree() } }
                .buttonStyle(.borderedProminent)
                .frame(maxWidth: .infinity)
        }
        .padding()
    }
}
