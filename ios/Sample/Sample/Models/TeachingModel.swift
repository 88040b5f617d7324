import Mien
import Observation

/// Teaching as a whole: whose clips are shown, and the one thing that is being done to them. Learning goes on when the
/// view goes; a recording does not, because the camera stops.
@MainActor
@Observable
final class TeachingModel {
    /// The clips of the chosen user; `nil` if nobody is chosen.
    private(set) var teach: TeachModel?
    /// Why the clips cannot be opened.
    private(set) var failure: Failure?
    /// The label of the clip that is being recorded.
    private(set) var recording: EmotionLabel?
    /// Whether something is being done to the clips.
    private(set) var isBusy = false

    @ObservationIgnored private var work: Task<Void, Never>?

    /// Opens the clips of a user, unless they are open. An empty name closes them.
    func prepare(_ user: String, in engine: EmotionEngine) async {
        failure = nil
        if teach?.user == user { return }
        teach = nil
        guard !user.isEmpty else { return }
        do {
            teach = try await TeachModel(engine, user: user)
        } catch {
            failure = Failure(error)
        }
    }

    /// Closes the clips of a user who was deleted.
    func forget(except users: [User]) {
        if let teach, !users.contains(where: { $0.name == teach.user }) { self.teach = nil }
    }

    func record(
        _ label: EmotionLabel, frames: AsyncStream<CameraFrame>, hearing sound: AsyncStream<SoundChunk>?,
        with app: AppModel
    ) {
        guard let teach, !isBusy else { return }
        recording = label
        run(with: app) { try await teach.record(label, frames: frames, hearing: sound) }
    }

    func learn(with app: AppModel) {
        guard let teach, !isBusy else { return }
        run(with: app) {
            try await teach.learn()
            await app.reload()
        }
    }

    /// Ends the learning, also in the background.
    func stop(with app: AppModel) async {
        work?.cancel()
        await work?.value
        await app.attempt { try await teach?.stop() }
    }

    /// Ends a recording because the camera stops; the clip keeps its frames so far.
    func leave() {
        if recording != nil { work?.cancel() }
    }

    /// Runs a change of the clips.
    func run(with app: AppModel, _ job: @escaping @MainActor () async throws -> Void) {
        guard !isBusy else { return }
        isBusy = true
        work = Task {
            await app.attempt(job)
            (isBusy, recording, work) = (false, nil, nil)
        }
    }

    /// Waits until nothing is being done.
    func finished() async { await work?.value }
}
