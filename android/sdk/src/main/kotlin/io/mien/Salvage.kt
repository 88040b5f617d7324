package io.mien

/**
 * What was recovered from a damaged store.
 *
 * @property users Recovered users, by name.
 * @property lostUsers Number of lost users: data was found, but no profile.
 * @property settings Number of recovered settings and calibrations.
 * @property damagedValues Number of values that cannot be read, or of which only an older version was recovered.
 * @property missingValues Number of values that are not recovered as they were, 1 if the number is unknown; null if
 *   it cannot be told.
 * @property searched Whether the file was searched page by page; then data that was removed after the last erasure
 *   may be back.
 * @property keptAs Name of the file that keeps the damaged data, in the folder of the store; null if the store was
 *   sound and nothing was changed.
 * @property isComplete Whether everything was recovered, as far as can be told.
 */
public data class SalvageReport(
    val users: List<SalvagedUser>,
    val lostUsers: Int,
    val settings: Int,
    val damagedValues: Int,
    val missingValues: Long?,
    val searched: Boolean,
    val keptAs: String?,
    val isComplete: Boolean,
)

/**
 * A recovered user.
 *
 * @property name The name.
 * @property timelineValues Number of recovered values of the timelines.
 * @property damagedTimelineValues Number of damaged values of the timelines.
 */
public data class SalvagedUser(val name: String, val timelineValues: Int, val damagedTimelineValues: Int)
