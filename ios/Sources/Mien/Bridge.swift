internal import MienFFI

extension FixedWidthInteger {
    /// `value` as the bridge carries it.
    ///
    /// - Throws: ``EmotionError/invalidOption(_:)`` naming what does not fit.
    init(checked value: Int, _ name: StaticString) throws {
        guard let fitting = Self(exactly: value) else {
            throw EmotionError.invalidOption("\(name) is \(value); it must be \(Self.min) to \(Self.max)")
        }
        self = fitting
    }
}

/// Runs a call of the bridge; what it throws becomes an ``EmotionError``.
func bridged<Value>(_ call: () throws -> Value) throws -> Value {
    do {
        return try call()
    } catch let error as EmotionError {
        throw error
    } catch let error as CoreError {
        throw EmotionError(error)
    } catch {
        // What a panic says may name anything.
        throw EmotionError.internal(ErrorText("the native library failed", details: error.localizedDescription))
    }
}
