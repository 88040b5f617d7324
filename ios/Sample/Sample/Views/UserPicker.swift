import Mien
import SwiftUI

/// Chooses an enrolled user by name.
struct UserPicker: View {
    @Environment(AppModel.self) private var app
    @Binding var user: String

    var body: some View {
        if app.users.isEmpty {
            Text("Nobody is enrolled yet.").foregroundStyle(.secondary)
        } else {
            Picker("User", selection: $user) {
                ForEach(app.users, id: \.name) { Text($0.name).tag($0.name) }
            }
            .onAppear { if user.isEmpty { user = app.users[0].name } }
        }
    }
}
