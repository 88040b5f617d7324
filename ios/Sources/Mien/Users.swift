public import Foundation
internal import MienFFI

/// The enrolled users, their own heads and their identification.
///
/// All calls throw ``ErrorCode/storage`` if the engine has no store or it cannot be read or written, and
/// ``ErrorCode/closed`` after the engine was closed.
public struct Users: Sendable {
    private let core: Engine

    init(_ core: Engine) {
        self.core = core
    }

    /// Returns all users, by name.
    public func list() async throws(MienError) -> [User] {
        try await Work.beside.run { [core] in try core.users().map(User.init) }
    }

    /// Returns the names of users who are not recognized because their profiles are damaged. They can be deleted.
    public func damaged() async throws(MienError) -> [String] {
        try await Work.beside.run { [core] in try core.damagedUsers() }
    }

    /// Returns the user of this name.
    ///
    /// - Throws: ``ErrorCode/userNotFound``.
    public func get(_ name: String) async throws(MienError) -> User {
        try await Work.beside.run { [core] in User(try core.user(name: name)) }
    }

    /// Starts the enrollment of a new user from frames.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` for an invalid or taken name or an option out of range.
    public func enroll(_ name: String, options: EnrollmentOptions = EnrollmentOptions()) async throws(MienError)
        -> Enrollment
    {
        try await Work.beside.run { [core] in Enrollment(try core.enroll(name: name, options: options.core())) }
    }

    /// Starts an enrollment that adds frames to an enrolled user.
    ///
    /// - Throws: ``ErrorCode/userNotFound``; ``ErrorCode/invalidOption`` if the user was enrolled with
    ///   another identity network or an option is out of range.
    public func enrollMore(_ name: String, options: EnrollmentOptions = EnrollmentOptions()) async throws(MienError)
        -> Enrollment
    {
        try await Work.beside.run { [core] in Enrollment(try core.enrollMore(name: name, options: options.core())) }
    }

    /// Deletes a user with all data: embeddings, heads, timelines and recorded clips.
    ///
    /// - Throws: ``ErrorCode/userNotFound``.
    public func delete(_ name: String) async throws(MienError) {
        try await Work.beside.run { [core] in try core.deleteUser(name: name) }
    }

    /// Creates empty clips in memory, to record material for a user's head. They are gone with the process.
    ///
    /// - Throws: ``ErrorCode/closed``.
    public func clips() throws(MienError) -> Clips {
        try bridged { Clips(try core.footage()) }
    }

    /// Opens the clips of the user `name` in the store, to record material for the user's head: those that were recorded
    /// before and not removed are there again, also after the process was killed.
    ///
    /// Each clip is written, encrypted as the store is, when it ends. Clips stay until they are removed
    /// (``Clips/remove(_:)``, ``Clips/clear()``), also when they are learned: a later adaptation needs them again. They
    /// expire; call ``EmotionEngine/pruneTimelines(now:)`` once a day for users who are absent. Exports leave them out.
    /// Delete no user while the user's clips are open.
    ///
    /// - Parameters:
    ///   - name: the name of the user.
    ///   - keepDays: days after which a clip expires, 1 to 365; `nil`: as before, 30 at first.
    ///   - now: the time by which clips expire.
    /// - Throws: ``ErrorCode/userNotFound``; ``ErrorCode/invalidOption`` for days out of range;
    ///   ``ErrorCode/profileVersion`` if a newer version recorded them; ``ErrorCode/storage``, also without a
    ///   store; ``ErrorCode/closed``.
    public func clips(_ name: String, keepDays: Int? = nil, now: Date = Date()) async throws(MienError) -> Clips {
        try await Work.beside.run { [core] in
            let days = try keepDays.map { try UInt32(checked: $0, "keepDays") }
            return Clips(try core.recording(name: name, keepDays: days, nowMs: now.milliseconds("now")))
        }
    }

