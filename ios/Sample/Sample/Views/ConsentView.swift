import SwiftUI

/// Explains what happens to faces before any is analyzed. A "no" leaves everything that needs no camera.
struct ConsentView: View {
    @Environment(AppModel.self) private var app

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                Text(say(.consentTitle)).font(.title).accessibilityAddTraits(.isHeader)
                Text(say(.consentWhat))
                Text(say(.consentData))
                Text(say(.consentEstimate))
                Text(say(.consentVoice))
                Text(say(.consentNo)).foregroundStyle(.secondary)
            }
            .padding()
            .frame(maxWidth: 640)
            .frame(maxWidth: .infinity)
        }
        .safeAreaInset(edge: .bottom) {
            VStack(spacing: 8) {
                button(.consentAgree, true).buttonStyle(.borderedProminent)
                button(.consentDecline, false).buttonStyle(.bordered)
            }
            .padding()
            .frame(maxWidth: 640)
            .frame(maxWidth: .infinity)
            .background(.bar)
        }
    }

    private func button(_ title: Phrase.Key, _ agrees: Bool) -> some View {
        Button {
            Task { await app.decide(agrees) }
        } label: {
            Text(say(title)).frame(maxWidth: .infinity)
        }
    }
}

#if os(iOS)
#Preview { ConsentView().sampled() }
#Preview("Landscape", traits: .landscapeLeft) { ConsentView().sampled() }
#endif
