import SwiftUI

/// Shows the time of a frame on this device, with a detection in each.
struct BenchmarkView: View {
    @Environment(AppModel.self) private var app
    @Environment(Screens.self) private var screens
    @Environment(Camera.self) private var camera

    private var benchmark: BenchmarkModel { screens.benchmark }

    var body: some View {
        CameraGate(place: .benchmark) {
            VStack(spacing: 16) {
                if let notice = camera.condition.notice {
                    NoticeView(notice: notice) { Task { await camera.retry() } }
                } else if let median = benchmark.median, let worst = benchmark.worst {
                    Text(say(Phrase(.benchmarkMedian, .decimal(median)))).font(.largeTitle)
                    Text(say(Phrase(.benchmarkFrames, .count(benchmark.milliseconds.count))))
                    Text(say(Phrase(.benchmarkSlowest, .decimal(worst))))
                } else {
                    ProgressView(say(.benchmarkWaiting))
                }
            }
            .padding()
            .task { await measure() }
        }
        .navigationTitle(say(.settingsBenchmark))
    }

    private func measure() async {
        guard let engine = app.engine else { return }
        await app.attempt { try await benchmark.run(camera.frames(), in: engine) }
    }
}

#if os(iOS)
#Preview { NavigationStack { BenchmarkView() }.sampled() }
#endif
