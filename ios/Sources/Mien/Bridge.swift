internal import MienFFI

extension FixedWidthInteger {
    /// Converts `value` to the type of the bridge.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` naming the value that does not fit.
    init(checked value: Int, _ name: StaticString) throws {
        guard let fitting = Self(exactly: value) else {
            throw EmotionError.invalidOption("\(name) is \(value); it must be \(Self.min) to \(Self.max)")
        }
        self = fitting
    }
}

/// Runs a call of the bridge; its errors become an ``EmotionError``.
func bridged<Value>(_ call: () throws -> Value) throws -> Value {
    do {
        return try call()
    } catch let error as EmotionError {
        throw error
    } catch let error as CoreError {
        throw EmotionError(error)
    } catch {
        // The message of a panic may contain anything.
        throw EmotionError.internal(ErrorText("the native library failed", details: error.localizedDescription))
    }
}
