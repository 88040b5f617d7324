public import Foundation
internal import MienFFI

/// What a user showed over time: by the clock on the wall (`Date`), or since the start of a medium (`Duration`). Times are
/// kept to the millisecond. Ranges include their start and exclude their end.
///
/// ```swift
/// let today = Calendar.current.startOfDay(for: Date())..<Date()
/// for bucket in try await engine.timeline(of: "Anna").buckets(today, width: .minute) { draw(bucket) }
/// ```
///
/// All functions throw ``ErrorCode/userNotFound``, ``ErrorCode/storage``, ``ErrorCode/profileCorrupt`` and
/// ``ErrorCode/closed``, and ``ErrorCode/invalidOption`` for times before the origin; those that query or delete throw
/// ``ErrorCode/invalidOption`` for a medium without records.
public struct EmotionTimeline<Time: TimelineTime>: Sendable {
    private let core: Engine
    private let user: String
    private let medium: String?

    init(_ core: Engine, user: String, medium: String?) {
        (self.core, self.user, self.medium) = (core, user, medium)
    }

    /// Records events in one durable transaction: record in batches.
    ///
    /// - Parameters:
    ///   - events: the events, in any order.
    ///   - now: the time by which expired events are deleted.
    /// - Throws: ``ErrorCode/invalidOption`` for an event out of range or an invalid name of a medium;
    ///   ``ErrorCode/timestampOrder`` for an event before the time from which events are kept. Nothing is
    ///   recorded then.
    @discardableResult
    public func record(_ events: [TimelineEvent<Time>], now: Date = Date()) async throws(MienError) -> Recorded {
        try await ask { core, user, medium in
            let events = try events.map { try $0.core() }
            return Recorded(
                try core.record(name: user, medium: medium, events: events, nowMs: now.milliseconds("now")))
        }
    }

    /// Returns the whole buckets that overlap the range, in order, without empty ones.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` if there are more than a million.
    public func buckets(
        _ range: Range<Time>, width: BucketWidth = .minute
    ) async throws(MienError) -> [Bucket<Time>] {
        try await ask { core, user, medium in
            let (from, to) = try range.core()
            return try core.buckets(name: user, medium: medium, fromMs: from, toMs: to, width: width.core)
                .map(Bucket.init)
        }
    }

    /// Returns the sums over the whole buckets that overlap the range.
    ///
    /// - Throws: as in `buckets`.
    public func total(_ range: Range<Time>, width: BucketWidth = .minute) async throws(MienError) -> Tally {
        try await ask { core, user, medium in
            let (from, to) = try range.core()
            return Tally(try core.total(name: user, medium: medium, fromMs: from, toMs: to, width: width.core))
        }
    }

    /// Returns the first `limit` events of the range, in order. The next ones begin 1 ms after the last of these,
    /// because no two events have the same time.
    public func events(_ range: Range<Time>, limit: Int = 1000) async throws(MienError) -> [TimelineEvent<Time>] {
        try await ask { core, user, medium in
            let (from, to) = try range.core()
            let limit = try UInt32(checked: limit, "limit")
            return try core.events(name: user, medium: medium, fromMs: from, toMs: to, limit: limit)
                .map(TimelineEvent.init)
        }
    }

    /// Exports the events of the range as text.
    public func exportEvents(_ range: Range<Time>, format: ExportFormat) async throws(MienError) -> String {
        try await ask { core, user, medium in
            let (from, to) = try range.core()
            return try core.exportEvents(name: user, medium: medium, fromMs: from, toMs: to, format: format.core)
        }
    }

    /// Exports the buckets that overlap the range as text.
    ///
    /// - Throws: as in `buckets`.
    public func exportBuckets(
        _ range: Range<Time>, width: BucketWidth, format: ExportFormat
    ) async throws(MienError) -> String {
        try await ask { core, user, medium in
            let (from, to) = try range.core()
            return try core.exportBuckets(
                name: user, medium: medium, fromMs: from, toMs: to, width: width.core, format: format.core)
        }
    }

    /// Deletes the data of the range, erases it from the file of the store, and returns the number of deleted events.
    @discardableResult
    public func forget(_ range: Range<Time>) async throws(MienError) -> Int {
        try await ask { core, user, medium in
            let (from, to) = try range.core()
            return Int(try core.forget(name: user, medium: medium, fromMs: from, toMs: to))
        }
    }

    private func ask<Value: Sendable>(
        _ call: @escaping @Sendable (Engine, String, String?) throws -> Value
    ) async throws(MienError) -> Value {
        try await Work.beside.run { [core, user, medium] in try call(core, user, medium) }
    }
}

/// The timelines that a user has.
public struct UserTimelines: Sendable, Hashable, Codable {
    /// That by the clock on the wall; `nil` if nothing is recorded in it.
    public var wall: TimelineSummary<Date>?
    /// Those of media, oldest first.
    public var media: [TimelineSummary<Duration>]

    /// Creates a value, for previews and tests.
    public init(wall: TimelineSummary<Date>? = nil, media: [TimelineSummary<Duration>] = []) {
        (self.wall, self.media) = (wall, media)
    }
}

extension UserTimelines {
    init(_ core: [MienFFI.TimelineSummary]) {
        self.init(
            wall: core.first { $0.medium == nil }.map(TimelineSummary.init),
            media: core.filter { $0.medium != nil }.map(TimelineSummary.init))
    }
}

extension Range where Bound: TimelineTime {
    fileprivate func core() throws(MienError) -> (UInt64, UInt64) {
        (try lowerBound.core("the range's start"), try upperBound.core("the range's end"))
    }
}

extension TimelineEvent {
    /// Creates the event of a face of a stream, for recording; `nil` if its emotion is not known yet.
    ///
    /// - Parameters:
    ///   - face: the face of the recorded user. The application decides whether it is reliable enough:
    ///     ``TrackedFace/unsure``.
    ///   - at: when it was seen: the date, or the time since the start of the medium.
    ///   - duration: how long it was seen; 0 if unknown.
    public init?(_ face: TrackedFace, at: Time, duration: Duration = .zero) {
        guard let emotion = face.emotion else { return nil }
        self.init(
            at: at, duration: duration, label: face.label ?? emotion.label, probabilities: emotion.probabilities,
            isAdapted: emotion.isAdapted)
    }
}
