import SwiftUI

/// The pages: tabs in a narrow window, a sidebar in a wide one.
struct HomeView: View {
    @Environment(\.horizontalSizeClass) private var width
    @SceneStorage("page") private var page = Page.live

    var body: some View {
        if width == .regular { sidebar } else { tabs }
    }

    private var tabs: some View {
        TabView(selection: $page) {
            ForEach(Page.allCases) { page in
                NavigationStack { PageView(page: page) }
                    .tabItem { Label(say(page.title), systemImage: page.symbol) }
                    .tag(page)
            }
        }
    }

    private var sidebar: some View {
        NavigationSplitView {
            List(Page.allCases, selection: chosen) { page in
                NavigationLink(value: page) { Label(say(page.title), systemImage: page.symbol) }
            }
            .navigationTitle(say(.appName))
        } detail: {
            // What another page has pushed does not stay.
            NavigationStack { PageView(page: page) }.id(page)
        }
    }

    private var chosen: Binding<Page?> {
        Binding(get: { page }, set: { page = $0 ?? page })
    }
}

/// One page.
struct PageView: View {
    let page: Page

    var body: some View {
        switch page {
        case .live: LiveView()
        case .enroll: EnrollmentView()
        case .teach: TeachView()
        case .timeline: DayView()
        case .settings: SettingsView()
        }
    }
}

#if os(iOS)
#Preview { HomeView().sampled() }
#Preview("Landscape", traits: .landscapeLeft) { HomeView().sampled() }
#endif
