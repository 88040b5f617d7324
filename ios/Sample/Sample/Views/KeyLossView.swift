import Mien
import SwiftUI

/// Says that what was learned cannot be read any more, as on a new phone, and lets the person begin anew.
struct KeyLossView: View {
    @Environment(AppModel.self) private var app

    var body: some View {
        VStack(alignment: .leading, spacing: 16) {
            Text("The key is lost").font(.title)
            Text(
                """
                What this application learned is encrypted, and the phone does not have its key any more. You can begin \
                anew and enroll again, or import the files that you exported. The old data is set aside, not deleted.
                """)
            Spacer()
            Button("Begin anew") { Task { await app.start(.application(onKeyLoss: .startOver)) } }
                .buttonStyle(.borderedProminent)
                .frame(maxWidth: .infinity)
        }
        .padding()
    }
}
