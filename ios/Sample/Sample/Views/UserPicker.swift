import Mien
import SwiftUI

/// Chooses the user whose data a page shows.
struct UserPicker: View {
    @Environment(AppModel.self) private var app
    @Environment(Screens.self) private var screens

    var body: some View {
        if app.users.isEmpty {
            Text(say(.pickerNobody)).foregroundStyle(.secondary)
        } else {
            Picker(say(.pickerUser), selection: Binding(get: { screens.user }, set: { screens.choose($0) })) {
                ForEach(app.users, id: \.name) { Text($0.name).tag($0.name) }
            }
            .disabled(screens.teaching.isBusy)
        }
    }
}

#if os(iOS)
#Preview { UserPicker().sampled() }
#endif
