import Mien
import SwiftUI

/// Explains that the stored data cannot be read, as on a new phone, and offers to start over.
struct KeyLossView: View {
    @Environment(AppModel.self) private var app

    var body: some View {
        VStack(alignment: .leading, spacing: 16) {
            Text("The key is lost").font(.title)
            Text(
                """
                The stored data is encrypted, and this phone lost its key. You can start over and enroll again, or \
                import exported files. The old data is set aside, not deleted.
                """)
            Spacer()
            Button("Start over") { Task { await app.start(.application(onKeyLoss: .startOver)) } }
                .buttonStyle(.borderedProminent)
                .frame(maxWidth: .infinity)
        }
        .padding()
    }
}
