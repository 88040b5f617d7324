@preconcurrency import AVFoundation
import Foundation
import XCTest

@testable import Mien

/// Buffers and times that a source passed on; any thread may write.
private final class Heard: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [(samples: Int, time: Duration)] = []
    var values: [(samples: Int, time: Duration)] { lock.withLock { list } }
    func append(_ samples: Int, _ time: Duration) { lock.withLock { list.append((samples, time)) } }
}

final class SoundTests: XCTestCase {
    override func tearDown() {
        AVCaptureDevice.stubStatus = .authorized
    }

    private func buffer(channels: UInt32 = 1, interleaved: Bool = false) -> AVAudioPCMBuffer {
        let format = AVAudioFormat(stubRate: 16_000, channels: channels, interleaved: interleaved)
        let list = [Float](repeating: 0.25, count: interleaved ? 320 * Int(channels) : 320)
        return AVAudioPCMBuffer(
            stubFormat: format, float: Array(repeating: list, count: interleaved ? 1 : Int(channels)))
    }

    func testTheMicrophoneIsTappedWithTheTimesOfTheHostsClock() throws {
        let (engine, heard) = (AVAudioEngine(), Heard())
        let source = MicrophoneSource(engine: engine) { heard.append(Int($0.frameLength), $1) }
        try source.start()
        try source.start()
        XCTAssertTrue(engine.isRunning)
        let tap = try XCTUnwrap(engine.inputNode.stubTap)
        tap(buffer(), AVAudioTime(stubNs: 1_500_000_000))
        tap(buffer(), AVAudioTime(stubNs: nil))
        tap(buffer(), AVAudioTime(stubNs: 1_520_000_000))
        XCTAssertEqual(heard.values.map(\.time), [.milliseconds(1500), .milliseconds(1520)])
        XCTAssertEqual(heard.values.map(\.samples), [320, 320])
        source.close()
        XCTAssertFalse(engine.isRunning)
        XCTAssertNil(engine.inputNode.stubTap)
    }

    func testALiveSessionHearsTheMicrophoneUntilItIsClosed() async throws {
        let (engine, live) = (AVAudioEngine(), try await Clip.engine().live(LiveOptions(minChange: 0)))
        let (told, tell) = AsyncStream.makeStream(of: MienError.self)
        let source = MicrophoneSource(live, engine: engine, failed: { tell.yield($0) })
        try source.start()
        let tap = try XCTUnwrap(engine.inputNode.stubTap)
        tap(buffer(), AVAudioTime(stubNs: 1_500_000_000))
        XCTAssertTrue(engine.isRunning)
        live.close()
        tap(buffer(), AVAudioTime(stubNs: 1_520_000_000))
        var failures = told.makeAsyncIterator()
        let failure = await failures.next()
        XCTAssertEqual(failure?.code, .closed)
        XCTAssertFalse(engine.isRunning)
    }

    func testWithoutPermissionOrMicrophoneStartThrows() async {
        let engine = AVAudioEngine()
        let source = MicrophoneSource(engine: engine) { _, _ in }
        AVCaptureDevice.stubStatus = .denied
        let denied = await error { try source.start() }
        XCTAssertEqual(denied?.message, "the application has no permission for the microphone")
        AVCaptureDevice.stubStatus = .authorized
        engine.inputNode.stubFormat = AVAudioFormat(stubRate: 0, channels: 0, interleaved: false)
        let none = await error { try source.start() }
        XCTAssertEqual(none?.message, "there is no microphone")
        engine.inputNode.stubFormat = AVAudioFormat(stubRate: 48_000, channels: 1, interleaved: false)
        engine.stubRefusal = CocoaError(.fileNoSuchFile)
        let refused = await error { try source.start() }
        XCTAssertEqual(refused?.message, "the microphone cannot be started")
        XCTAssertNil(engine.inputNode.stubTap)
    }

    func testBuffersOfEveryLayoutAreHeard() async throws {
        let engine = try await Clip.engine()
        let (video, live, clips) = (try engine.video(), try engine.live(), try engine.users.clips())
        try clips.begin(.happy)
        let short = AVAudioPCMBuffer(
            stubFormat: AVAudioFormat(stubRate: 16_000, channels: 1, interleaved: true),
            int16: [[Int16](repeating: 99, count: 320)])
        let buffers = [
            short, buffer(), buffer(channels: 2), buffer(channels: 2, interleaved: true), buffer(channels: 3),
            buffer(channels: 3, interleaved: true),
        ]
        for (index, buffer) in buffers.enumerated() {
            XCTAssertEqual(buffer.frameLength, 320)
            // A chunk of another length would overlap the next one or leave a gap of a second.
            try video.submitAudio(buffer, timestamp: .microseconds(index * 20_000))
            try live.submitAudio(buffer, timestamp: .microseconds(index * 20_000))
            try clips.addAudio(buffer, timestamp: .microseconds(index * 20_000))
        }
        let neither = AVAudioPCMBuffer(stubFormat: AVAudioFormat(stubRate: 16_000, channels: 1, interleaved: false))
        for submit in [video.submitAudio, live.submitAudio, clips.addAudio] {
            let refused = await error { try submit(neither, .microseconds(200_000)) }
            XCTAssertEqual(refused?.code, .invalidOption)
        }
        // The clip has heard them: a constant is no voice.
        _ = try await clips.add(Clip.rgb())
        try await clips.end()
        XCTAssertEqual(clips.list().map(\.speech?.refusal), [.doubtful])
        live.close()
        video.close()
    }
}
