import Foundation

// Times as the bridge expects them.

extension Duration {
    init(microseconds: UInt64) {
        self = .microseconds(microseconds)
    }

    init(milliseconds: UInt64) {
        self = .milliseconds(milliseconds)
    }

    /// Returns whole microseconds; a finer part is left off.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` naming `what`, for a negative duration or one that does not fit.
    func microseconds(_ what: String) throws(MienError) -> UInt64 {
        try whole(perSecond: 1_000_000, "microseconds", what)
    }

    /// Returns whole milliseconds; a finer part is left off.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` naming `what`, for a negative duration or one that does not fit.
    func milliseconds(_ what: String) throws(MienError) -> UInt64 {
        try whole(perSecond: 1000, "milliseconds", what)
    }

    private func whole(perSecond: UInt64, _ unit: String, _ what: String) throws(MienError) -> UInt64 {
        guard let count = whole(perSecond: perSecond) else {
            throw MienError(.invalidOption, "\(what) is \(self); it must be 0 to \(UInt64.max) \(unit)")
        }
        return count
    }

    /// Returns the whole parts of a second; `nil` if the duration is negative or they do not fit.
    fileprivate func whole(perSecond: UInt64) -> UInt64? {
        guard self >= .zero else { return nil }
        let (seconds, attoseconds) = components
        let (product, isTooMuch) = UInt64(seconds).multipliedReportingOverflow(by: perSecond)
        let (sum, isMore) = product.addingReportingOverflow(
            UInt64(attoseconds) / (1_000_000_000_000_000_000 / perSecond))
        return isTooMuch || isMore ? nil : sum
    }
}

extension Date {
    init(milliseconds: UInt64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    /// Returns the milliseconds since 1970, rounded to the nearest one: most have no exact number of seconds.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` naming `what`, for a date before 1970, or one that does not fit.
    func milliseconds(_ what: String) throws(MienError) -> UInt64 {
        guard let milliseconds = timelineMilliseconds else {
            throw MienError(.invalidOption, "\(what) is \(timeIntervalSince1970) s after 1970; the minimum is 0")
        }
        return UInt64(milliseconds)
    }
}

/// The times of an ``EmotionTimeline``: `Date` for the clock on the wall, `Duration` since the start of a medium. Both
/// conform, and no other type is to.
public protocol TimelineTime: Comparable, Hashable, Codable, Sendable {
    /// Creates the time this many milliseconds after 1970, or after the start of the medium.
    init(timelineMilliseconds: Int)

    /// The milliseconds since 1970, or since the start of the medium; `nil` if the time is before that or too late to
    /// be stored.
    var timelineMilliseconds: Int? { get }
}

extension Date: TimelineTime {
    /// Creates the date this many milliseconds after 1970.
    public init(timelineMilliseconds: Int) {
        self.init(timeIntervalSince1970: Double(timelineMilliseconds) / 1000)
    }

    /// The milliseconds since 1970, rounded to the nearest one; `nil` before 1970, and if they do not fit.
    public var timelineMilliseconds: Int? {
        Int(exactly: (timeIntervalSince1970 * 1000).rounded()).flatMap { $0 < 0 ? nil : $0 }
    }
}

extension Duration: TimelineTime {
    /// Creates the duration of this many milliseconds.
    public init(timelineMilliseconds: Int) {
        self = .milliseconds(timelineMilliseconds)
    }

    /// The whole milliseconds; `nil` if the duration is negative, and if they do not fit.
    public var timelineMilliseconds: Int? {
        whole(perSecond: 1000).flatMap(Int.init(exactly:))
    }
}

extension TimelineTime {
    /// Returns the time as the bridge expects it.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` naming `what`, for a time that cannot be stored.
    func core(_ what: String) throws(MienError) -> UInt64 {
        guard let milliseconds = timelineMilliseconds.flatMap(UInt64.init(exactly:)) else {
            throw MienError(
                .invalidOption, "\(what) cannot be stored: it is before the start of the timeline, or too late")
        }
        return milliseconds
    }
}
