import Mien
import SwiftUI
import UniformTypeIdentifiers

/// Users and the actions on their data.
struct SettingsView: View {
    @Environment(AppModel.self) private var app
    @Environment(Screens.self) private var screens
    @State private var passphrase = ""
    @State private var exported: URL?
    @State private var isImporting = false

    var body: some View {
        List {
            consent
            Section {
                SecureField(say(.settingsPassphrase), text: $passphrase)
                Button(say(.settingsImport)) { isImporting = true }.disabled(passphrase.isEmpty)
                if let exported { ShareLink(say(.settingsShare), item: exported) }
            } header: {
                Text(say(.settingsFiles))
            } footer: {
                Text(say(Phrase(.settingsPassphraseRule, .count(SettingsModel.minPassphrase))))
            }
            if app.users.isEmpty { Text(say(.pickerNobody)).foregroundStyle(.secondary) }
            ForEach(app.users, id: \.name) { user in
                Section(user.name) { actions(user) }
            }
            Section {
                NavigationLink(say(.settingsBenchmark)) { BenchmarkView() }
                Button(say(.settingsDeleteEverything), role: .destructive) {
                    screens.confirmer.ask(.everything) { try await app.deleteEverything() }
                }
            } footer: {
                Text(say(Phrase(.settingsVersion, .text(EmotionEngine.libraryVersion))))
            }
        }
        .navigationTitle(say(.pageSettings))
        .fileImporter(isPresented: $isImporting, allowedContentTypes: [.data]) { picked in
            if case .success(let file) = picked { take(file) }
        }
        .task { await app.reload() }
    }

    private var consent: some View {
        Section {
            Label(
                say(app.mayAnalyze ? .settingsConsentGiven : .settingsConsentDeclined),
                systemImage: app.mayAnalyze ? "checkmark.shield" : "hand.raised")
            Button(say(.buttonDecide)) { app.reconsider() }
        } header: {
            Text(say(.settingsConsent))
        }
    }

    @ViewBuilder
    private func actions(_ user: User) -> some View {
        VStack(alignment: .leading) {
            Text(say(user.pictures))
            Text(say(user.head))
        }
        .font(.caption)
        .accessibilityElement(children: .combine)
        Button(say(.settingsExport)) {
            run { settings in
                let folder = FileManager.default.temporaryDirectory
                exported = try await settings.export(user.name, passphrase: passphrase, to: folder)
            }
        }
        .disabled(passphrase.count < SettingsModel.minPassphrase)
        Button(say(.settingsRollback)) { run { try await $0.rollback(user.name) } }
            .disabled(user.activeGeneration == nil)
        Button(say(.settingsForgetTimeline), role: .destructive) {
            ask(.timeline(user.name)) { try await $0.forgetTimeline(user.name) }
        }
        Button(say(.settingsDelete), role: .destructive) {
            ask(.user(user.name)) { try await $0.delete(user.name) }
        }
    }

    private func take(_ file: URL) {
        run { settings in
            let isScoped = file.startAccessingSecurityScopedResource()
            defer { if isScoped { file.stopAccessingSecurityScopedResource() } }
            _ = try await settings.import(file, passphrase: passphrase)
        }
    }

    private func ask(_ deletion: Deletion, _ job: @escaping @MainActor (SettingsModel) async throws -> Void) {
        guard let engine = app.engine else { return }
        screens.confirmer.ask(deletion) { try await job(SettingsModel(engine)) }
    }

    private func run(_ job: @escaping @MainActor (SettingsModel) async throws -> Void) {
        guard let engine = app.engine else { return }
        Task {
            await app.attempt { try await job(SettingsModel(engine)) }
            await app.reload()
        }
    }
}

#if os(iOS)
#Preview { NavigationStack { SettingsView() }.sampled() }
#Preview("Declined") { NavigationStack { SettingsView() }.sampled(.sample(consent: .declined)) }
#endif
