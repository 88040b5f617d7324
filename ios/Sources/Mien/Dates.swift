import Foundation

extension Date {
    /// Milliseconds since 1970, as the bridge expects them.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` for a date before 1970, or one that does not fit.
    func milliseconds() throws -> UInt64 {
        guard let milliseconds = Int64(exactly: (timeIntervalSince1970 * 1000).rounded()), milliseconds >= 0 else {
            throw EmotionError.invalidOption("the date is \(timeIntervalSince1970) s after 1970; the minimum is 0")
        }
        return UInt64(milliseconds)
    }
}
