import SwiftUI
import UIKit

/// A text in place of something that is not there, with a button for what the person can do.
struct NoticeView: View {
    @Environment(AppModel.self) private var app
    @Environment(\.openURL) private var openURL
    let notice: Notice
    var retry: @MainActor () -> Void = {}

    var body: some View {
        VStack(spacing: 12) {
            Text(say(notice.phrase)).multilineTextAlignment(.center)
            if let action = notice.action {
                Button(title(action)) { perform(action) }.buttonStyle(.borderedProminent)
            }
        }
        .padding()
        .frame(maxWidth: 480)
        .accessibilityElement(children: .contain)
    }

    private func title(_ action: Notice.Action) -> String {
        switch action {
        case .openSettings: say(.buttonOpenSettings)
        case .retry: say(.buttonRetry)
        case .decide: say(.buttonDecide)
        }
    }

    private func perform(_ action: Notice.Action) {
        switch action {
        case .openSettings:
            if let settings = URL(string: UIApplication.openSettingsURLString) { openURL(settings) }
        case .retry: retry()
        case .decide: app.reconsider()
        }
    }
}

/// An error with a button that tries again.
struct FailureView: View {
    let failure: Failure
    let retry: @MainActor () -> Void

    var body: some View {
        VStack(spacing: 12) {
            Label(say(failure.phrase), systemImage: "exclamationmark.triangle")
            if let details = failure.details {
                Text(details).font(.caption).foregroundStyle(.secondary).textSelection(.enabled)
            }
            Button(say(.buttonRetry), action: retry).buttonStyle(.borderedProminent)
        }
        .multilineTextAlignment(.center)
        .padding()
    }
}

extension Failure {
    /// The text and its details, for an alert.
    var words: String { [say(phrase), details].compactMap { $0 }.joined(separator: "\n\n") }
}

#if os(iOS)
#Preview("Settings") { NoticeView(notice: Notice(Phrase(.cameraDenied), .openSettings)).sampled() }
#Preview("Failure") { FailureView(failure: Failure(Phrase(.failureStorage), details: "disk full")) {} }
#endif
