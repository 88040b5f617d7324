internal import MienFFI

/// What became of a damaged store (``EmotionEngine/salvage(_:)``).
public struct SalvageReport: Sendable, Hashable {
    /// Users who are in the store again, by name.
    public let users: [SalvagedUser]
    /// Users of whom something was found but no profile: they are lost.
    public let lostUsers: Int
    /// Settings and calibration that are in the store again.
    public let settings: Int
    /// Values that were found and cannot be read, or only in an older version, which was taken.
    public let damagedValues: Int
    /// Values that are not back as they were, 1 if it is not known how many; `nil` if that cannot be told.
    public let missingValues: Int?
    /// Whether the file was searched page by page; then what was removed since its last erasure
    /// (``EmotionEngine/eraseFreeSpace()``) may be back.
    public let searched: Bool
    /// The name of the file that keeps what was damaged, in the store's folder; `nil` if the store was sound and nothing
    /// was changed. It holds personal data: delete it when nothing more is expected from it.
    public let keptAs: String?
    /// Whether everything is back, as far as that can be told.
    public let isComplete: Bool
}

/// A user who was recovered.
public struct SalvagedUser: Sendable, Hashable {
    /// The name.
    public let name: String
    /// Values of the timeline that were recovered.
    public let timelineValues: Int
    /// Values of the timeline that are damaged.
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
