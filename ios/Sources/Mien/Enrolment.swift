public import Foundation
internal import MienFFI

/// An enrolment that is under way. Nothing is kept before ``finish(now:)``.
///
/// ```swift
/// let enrolment = try await engine.users.enroll("Anna")
/// while !enrolment.isComplete {
///     if case .rejected(_, let message) = try await enrolment.add(frame) { hint = message }
/// }
/// try await enrolment.finish()
/// ```
public final class Enrolment: Sendable {
    private let core: MienFFI.Enrolment
    private let work = Work.inOrder("enrolment")

    init(_ core: MienFFI.Enrolment) {
        self.core = core
    }

    /// Looks at a frame and takes it, or says why not.
    ///
    /// - Throws: ``EmotionError/invalidFrame(_:)``, ``EmotionError/cancelled(_:)``, ``EmotionError/closed(_:)``,
    ///   ``EmotionError/internal(_:)``.
    public func add(_ frame: Frame) async throws -> EnrolmentStep {
        try await work.run { [core] in
            try frame.borrowed { first, second, third, layout in
                EnrolmentStep(try core.add(first: first, second: second, third: third, layout: layout))
            }
        }
    }

    /// As ``add(_:)``, of the bytes of a picture file, as of ``EmotionEngine/process(picture:)``.
    ///
    /// - Throws: as ``add(_:)``.
    public func add(picture: Data) async throws -> EnrolmentStep {
        try await work.run { [core] in
            EnrolmentStep(
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

    /// Enrols the user, or adds to the user who was there. The enrolment is over then, whatever comes of it.
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

    /// Ends the enrolment; without ``finish(now:)`` nothing is kept. Again it does nothing.
    public func close() {
        core.cancel()
    }
}
