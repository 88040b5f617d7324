import Mien
import Observation

/// The pages of the application.
enum Page: String, CaseIterable, Hashable, Identifiable {
    case live, enroll, teach, timeline, settings

    /// The page itself, which a list selects by.
    var id: Page { self }

    var title: Phrase {
        switch self {
        case .live: Phrase(.pageLive)
        case .enroll: Phrase(.pageEnroll)
        case .teach: Phrase(.pageTeach)
        case .timeline: Phrase(.pageTimeline)
        case .settings: Phrase(.pageSettings)
        }
    }

    /// The name of a system symbol.
    var symbol: String {
        switch self {
        case .live: "video"
        case .enroll: "person.badge.plus"
        case .teach: "graduationcap"
        case .timeline: "chart.bar"
        case .settings: "gear"
        }
    }
}

/// The models of all pages. The application holds them, so that they outlive their views: a rotation, another page and a
/// window that becomes narrower change nothing in them.
@MainActor
@Observable
final class Screens {
    let live: LiveModel
    let enrollment: EnrollmentModel
    let teaching: TeachingModel
    let timeline: TimelineModel
    let benchmark: BenchmarkModel
    let confirmer = Confirmer()
    /// The user whose clips and timeline are shown; empty: nobody.
    private(set) var user = ""

    init(
        live: LiveModel = LiveModel(), enrollment: EnrollmentModel = EnrollmentModel(),
        teaching: TeachingModel = TeachingModel(), timeline: TimelineModel = TimelineModel(),
        benchmark: BenchmarkModel = BenchmarkModel()
    ) {
        (self.live, self.enrollment, self.teaching) = (live, enrollment, teaching)
        (self.timeline, self.benchmark) = (timeline, benchmark)
    }

    func choose(_ user: String) { self.user = user }

    /// Chooses the first user if the chosen one does not exist.
    func choose(among users: [User]) {
        teaching.forget(except: users)
        if !users.contains(where: { $0.name == user }) { user = users.first?.name ?? "" }
    }
}
