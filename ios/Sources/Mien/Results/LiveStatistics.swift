internal import MienFFI

/// What became of a frame at once.
public enum Submission: Sendable, Hashable, CaseIterable {
    /// It waits to be looked at, in place of an older one where one waited.
    case taken
    /// It came before its turn by the target rate.
    case paced
    /// Nothing in it has changed.
    case unchanged
}

extension Submission {
    init(_ core: MienFFI.Submission) {
        switch core {
        case .taken: self = .taken
        case .paced: self = .paced
        case .unchanged: self = .unchanged
        }
    }
}

/// What became of the frames of a live session so far.
public struct LiveStatistics: Sendable, Equatable {
    /// Frames handed in with a good timestamp.
    public let submitted: Int
    /// Not looked at to keep the target rate.
    public let paced: Int
    /// Not looked at because nothing had changed.
    public let unchanged: Int
    /// Taken, but replaced by a newer one before they were looked at.
    public let dropped: Int
    /// Looked at.
    public let processed: Int
    /// Looked at with an error.
    public let failed: Int
    /// Taken and not done with: at most one at work and one waiting.
    public let pending: Int
    /// Results that nobody fetched in time.
    public let resultsLost: Int
    /// How far the last result was behind the newest frame, microseconds of stream time.
    public let lastAgeUs: Int
    /// The most that any result was behind.
    public let maxAgeUs: Int
}

extension LiveStatistics {
    init(_ core: MienFFI.LiveStatistics) {
        self.init(
            submitted: Int(core.submitted),
            paced: Int(core.paced),
            unchanged: Int(core.unchanged),
            dropped: Int(core.dropped),
            processed: Int(core.processed),
            failed: Int(core.failed),
            pending: Int(core.pending),
            resultsLost: Int(core.resultsLost),
            lastAgeUs: Int(core.lastAgeUs),
            maxAgeUs: Int(core.maxAgeUs)
        )
    }
}
