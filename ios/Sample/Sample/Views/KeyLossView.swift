import Mien
import SwiftUI

/// Explains that the stored data cannot be read, as on a new phone, and offers to start over.
struct KeyLossView: View {
    @Environment(AppModel.self) private var app

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                Text(say(.keyLossTitle)).font(.title).accessibilityAddTraits(.isHeader)
                Text(say(.keyLossText))
                Button(say(.keyLossStartOver)) { Task { await app.start(.application(onKeyLoss: .startOver)) } }
                    .buttonStyle(.borderedProminent)
                Button(say(.buttonRetry)) { Task { await app.retry() } }.buttonStyle(.bordered)
            }
            .padding()
            .frame(maxWidth: 640)
            .frame(maxWidth: .infinity)
        }
    }
}

#if os(iOS)
#Preview { KeyLossView().sampled(.sample(stage: .keyLost)) }
#endif
