public import Foundation
internal import MienFFI

/// What a user showed over time, by one clock.
///
/// ```swift
/// let today = Calendar.current.startOfDay(for: Date())..<Date()
/// for bucket in try await engine.timeline("Anna").buckets(today, width: .minute) { draw(bucket) }
/// ```
///
/// Ranges are milliseconds by the clock of the timeline, or dates for ``Clock/wall``. All functions throw
/// ``EmotionError/userNotFound(_:)``, ``EmotionError/storage(_:)``, ``EmotionError/profileCorrupt(_:)`` and
/// ``EmotionError/closed(_:)``; those that query or delete throw ``EmotionError/invalidOption(_:)`` for a medium
/// without records.
public struct Timeline: Sendable {
    private let core: Engine
    private let user: String
    private let clock: Clock

    init(_ core: Engine, user: String, clock: Clock) {
        self.core = core
        self.user = user
        self.clock = clock
    }

    /// Records events in one durable transaction: record in batches.
    ///
    /// - Parameters:
    ///   - events: the events, in any order.
    ///   - now: the time by which expired events are deleted.
    /// - Throws: ``EmotionError/invalidOption(_:)`` for an event out of range or an invalid name of a medium;
    ///   ``EmotionError/timestampOrder(_:)`` for an event before the time from which events are kept. Nothing is
    ///   recorded then.
    @discardableResult
    public func record(_ events: [TimelineEvent], now: Date = Date()) async throws -> Recorded {
        try await ask { core, user, clock in
            Recorded(
                try core.record(
                    name: user, clock: clock, events: events.map { try $0.core() }, nowMs: now.milliseconds()))
        }
    }

    /// Returns the whole buckets that overlap the range, in order, without empty ones.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` if there are more than a million.
    public func buckets(_ range: Range<Int>, width: BucketWidth = .minute) async throws -> [Bucket] {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            return try core.buckets(name: user, clock: clock, fromMs: from, toMs: to, width: width.core)
                .map(Bucket.init)
        }
    }

    /// Like the other `buckets`, by wall time.
    public func buckets(_ range: Range<Date>, width: BucketWidth = .minute) async throws -> [Bucket] {
        try await buckets(range.milliseconds(), width: width)
    }

    /// Returns the sums over the whole buckets that overlap the range.
    ///
    /// - Throws: as in `buckets`.
    public func total(_ range: Range<Int>, width: BucketWidth = .minute) async throws -> Tally {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            return Tally(try core.total(name: user, clock: clock, fromMs: from, toMs: to, width: width.core))
        }
    }

    /// Like the other `total`, by wall time.
    public func total(_ range: Range<Date>, width: BucketWidth = .minute) async throws -> Tally {
        try await total(range.milliseconds(), width: width)
    }

    /// Returns the first `limit` events of the range, in order. The next ones begin 1 ms after the last of these,
    /// because no two events have the same time.
    public func events(_ range: Range<Int>, limit: Int = 1000) async throws -> [TimelineEvent] {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            let limit = try UInt32(checked: limit, "limit")
            return try core.events(name: user, clock: clock, fromMs: from, toMs: to, limit: limit)
                .map(TimelineEvent.init)
        }
    }

    /// Like the other `events`, by wall time.
    public func events(_ range: Range<Date>, limit: Int = 1000) async throws -> [TimelineEvent] {
        try await events(range.milliseconds(), limit: limit)
    }

    /// Exports the events of the range as text.
    public func exportEvents(_ range: Range<Int>, format: ExportFormat) async throws -> String {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            return try core.exportEvents(name: user, clock: clock, fromMs: from, toMs: to, format: format.core)
        }
    }

    /// Exports the buckets that overlap the range as text.
    ///
    /// - Throws: as in `buckets`.
    public func exportBuckets(_ range: Range<Int>, width: BucketWidth, format: ExportFormat) async throws -> String {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            return try core.exportBuckets(
                name: user, clock: clock, fromMs: from, toMs: to, width: width.core, format: format.core)
        }
    }

    /// Deletes the data of the range, erases it from the file of the store, and returns the number of deleted events.
    @discardableResult
    public func forget(_ range: Range<Int>) async throws -> Int {
        try await ask { core, user, clock in
            let (from, to) = try range.core()
            return Int(try core.forget(name: user, clock: clock, fromMs: from, toMs: to))
        }
    }

    /// Like the other `forget`, by wall time.
    @discardableResult
    public func forget(_ range: Range<Date>) async throws -> Int {
        try await forget(range.milliseconds())
    }

    /// Returns the summaries of all timelines of the user: by wall time first, then media, oldest first.
    public func summaries() async throws -> [TimelineSummary] {
        try await ask { core, user, _ in try core.timelines(name: user).map(TimelineSummary.init) }
    }

    /// The options of all timelines of the user.
    public func options() async throws -> TimelineOptions {
        try await ask { core, user, _ in TimelineOptions(try core.timelineOptions(name: user)) }
    }

    /// Sets the options of all timelines of the user.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` if they are out of range, or if the offset changes while data by
    ///   wall time is stored.
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
    /// Creates the event of a face of a stream, for recording; `nil` if its emotion is not known yet.
    ///
    /// - Parameters:
    ///   - face: the face of the recorded user. The application decides whether it is reliable enough:
    ///     ``TrackedFace/unsure``.
    ///   - atMs: milliseconds by the clock of the timeline.
    ///   - durationMs: duration in milliseconds; 0 if unknown.
    public init?(_ face: TrackedFace, atMs: Int, durationMs: Int = 0) {
        guard let emotion = face.emotion else { return nil }
        self.init(
            atMs: atMs, durationMs: durationMs, label: face.label ?? emotion.label,
            probabilities: emotion.probabilities,
            adapted: emotion.adapted)
    }
}
