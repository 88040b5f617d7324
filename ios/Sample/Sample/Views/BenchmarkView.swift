import SwiftUI

/// Shows the time of a frame on this device, with a detection in each.
struct BenchmarkView: View {
    @Environment(AppModel.self) private var app
    @Environment(Camera.self) private var camera
    @State private var benchmark = BenchmarkModel()

    var body: some View {
        VStack(spacing: 16) {
            if let median = benchmark.median, let worst = benchmark.worst {
                Text("\(median, specifier: "%.1f") ms").font(.largeTitle)
                Text(
                    "median of \(benchmark.milliseconds.count) frames; the slowest took \(worst, specifier: "%.1f") ms")
            } else {
                ProgressView("Waiting for the camera")
            }
        }
        .navigationTitle("Benchmark")
        .needsCamera(.benchmark, camera)
        .task { await measure() }
    }

    private func measure() async {
        guard let engine = app.engine else { return }
        await app.attempt { try await benchmark.run(camera.frames(), in: engine) }
    }
}
