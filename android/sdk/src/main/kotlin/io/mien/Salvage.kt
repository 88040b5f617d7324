package io.mien

/**
 * What became of a damaged store ([EmotionEngine.salvage]).
 *
 * @property users users who are in the store again, by name
 * @property lostUsers users of whom something was found but no profile: they are lost
 * @property settings settings and calibration that are in the store again
 * @property damagedValues values that were found and cannot be read, or only in an older version, which was taken
 * @property missingValues values that are not back as they were, 1 if it is not known how many; null if that cannot be told
 * @property searched whether the file was searched page by page; then what was removed since its last erasure
 *   ([EmotionEngine.eraseFreeSpace]) may be back
 * @property keptAs the name of the file that keeps what was damaged, in the store's folder; null if the store was sound and
 *   nothing was changed. It holds personal data: delete it when nothing more is expected from it
 * @property isComplete whether everything is back, as far as that can be told
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
 * A user who was recovered.
 *
 * @property name the name
 * @property timelineValues values of the timeline that were recovered
 * @property damagedTimelineValues values of the timeline that are damaged
 */
public data class SalvagedUser(val name: String, val timelineValues: Int, val damagedTimelineValues: Int)
