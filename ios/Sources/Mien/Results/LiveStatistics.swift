internal import MienFFI

/// The immediate outcome of submitting a frame to a live session.
public enum Submission: Sendable, Hashable, CaseIterable {
    /// The frame waits to be processed and replaces any frame that was waiting.
    case taken
    /// The frame is skipped: it came too early for the target rate.
    case paced
    /// The frame is skipped: nothing in it has changed.
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

/// Frame counts of a live session so far.
public struct LiveStatistics: Sendable, Equatable {
    /// Frames submitted with a valid timestamp.
    public let submitted: Int
    /// Frames skipped to keep the target rate.
    public let paced: Int
    /// Frames skipped because nothing had changed.
    public let unchanged: Int
    /// Frames taken but replaced by a newer one before they were processed.
    public let dropped: Int
    /// Frames processed successfully.
    public let processed: Int
    /// Frames that failed with an error.
    public let failed: Int
    /// Frames taken but not finished: at most one being processed and one waiting.
    public let pending: Int
    /// Results dropped because they were not fetched in time.
    public let resultsLost: Int
    /// How far the last result was behind the newest frame, microseconds of stream time.
    public let lastAgeUs: Int
    /// The maximum of that over the session.
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
