internal import MienFFI

extension FixedWidthInteger {
    /// Converts `value` to the type of the bridge.
    ///
    /// - Throws: ``ErrorCode/invalidOption`` naming the value that does not fit.
    init(checked value: Int, _ name: StaticString) throws(MienError) {
        guard let fitting = Self(exactly: value) else {
            throw MienError(.invalidOption, "\(name) is \(value); it must be \(Self.min) to \(Self.max)")
        }
        self = fitting
    }
}

/// Runs a call of the bridge; its errors become a ``MienError``.
func bridged<Value>(_ call: () throws -> Value) throws(MienError) -> Value {
    do {
        return try call()
    } catch let error as MienError {
        throw error
    } catch let error as CoreError {
        throw MienError(error)
    } catch {
        // The message of a panic may contain anything.
        throw MienError(.internal, "the native library failed", details: error.localizedDescription)
    }
}
