import Mien
import SwiftUI
import UniformTypeIdentifiers

/// Users and the actions on their data.
struct SettingsView: View {
    @Environment(AppModel.self) private var app
    @State private var passphrase = ""
    @State private var exported: URL?
    @State private var isImporting = false

    var body: some View {
        NavigationStack {
            List {
                Section("Passphrase of files") { SecureField("Passphrase", text: $passphrase) }
                ForEach(app.users, id: \.name) { user in
                    Section(user.name) { actions(user) }
                }
                Section {
                    Button("Import a user") { isImporting = true }.disabled(passphrase.isEmpty)
                    if let exported { ShareLink("Share the exported file", item: exported) }
                    NavigationLink("Benchmark") { BenchmarkView() }
                }
            }
            .navigationTitle("Settings")
        }
        .fileImporter(isPresented: $isImporting, allowedContentTypes: [.data]) { picked in
            if case .success(let file) = picked { take(file) }
        }
        .task { await app.reload() }
    }

    @ViewBuilder
    private func actions(_ user: User) -> some View {
        Text("\(user.embeddings) pictures, \(user.activeGeneration.map { "head \($0)" } ?? "generic head")")
            .font(.caption)
        Button("Export") {
            run { settings in
                let folder = FileManager.default.temporaryDirectory
                exported = try await settings.export(user.name, passphrase: passphrase, to: folder)
            }
        }
        .disabled(passphrase.count < 8)
        Button("Undo the last learning") { run { try await $0.rollback(user.name) } }
            .disabled(user.activeGeneration == nil)
        Button("Forget the timeline") { run { try await $0.forgetTimeline(user.name) } }
        Button("Delete", role: .destructive) { run { try await $0.delete(user.name) } }
    }

    private func take(_ file: URL) {
        run { settings in
            let isScoped = file.startAccessingSecurityScopedResource()
            defer { if isScoped { file.stopAccessingSecurityScopedResource() } }
            _ = try await settings.import(file, passphrase: passphrase)
        }
    }

    private func run(_ job: @escaping @MainActor (SettingsModel) async throws -> Void) {
        guard let engine = app.engine else { return }
        Task {
            await app.attempt { try await job(SettingsModel(engine)) }
            await app.reload()
        }
    }
}
