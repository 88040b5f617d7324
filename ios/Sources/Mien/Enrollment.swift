public import Foundation
internal import MienFFI

/// An enrollment that is under way. Nothing is kept before ``finish(now:)``.
///
/// ```swift
/// let enrollment = try await engine.users.enroll("Anna")
/// while !enrollment.isComplete {
///     if case .rejected(_, let message) = try await enrollment.add(frame) { hint = message }
/// }
/// try await enrollment.finish()
/// ```
public final class Enrollment: Sendable {
    private let core: MienFFI.Enrollment
    private let work = Work.inOrder("enrollment")

    init(_ core: MienFFI.Enrollment) {
        self.core = core
    }

    /// Looks at a frame and takes it, or says why not.
    ///
    /// - Throws: ``EmotionError/invalidFrame(_:)``, ``EmotionError/cancelled(_:)``, ``EmotionError/closed(_:)``,
    ///   ``EmotionError/internal(_:)``.
    public func add(_ frame: Frame) async throws -> EnrollmentStep {
        try await work.run { [core] in
            try frame.borrowed { first, second, third, layout in
                EnrollmentStep(try core.add(first: first, second: second, third: third, layout: layout))
            }
        }
    }

    /// As ``add(_:)``, of the bytes of a picture file, as of ``EmotionEngine/process(picture:)``.
    ///
    /// - Throws: as ``add(_:)``.
    public func add(picture: Data) async throws -> EnrollmentStep {
        try await work.run { [core] in
            EnrollmentStep(
                try PictureFile(picture).handed(to: core.addPicture, or: core.add(first:second:third:layout:)))
        }
    }

    /// Frames that count so far; 0 after the end.
    public var count: Int {
        Int(core.count())
    }

    /// Whether so many frames count as are wanted.
    public var isComplete: Bool {
        core.isComplete()
    }

    /// Enrolls the user, or adds to the user who was there. The enrollment is over then, whatever comes of it.
    ///
    /// - Parameter now: the time that is stored with the user.
    /// - Returns: the number of frames that counted.
    /// - Throws: ``EmotionError/notEnoughSamples(_:)`` with the reasons counted, ``EmotionError/invalidOption(_:)``
    ///   where the name was taken meanwhile, ``EmotionError/storage(_:)``, ``EmotionError/cancelled(_:)``,
    ///   ``EmotionError/closed(_:)``.
    @discardableResult
    public func finish(now: Date = Date()) async throws -> Int {
        try await work.run { [core] in Int(try core.finish(nowMs: now.milliseconds())) }
    }

    /// Ends the enrollment; without ``finish(now:)`` nothing is kept. Again it does nothing.
    public func close() {
        core.cancel()
    }
}
