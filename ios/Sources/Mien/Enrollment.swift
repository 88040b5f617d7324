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
    /// - Throws: ``ErrorCode/invalidFrame``, ``ErrorCode/cancelled``, ``ErrorCode/closed``,
    ///   ``ErrorCode/internal``.
    public func add(_ frame: Frame) async throws(MienError) -> EnrollmentStep {
        try await work.run { [core] in try core.added(frame) }
    }

    /// Like ``add(_:)``, on the caller's thread: for the queue of a camera.
    public func addBlocking(_ frame: Frame) throws(MienError) -> EnrollmentStep {
        try bridged { try core.added(frame) }
    }

    /// Like ``add(_:)``, for a picture file.
    ///
    /// - Throws: as in ``add(_:)``.
    public func add(picture: Data) async throws(MienError) -> EnrollmentStep {
        try await work.run { [core] in try core.added(picture: picture) }
    }

    /// Like ``add(picture:)``, on the caller's thread.
    public func addBlocking(picture: Data) throws(MienError) -> EnrollmentStep {
        try bridged { try core.added(picture: picture) }
    }

    /// The number of accepted frames so far. This and the other questions do not wait for a frame being analyzed.
    public var count: Int {
        Int(core.count())
    }

    /// Whether the target number of frames is accepted.
    public var isComplete: Bool {
        core.isComplete()
    }

    /// Returns the usable frames by the person they show, as numbers of the added frames from 0. The first group is
    /// enrolled: the user's frames, or for a new user the largest group.
    public func people() -> [[Int]] {
        core.people().map { $0.frames.map { Int($0) } }
    }

    /// Whether the frames of a new user show several people, so that ``finish(now:)`` refuses them.
    public var isMixture: Bool {
        core.isMixture()
    }

    /// Enrolls the user, or adds the frames to the enrolled user. The enrollment ends, except if it is refused because
    /// of several people: then ``people()`` still says which frames belong together.
    ///
    /// - Parameter now: the time that is stored with the user.
    /// - Returns: the number of accepted frames.
    /// - Throws: ``ErrorCode/severalPeople``, ``ErrorCode/notEnoughSamples`` with the counted reasons,
    ///   ``ErrorCode/invalidOption`` if the name was taken meanwhile, ``ErrorCode/storage``,
    ///   ``ErrorCode/closed``.
    @discardableResult
    public func finish(now: Date = Date()) async throws(MienError) -> Int {
        try await work.run { [core] in Int(try core.finish(nowMs: now.milliseconds("now"))) }
    }

    /// Ends the enrollment without enrolling anybody. Closing again does nothing.
    public func close() {
        core.cancel()
    }
}

extension MienFFI.Enrollment {
    fileprivate func added(_ frame: Frame) throws -> EnrollmentStep {
        try frame.borrowed { first, second, third, layout in
            EnrollmentStep(try add(first: first, second: second, third: third, layout: layout))
        }
    }

    fileprivate func added(picture: Data) throws -> EnrollmentStep {
        EnrollmentStep(try PictureFile(picture).handed(to: addPicture, or: add(first:second:third:layout:)))
    }
}
