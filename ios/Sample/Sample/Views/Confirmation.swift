import SwiftUI

extension View {
    /// Asks before something is deleted.
    @MainActor
    func confirms(_ confirmer: Confirmer) -> some View { modifier(Confirmation(confirmer: confirmer)) }
}

private struct Confirmation: ViewModifier {
    @Environment(AppModel.self) private var app
    let confirmer: Confirmer

    func body(content: Content) -> some View {
        content.confirmationDialog(
            confirmer.asked.map { say($0.deletion.title) } ?? "", isPresented: isAsking, titleVisibility: .visible,
            presenting: confirmer.asked
        ) { question in
            Button(say(.buttonDelete), role: .destructive) {
                Task {
                    await app.attempt { try await confirmer.confirm(question) }
                    await app.reload()
                }
            }
            Button(say(.buttonCancel), role: .cancel) { confirmer.cancel() }
        } message: { question in
            Text(say(question.deletion.message))
        }
    }

    private var isAsking: Binding<Bool> {
        Binding(get: { confirmer.asked != nil }, set: { if !$0 { confirmer.cancel() } })
    }
}
