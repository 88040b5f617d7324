public import Foundation
internal import MienFFI

/// A running enrollment. Nothing is stored before ``finish(now:)``.
public final class Enrollment: Sendable {
    private let core: MienFFI.Enrollment
    private let work = Work.inOrder("enrollment")

    init(_ core: MienFFI.Enrollment) {
        self.core = core
    }

    /// Adds a frame; it is accepted, or rejected with a reason.
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

    /// Like ``add(_:)``, for a picture file.
    ///
    /// - Throws: as in ``add(_:)``.
    public func add(picture: Data) async throws -> EnrollmentStep {
        try await work.run { [core] in
            EnrollmentStep(
                try PictureFile(picture).handed(to: core.addPicture, or: core.add(first:second:third:layout:)))
        }
    }

    /// The number of accepted frames so far.
    public var count: Int {
        Int(core.count())
    }

    /// Whether the target number of frames is accepted.
    public var isComplete: Bool {
        core.isComplete()
    }

    /// Enrolls the user, or adds the frames to the enrolled user. The enrollment ends, whatever the outcome.
    ///
    /// - Parameter now: the time that is stored with the user.
    /// - Returns: the number of accepted frames.
    /// - Throws: ``EmotionError/notEnoughSamples(_:)`` with the counted reasons, ``EmotionError/invalidOption(_:)``
    ///   if the name was taken meanwhile, ``EmotionError/storage(_:)``, ``EmotionError/closed(_:)``.
    @discardableResult
    public func finish(now: Date = Date()) async throws -> Int {
        try await work.run { [core] in Int(try core.finish(nowMs: now.milliseconds())) }
    }

    /// Ends the enrollment without enrolling anybody. Closing again does nothing.
    public func close() {
        core.cancel()
    }
}