    /// Says that the heads of the user `name` are to be adapted to the clips in the store
    /// (``clips(_:keepDays:now:)``) when there is time: by ``adaptDue(options:isolation:onProgress:)``, in this process or another
    /// one.
    ///
    /// It is stored with the clips and deleted with the user; an adaptation to these clips takes it back, and so does
    /// `false`.
    ///
    /// - Throws: ``ErrorCode/userNotFound``, ``ErrorCode/storage``, ``ErrorCode/closed``.
    public func adaptLater(_ name: String, isDue: Bool = true) async throws(MienError) {
        try await Work.beside.run { [core] in try core.setAdaptationDue(name: name, due: isDue) }
    }

    /// The users whose heads are to be adapted (``adaptLater(_:isDue:)``), by name.
    ///
    /// - Throws: ``ErrorCode/storage``, ``ErrorCode/closed``.
    public func due() async throws(MienError) -> [String] {
        try await Work.beside.run { [core] in try core.adaptationsDue() }
    }

    /// Adapts the heads of all users of ``due()`` to their clips in the store, one after another, as
    /// ``adapt(_:clips:options:now:isolation:onProgress:)`` does.
    ///
    /// Users whose clips are too few or cannot be learned are due no longer and have no report. After an error or a
    /// cancellation the remaining users are still due: call it again.
    ///
    /// - Parameters:
    ///   - options: the options of the adaptations.
    ///   - isolation: the caller's actor.
    ///   - onProgress: called on the caller's actor with the user's number from 0, the number of users and the newest
    ///     progress: if it is slower than the work, it misses some.
    /// - Returns: the reports by name.
    /// - Throws: ``ErrorCode/invalidOption`` for an option out of range or clips of an emotion that the head does
    ///   not have, after which that user is due no longer; ``ErrorCode/cancelled``,
    ///   ``ErrorCode/storage``, ``ErrorCode/closed``.
    public func adaptDue(
        options: AdaptOptions = AdaptOptions(),
        isolation: isolated (any Actor)? = #isolation,
        onProgress: ((_ user: Int, _ users: Int, _ progress: AdaptProgress) -> Void)? = nil
    ) async throws(MienError) -> [String: Adapted] {
        var reports: [String: Adapted] = [:]
        let names = try await due()
        for (number, name) in names.enumerated() {
            do {
                reports[name] = try await adapt(name, clips: clips(name), options: options) {
                    onProgress?(number, names.count, $0)
                }
            } catch {
                switch error.code {
                case .notEnoughSamples, .trainingDiverged:
                    try await adaptLater(name, isDue: false)
                case .invalidOption:
                    // It would fail again and again, and nobody after it would be adapted.
                    try await adaptLater(name, isDue: false)
                    throw error
                case .userNotFound: break  // Deleted meanwhile.
                default: throw error
                }
            }
        }
        return reports
    }

    /// Adapts the heads of the user `name` with the finished clips: one for faces, and one for speech if clips have
    /// speech to learn (``ClipSummary/speech``). A new head becomes a new generation, which answers from now on. The old head stays if anything fails, the work is cancelled, or the new head is refused
    /// (``AdaptReport/refusal``). Clips of somebody else than the user are never learned, and clips that look like
    /// another emotion only after ``Clips/confirm(_:)`` (``AdaptReport/leftOut``). Clips of one emotion, or unlabeled
    /// ones, make a baseline, which needs a generic head that was trained with statistics.
    ///
    /// - Parameters:
    ///   - name: the name of the user.
    ///   - clips: the clips.
    ///   - options: the options of the adaptation.
    ///   - now: the time that is stored with the generation.
    ///   - isolation: the caller's actor.
    ///   - onProgress: called on the caller's actor with the newest progress: if it is slower than the work, it misses
    ///     some.
    /// - Returns: the reports.
    /// - Throws: ``ErrorCode/userNotFound``; ``ErrorCode/invalidOption`` for a label that the head does
    ///   not have, an option out of range or the clips of another user; ``ErrorCode/notEnoughSamples``,
    ///   ``ErrorCode/trainingDiverged``, ``ErrorCode/cancelled``, ``ErrorCode/storage``;
    ///   ``ErrorCode/closed``, also if the engine of the clips was closed.
    public func adapt(
        _ name: String,
        clips: Clips,
        options: AdaptOptions = AdaptOptions(),
        now: Date = Date(),
        isolation: isolated (any Actor)? = #isolation,
        onProgress: ((AdaptProgress) -> Void)? = nil
    ) async throws(MienError) -> Adapted {
        let cancel = Cancel()
        // Otherwise the work below could begin before the handler is called.
        if Task.isCancelled { cancel.cancel() }
        let (newest, told) = AsyncStream.makeStream(of: AdaptProgress.self, bufferingPolicy: .bufferingNewest(1))
        let work = Task { [core] () -> Result<Adapted, MienError> in
            defer { told.finish() }
            return await Work.beside.result {
                Adapted(
                    try core.adapt(
                        name: name, footage: clips.core, options: options.core(), nowMs: now.milliseconds("now"),
                        cancel: cancel, progress: Listener { told.yield($0) }))
            }
        }
        let adapted = await withTaskCancellationHandler {
            // A closure is on the caller's actor only if it captures it.
            _ = isolation
            for await progress in newest { onProgress?(progress) }
            return await work.value
        } onCancel: {
            cancel.cancel()
        }
        return try adapted.get()
    }

