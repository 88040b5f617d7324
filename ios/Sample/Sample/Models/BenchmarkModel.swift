import Dispatch
import Mien
import Observation

/// Measures the time of a still frame on this device.
@MainActor
@Observable
final class BenchmarkModel {
    /// Milliseconds of each frame, sorted.
    private(set) var milliseconds: [Double]

    private static let rounds = 50

    /// Creates a model with these times, sorted; previews give it some.
    init(milliseconds: [Double] = []) { self.milliseconds = milliseconds }

    var median: Double? { milliseconds.isEmpty ? nil : milliseconds[milliseconds.count / 2] }
    var worst: Double? { milliseconds.last }

    func run(_ frames: AsyncStream<CameraFrame>, in engine: EmotionEngine) async throws {
        var measured: [Double] = []
        for await frame in frames {
            let start = DispatchTime.now().uptimeNanoseconds
            _ = try await engine.process(frame.frame)
            measured.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6)
            milliseconds = measured.sorted()
            if measured.count == Self.rounds { break }
        }
    }
}
