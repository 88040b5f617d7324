internal import MienFFI

/// What was recovered from a damaged store.
public struct SalvageReport: Sendable, Hashable {
    /// Recovered users, by name.
    public let users: [SalvagedUser]
    /// Number of lost users: data was found, but no profile.
    public let lostUsers: Int
    /// Number of recovered settings and calibrations.
    public let settings: Int
    /// Number of values that cannot be read, or of which only an older version was recovered.
    public let damagedValues: Int
    /// Number of values that are not recovered as they were, 1 if the number is unknown; `nil` if it cannot be told.
    public let missingValues: Int?
    /// Whether the file was searched page by page; then data that was removed after the last erasure may be back.
    public let searched: Bool
    /// Name of the file that keeps the damaged data, in the folder of the store; `nil` if the store was sound and
    /// nothing was changed.
    public let keptAs: String?
    /// Whether everything was recovered, as far as can be told.
    public let isComplete: Bool
}

/// A recovered user.
public struct SalvagedUser: Sendable, Hashable {
    /// The name.
    public let name: String
    /// Number of recovered values of the timelines.
    public let timelineValues: Int
    /// Number of damaged values of the timelines.
    public let damagedTimelineValues: Int
}

extension SalvageReport {
    init(_ core: MienFFI.SalvageReport) {
        users = core.users.map {
            SalvagedUser(
                name: $0.name, timelineValues: Int($0.timelineValues),
                damagedTimelineValues: Int($0.damagedTimelineValues))
        }
        lostUsers = Int(core.lostUsers)
        settings = Int(core.settings)
        damagedValues = Int(core.damagedValues)
        missingValues = core.missingValues.map(Int.init)
        searched = core.searched
        keptAs = core.keptAs
        isComplete = core.complete
    }
}