    /// Fits the head of a user in full to the corrections of all sessions.
    ///
    /// The new head becomes a generation, which answers from now on, if it is better on corrections that it did not
    /// learn (``CorrectionReport/isAccepted``). What is refused does not answer until the next correction; what is too
    /// little to judge goes on answering (``CorrectionReport/isPending``). Takes up to seconds; call it at the end of a
    /// session.
    ///
    /// - Parameters:
    ///   - name: the name of the user.
    ///   - now: the time that is stored with the generation.
    /// - Throws: ``ErrorCode/userNotFound``; ``ErrorCode/notEnoughSamples`` without corrections;
    ///   ``ErrorCode/storage``, ``ErrorCode/closed``.
    @discardableResult
    public func relearn(_ name: String, now: Date = Date()) async throws(MienError) -> CorrectionReport {
        try await Work.beside.run { [core] in
            CorrectionReport(try core.relearn(name: name, nowMs: now.milliseconds("now")))
        }
    }

    /// Takes back the newest correction in use of a user, whichever session made it.
    ///
    /// - Returns: its label; `nil` if there is none.
    /// - Throws: ``ErrorCode/userNotFound``; ``ErrorCode/invalidOption`` if the generation that learned it
    ///   cannot be left; ``ErrorCode/storage``, ``ErrorCode/closed``.
    @discardableResult
    public func undoCorrection(_ name: String) async throws(MienError) -> EmotionLabel? {
        try await Work.beside.run { [core] in try core.undoCorrection(name: name).map { EmotionLabel($0) } }
    }

    /// Activates another generation of the user's head for `modality`: the one numbered `generation` (0 is the generic
    /// head), by default the previous one. Generations are never lost, so a later one can be activated again by its number.
    /// What corrections taught the modality beyond its generations is forgotten.
    ///
    /// - Returns: the number of the active generation; `nil` for the generic head.
    /// - Throws: ``ErrorCode/userNotFound``; ``ErrorCode/invalidOption`` if there is no such generation
    ///   or no earlier one.
    @discardableResult
    public func rollback(
        _ name: String, to generation: Int? = nil, modality: Modality = .face
    ) async throws(MienError) -> Int? {
        try await Work.beside.run { [core] in
            let number = try generation.map { try UInt32(checked: $0, "the generation") }
            return try core.rollback(name: name, modality: modality.core, to: number).map { Int($0) }
        }
    }

    /// Returns what timelines the user has.
    ///
    /// - Throws: ``ErrorCode/userNotFound``, ``ErrorCode/storage``, ``ErrorCode/profileCorrupt``,
    ///   ``ErrorCode/closed``.
    public func timelines(of name: String) async throws(MienError) -> UserTimelines {
        try await Work.beside.run { [core] in UserTimelines(try core.timelines(name: name)) }
    }

    /// Returns the options of all timelines of the user.
    ///
    /// - Throws: as in ``timelines(of:)``.
    public func timelineOptions(of name: String) async throws(MienError) -> TimelineOptions {
        try await Work.beside.run { [core] in TimelineOptions(try core.timelineOptions(name: name)) }
    }

