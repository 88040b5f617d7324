// Prints the cost of submitting a 640x480 frame to a live session on the caller's thread, without networks.
//   swift run -c release HandOver

import Foundation
import Mien

let (width, height) = (640, 480)
let rounds = 2000

/// A frame of noise in the layout of a camera.
func frame(_ format: PixelFormat) -> Frame {
    var source = SystemRandomNumberGenerator()
    func plane(_ bytes: Int) -> Data { Data((0..<bytes).map { _ in UInt8.random(in: .min ... .max, using: &source) }) }
    let planes = format == .nv12 ? [plane(width * height), plane(width * height / 2)] : [plane(4 * width * height)]
    return Frame(format: format, width: width, height: height, planes: planes)
}

/// The median and the 99th percentile, microseconds.
func cost(_ call: (Int) throws -> Void) rethrows -> String {
    var times: [Double] = []
    for round in 0..<rounds {
        let start = DispatchTime.now().uptimeNanoseconds
        try call(round)
        times.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1000)
    }
    times.sort()
    return String(format: "median %7.1f us, 99 %% below %7.1f us", times[rounds / 2], times[rounds * 99 / 100])
}

let engine = try await EmotionEngine.create(store: nil)
for (name, format) in [("420f (NV12)", PixelFormat.nv12), ("BGRA", .bgra8)] {
    let frame = frame(format)
    let handed = try engine.live()
    try handed.submit(frame, timestamp: .zero)
    // All of these come too early for the target rate, so only the call itself is measured.
    print(name, "handed over:          ", try cost { try handed.submit(frame, timestamp: .microseconds(1 + $0)) })
    handed.close()
    // The session's thread works in parallel; frames that it does not reach are replaced.
    let taken = try engine.live(LiveOptions(targetFps: 240, minChange: 0))
    print(name, "handed over and copied:", try cost { try taken.submit(frame, timestamp: .microseconds($0 * 10_000)) })
    taken.close()
}
