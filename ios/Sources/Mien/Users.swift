public import Foundation
internal import MienFFI

/// Who is enrolled, their own heads, and how they are told apart.
///
/// All calls throw ``EmotionError/storage(_:)`` where the engine has no store or it cannot be read or written, and
/// ``EmotionError/closed(_:)`` after the engine was closed.
public struct Users: Sendable {
    private let core: Engine

    init(_ core: Engine) {
        self.core = core
    }

    /// All users, by name.
    public func list() async throws -> [User] {
        try await Work.beside.run { [core] in try core.users().map(User.init) }
    }

    /// The names of users who are not recognized because what is kept of them is damaged; ``delete(_:)`` takes them
    /// away.
    public func damaged() async throws -> [String] {
        try await Work.beside.run { [core] in try core.damagedUsers() }
    }

    /// The user of that name.
    ///
    /// - Throws: ``EmotionError/userNotFound(_:)``.
    public func get(_ name: String) async throws -> User {
        try await Work.beside.run { [core] in User(try core.user(name: name)) }
    }

    /// Begins to enroll a new user.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` for a bad or taken name or an option out of range.
    public func enroll(_ name: String, options: EnrollmentOptions = EnrollmentOptions()) async throws -> Enrollment {
        try await Work.beside.run { [core] in Enrollment(try core.enroll(name: name, options: options.core())) }
    }

    /// Begins to add frames to a user who is enrolled already.
    ///
    /// - Throws: ``EmotionError/userNotFound(_:)``; ``EmotionError/invalidOption(_:)`` where the user was enrolled
    ///   with another identity network or an option is out of range.
    public func enrollMore(_ name: String, options: EnrollmentOptions = EnrollmentOptions()) async throws -> Enrollment
    {
        try await Work.beside.run { [core] in Enrollment(try core.enrollMore(name: name, options: options.core())) }
    }

    /// Deletes a user with everything that is kept: embeddings, heads, timeline.
    ///
    /// - Throws: ``EmotionError/userNotFound(_:)``.
    public func delete(_ name: String) async throws {
        try await Work.beside.run { [core] in try core.deleteUser(name: name) }
    }

    /// Empty clips, to record what a user's head is to learn.
    ///
    /// - Throws: ``EmotionError/closed(_:)``.
    public func clips() throws -> Clips {
        try bridged { Clips(try core.footage()) }
    }

    /// Teaches the user a head from the clips that are done. It becomes a new generation, which answers
    /// from now on. The old head stays where anything fails, the task is cancelled, or the new one is no better.
    /// Clips that all show "neutral" make a neutral baseline.
    ///
    /// - Parameters:
    ///   - name: the user's name.
    ///   - clips: the clips.
    ///   - options: how it is learned.
    ///   - now: the time that is stored with the generation.
    ///   - onProgress: is told how far it has come, on a thread of its own.
    /// - Returns: what was learned, and whether it answers from now on.
    /// - Throws: ``EmotionError/userNotFound(_:)``; ``EmotionError/invalidOption(_:)`` for a label that the head has
    ///   not or an option out of range; ``EmotionError/notEnoughSamples(_:)``,
    ///   ``EmotionError/trainingDiverged(_:)``, ``EmotionError/cancelled(_:)``; ``EmotionError/closed(_:)`` also if the
    ///   engine that `clips` are of was closed.
    public func adapt(
        _ name: String,
        clips: Clips,
        options: AdaptOptions = AdaptOptions(),
        now: Date = Date(),
        onProgress: (@Sendable (AdaptProgress) -> Void)? = nil
    ) async throws -> AdaptReport {
        let cancel = Cancel()
        return try await withTaskCancellationHandler {
            try await Work.beside.run { [core] in
                AdaptReport(
                    try core.adapt(
                        name: name, footage: clips.core, options: options.core(), nowMs: now.milliseconds(),
                        cancel: cancel, progress: onProgress.map(Listener.init)))
            }
        } onCancel: {
            cancel.cancel()
        }
    }