    /// Sets the options of all timelines of the user.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` if they are out of range, or if the offset changes while data by wall time
    ///   is stored; otherwise as in ``timelines(of:)``.
    public func setTimelineOptions(_ options: TimelineOptions, of name: String) async throws(MienError) {
        try await Work.beside.run { [core] in try core.setTimelineOptions(name: name, options: options.core()) }
    }

    /// Exports all data of a user, with or without timelines, as a file that only the passphrase opens, for another
    /// device.
    ///
    /// - Parameters:
    ///   - name: the name of the user.
    ///   - passphrase: 8 characters or more (Unicode code points after normalization to NFC, so that the way a
    ///     keyboard composes letters does not matter). Deriving the key of the file from it takes a moment on
    ///     purpose.
    ///   - timeline: whether the timelines are included.
    /// - Throws: ``ErrorCode/userNotFound``, ``ErrorCode/invalidOption`` for a shorter passphrase.
    public func export(_ name: String, passphrase: String, timeline: Bool = true) async throws(MienError) -> Data {
        try await Work.beside.run { [core] in
            try core.exportUser(name: name, timeline: timeline, passphrase: passphrase)
        }
    }

    /// Adds the user of an exported file, of this or another device, and returns the name.
    ///
    /// - Throws: ``ErrorCode/wrongKey`` for a wrong passphrase; ``ErrorCode/profileCorrupt`` or
    ///   ``ErrorCode/profileVersion`` for the file; ``ErrorCode/invalidOption`` if the name is taken or
    ///   the networks were others; ``ErrorCode/storage`` if the file is too large.
    @discardableResult
    public func `import`(_ file: Data, passphrase: String) async throws(MienError) -> String {
        try await Work.beside.run { [core] in try core.importUser(file: file, passphrase: passphrase) }
    }

    /// Compares the principal face of a picture file with the user `name` only; returns `nil` if the picture shows no
    /// face.
    ///
    /// Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW) and 0.52 %
    /// (KDEF) were taken for a user, by `mien eval identity --data DIR`.
    ///
    /// - Throws: ``ErrorCode/userNotFound``, ``ErrorCode/invalidFrame`` if the picture cannot be read,
    ///   ``ErrorCode/closed``.
    public func verify(_ name: String, picture: Data) async throws(MienError) -> Likeness? {
        try await Work.beside.run { [core] in
            try PictureFile(picture).handed(
                to: { try core.verifyPicture(name: name, file: $0) },
                or: { try core.verify(name: name, first: $0, second: $1, third: $2, layout: $3) }
            ).map(Likeness.init)
        }
    }

    /// The calibration in use.
    public func calibration() async throws(MienError) -> Calibration {
        try await Work.beside.run { [core] in Calibration(try core.calibration()) }
    }

    /// The default calibration of the identity network.
    public var defaultCalibration: Calibration {
        Calibration(core.defaultCalibration())
    }

    /// Stores the calibration to use from now on, for the identity network in use.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` if it is out of range.
    public func calibrate(_ calibration: Calibration) async throws(MienError) {
        try await Work.beside.run { [core] in try core.calibrate(calibration: calibration.core()) }
    }
}

/// How far an adaptation has come.
public struct AdaptProgress: Sendable, Hashable, Codable {
    /// Epochs that are done.
    public var epoch: Int
    /// All epochs.
    public var epochs: Int
    /// The mean loss of the last one.
    public var loss: Float

    /// Creates a value, for previews and tests.
    public init(epoch: Int, epochs: Int, loss: Float) {
        (self.epoch, self.epochs, self.loss) = (epoch, epochs, loss)
    }
}

private final class Listener: MienFFI.TrainingProgress {
    private let tell: @Sendable (AdaptProgress) -> Void

    init(_ tell: @escaping @Sendable (AdaptProgress) -> Void) {
        self.tell = tell
    }

    func at(epoch: UInt32, epochs: UInt32, loss: Float) {
        tell(AdaptProgress(epoch: Int(epoch), epochs: Int(epochs), loss: loss))
    }
}
