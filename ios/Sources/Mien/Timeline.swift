public import Foundation
internal import MienFFI

/// What a user showed over time, by one clock.
///
/// ```swift
/// let today = Calendar.current.startOfDay(for: Date())..<Date()
/// for bucket in try await engine.timeline("Anna").buckets(today, width: .minute) { draw(bucket) }
/// ```
///
/// Ranges of time are milliseconds by the timeline's clock, or dates for ``Clock/wall``. All calls throw
/// ``EmotionError/userNotFound(_:)``, ``EmotionError/storage(_:)``, ``EmotionError/profileCorrupt(_:)`` and
/// ``EmotionError/closed(_:)``; those that ask or forget throw ``EmotionError/invalidOption(_:)`` for a medium of which
/// nothing was recorded.
public struct Timeline: Sendable {
    private let core: Engine
    private let user: String
    private let clock: Clock

    init(_ core: Engine, user: String, clock: Clock) {
        self.core = core
        self.user = user
        self.clock = clock
    }

    /// Records events in one durable write: record in batches.
    ///
    /// - Parameters:
    ///   - events: what the user showed, in any order.
    ///   - now: the time by which old events are dropped.
    /// - Throws: ``EmotionError/invalidOption(_:)`` for an event out of range or a bad name of a medium;
    ///   ``EmotionError/timestampOrder(_:)`` for an event from before what is kept. Nothing is recorded then.
    @discardableResult
    public func record(_ events: [TimelineEvent], now: Date = Date()) async throws -> Recorded {
        try await ask { core, user, clock in
            Recorded(
                try core.record(
                    name: user, clock: clock, events: events.map { try $0.core() }, nowMs: now.milliseconds()))
        }
    }

    /// The buckets that overlap the range, whole ones, in order; those without events are left out.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` where there are more than a million.
    public func buckets(_ range: Range<Int>, width: BucketWidth = .minute) async throws -> [Bucket] {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            return try core.buckets(name: user, clock: clock, fromMs: from, toMs: to, width: width.core)
                .map(Bucket.init)
        }
    }

    /// As the other `buckets`, of wall time.
    public func buckets(_ range: Range<Date>, width: BucketWidth = .minute) async throws -> [Bucket] {
        try await buckets(range.milliseconds(), width: width)
    }

    /// All of the range in one tally, of whole buckets of `width`.
    ///
    /// - Throws: as of `buckets`.
    public func total(_ range: Range<Int>, width: BucketWidth = .minute) async throws -> Tally {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            return Tally(try core.total(name: user, clock: clock, fromMs: from, toMs: to, width: width.core))
        }
    }

    /// As the other `total`, of wall time.
    public func total(_ range: Range<Date>, width: BucketWidth = .minute) async throws -> Tally {
        try await total(range.milliseconds(), width: width)
    }

    /// The first events in the range, in order. The next ones are those from 1 ms after the last of these on, because
    /// no two events have the same time.
    public func events(_ range: Range<Int>, limit: Int = 1000) async throws -> [TimelineEvent] {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            let limit = try UInt32(checked: limit, "limit")
            return try core.events(name: user, clock: clock, fromMs: from, toMs: to, limit: limit)
                .map(TimelineEvent.init)
        }
    }

    /// As the other `events`, of wall time.
    public func events(_ range: Range<Date>, limit: Int = 1000) async throws -> [TimelineEvent] {
        try await events(range.milliseconds(), limit: limit)
    }

    /// The events in the range as text.
    public func exportEvents(_ range: Range<Int>, format: ExportFormat) async throws -> String {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            return try core.exportEvents(name: user, clock: clock, fromMs: from, toMs: to, format: format.core)
        }
    }

    /// The buckets that overlap the range as text.
    ///
    /// - Throws: as of `buckets`.
    public func exportBuckets(_ range: Range<Int>, width: BucketWidth, format: ExportFormat) async throws -> String {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            return try core.exportBuckets(
                name: user, clock: clock, fromMs: from, toMs: to, width: width.core, format: format.core)
        }
    }

    /// Forgets what the timeline says of the range, for good.
    ///
    /// - Returns: the number of events that were forgotten.
    @discardableResult
    public func forget(_ range: Range<Int>) async throws -> Int {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            return Int(try core.forget(name: user, clock: clock, fromMs: from, toMs: to))
        }
    }

    /// As the other `forget`, of wall time.
    @discardableResult
    public func forget(_ range: Range<Date>) async throws -> Int {
        try await forget(range.milliseconds())
    }

    /// What each of the user's timelines holds: by wall time first, then media, oldest first.
    public func summaries() async throws -> [TimelineSummary] {
        try await ask { core, user, _ in try core.timelines(name: user).map(TimelineSummary.init) }
    }

    /// The options of all of the user's timelines.
    public func options() async throws -> TimelineOptions {
        try await ask { core, user, _ in TimelineOptions(try core.timelineOptions(name: user)) }
    }

    /// Sets the options of all of the user's timelines.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` where they are out of range, or days would be cut anew while
    ///   something by wall time is kept.
    public func setOptions(_ options: TimelineOptions) async throws {
        try await ask { core, user, _ in try core.setTimelineOptions(name: user, options: options.core()) }
    }

    private func ask<Value: Sendable>(
        _ call: @escaping @Sendable (Engine, String, MienFFI.Clock) throws -> Value
    ) async throws -> Value {
        try await Work.beside.run { [core, user, clock] in try call(core, user, clock.core) }
    }
}

extension Range<Int> {
    fileprivate func core() throws -> (UInt64, UInt64) {
        (try UInt64(checked: lowerBound, "the range's start"), try UInt64(checked: upperBound, "the range's end"))
    }
}

extension Range<Date> {
    fileprivate func milliseconds() throws -> Range<Int> {
        Int(try lowerBound.milliseconds())..<Int(try upperBound.milliseconds())
    }
}

extension TimelineEvent {
    /// What a face of a stream shows, for recording; `nil` where nothing is known of it yet.
    ///
    /// - Parameters:
    ///   - face: the face, of the user of whom is recorded. Whether it is sure enough to count is the application's
    ///     to say: ``TrackedFace/unsure``.
    ///   - atMs: milliseconds by the timeline's clock.
    ///   - durationMs: for how long it was seen, milliseconds; 0 where that is not known.
    public init?(_ face: TrackedFace, atMs: Int, durationMs: Int = 0) {
        guard let emotion = face.emotion else { return nil }
        self.init(
            atMs: atMs, durationMs: durationMs, label: face.label ?? emotion.label,
            probabilities: emotion.probabilities,
            adapted: emotion.adapted)
    }
}