    /// Lets another generation of the user's head answer. No generation is lost: rolling forward is possible by
    /// number.
    ///
    /// - Parameters:
    ///   - name: the user's name.
    ///   - generation: the generation's number, 0 for the generic head; `nil` for the one before.
    /// - Returns: the number of the one that answers now; `nil` for the generic head.
    /// - Throws: ``EmotionError/userNotFound(_:)``; ``EmotionError/invalidOption(_:)`` where there is no such
    ///   generation or nothing to roll back from.
    @discardableResult
    public func rollback(_ name: String, to generation: Int? = nil) async throws -> Int? {
        try await Work.beside.run { [core] in
            let number = try generation.map { try UInt32(checked: $0, "the generation") }
            return try core.rollback(name: name, to: number).map { Int($0) }
        }
    }

    /// Everything of a user as a file that only the passphrase opens: for another device, or for the user.
    ///
    /// - Parameters:
    ///   - name: the user's name.
    ///   - passphrase: 8 characters or more (Unicode scalars, after normalization to NFC); how a keyboard composes its
    ///     letters makes no difference. Deriving the file's key from it takes a moment, by intent.
    ///   - timeline: whether the timelines go with it.
    /// - Throws: ``EmotionError/userNotFound(_:)``, ``EmotionError/invalidOption(_:)`` for a shorter passphrase.
    public func export(_ name: String, passphrase: String, timeline: Bool = true) async throws -> Data {
        try await Work.beside.run { [core] in
            try core.exportUser(name: name, timeline: timeline, passphrase: passphrase)
        }
    }

    /// Adds the user in a file of ``export(_:passphrase:timeline:)``, as any device made it, Android ones too.
    ///
    /// - Returns: the user's name.
    /// - Throws: ``EmotionError/wrongKey(_:)`` where the passphrase is another; ``EmotionError/profileCorrupt(_:)`` or
    ///   ``EmotionError/profileVersion(_:)`` for the file; ``EmotionError/invalidOption(_:)`` where the name is taken
    ///   or the networks were others.
    @discardableResult
    public func `import`(_ file: Data, passphrase: String) async throws -> String {
        try await Work.beside.run { [core] in try core.importUser(file: file, passphrase: passphrase) }
    }

    /// Whether the face that a picture file is about resembles the user, where nobody else is in question; `nil` where
    /// it shows no face. The file is one of those of ``EmotionEngine/process(picture:)``.
    ///
    /// Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 % (LFW) and 0.52 %
    /// (KDEF) were taken for a user, by `mien eval identity --data DIR`.
    ///
    /// - Throws: ``EmotionError/userNotFound(_:)``, ``EmotionError/invalidFrame(_:)``.
    public func verify(_ name: String, picture: Data) async throws -> Likeness? {
        try await Work.beside.run { [core] in
            try PictureFile(picture).handed(
                to: { try core.verifyPicture(name: name, file: $0) },
                or: { try core.verify(name: name, first: $0, second: $1, third: $2, layout: $3) }
            ).map(Likeness.init)
        }
    }

    /// How identity is decided at present.
    public func calibration() async throws -> Calibration {
        try await Work.beside.run { [core] in Calibration(try core.calibration()) }
    }

    /// How identity is decided where nothing was measured.
    public var defaultCalibration: Calibration {
        Calibration(core.defaultCalibration())
    }

    /// Stores how identity is decided from now on, for the identity network in use.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` where it is out of range.
    public func calibrate(_ calibration: Calibration) async throws {
        try await Work.beside.run { [core] in try core.calibrate(calibration: calibration.core()) }
    }
}

/// How far an adaptation has come.
public struct AdaptProgress: Sendable, Equatable {
    /// Epochs that are done.
    public let epoch: Int
    /// All epochs.
    public let epochs: Int
    /// The mean loss of the last one.
    public let loss: Float
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
