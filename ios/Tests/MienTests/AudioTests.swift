import Foundation
import XCTest

@testable import Mien

/// Sound beside frames; the voices are synthesized.
final class AudioTests: XCTestCase {
    private static let rate = 16_000
    private static let step = 2667
    private static let stepUs = 166_667
    private static let voices: [(EmotionLabel, Double, Double)] = [
        ("fear", 300.0, 0.9), ("happy", 200.0, 0.8), ("sad", 110.0, 0.6),
    ]

    /// Two seconds of a voice of this pitch, with the breath of its consonants, in faint noise; a second of quiet before
    /// and after.
    private func utterance(_ pitchHz: Double, tilt: Double = 0.8, seed: UInt64) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53) - 0.5
        }
        var phase = 0.0
        var samples: [Float] = []
        for at in 0..<4 * Self.rate {
            let time: Double = Double(at) / Double(Self.rate)
            let noise: Double = 2 * (uniform() + uniform() + uniform())
            guard time >= 1, time < 3 else {
                samples.append(Float(1e-4 * noise))
                continue
            }
            let hertz: Double = pitchHz * (1 + 0.2 * sin(4 * time))
            phase += 2 * Double.pi * hertz / Double(Self.rate)
            var (voice, weight) = (0.0, 1.0)
            for k in 1...20 {
                weight *= tilt
                voice += weight * sin(Double(k) * phase)
            }
            let loudness: Double = 0.06 + 0.04 * sin(25 * time)
            samples.append(Float(loudness * voice + 2e-3 * noise))
        }
        return samples
    }

    /// Records the pictures with a voice for each emotion.
    private func record(_ engine: EmotionEngine) async throws -> Clips {
        let clips = try engine.users.clips()
        for (label, pitch, tilt) in Self.voices {
            let folder = Material.fixture("adapt/woman/learn/\(label)")
            let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            for (index, file) in files.sorted(by: { $0.path < $1.path }).enumerated() {
                try clips.begin(label)
                try clips.addAudio(utterance(pitch, tilt: tilt, seed: UInt64(index)), timestamp: .zero)
                try await clips.add(picture: try Data(contentsOf: file))
                try await clips.end()
            }
        }
        return clips
    }

    /// Shows frames six times per second while the sound is heard.
    private func hear(_ engine: EmotionEngine, _ frames: [Frame], _ sound: [Float]) async throws -> [StreamResult] {
        let video = try engine.video()
        defer { video.close() }
        var results: [StreamResult] = []
        for (index, frame) in frames.enumerated() {
            let chunk = Array(sound.dropFirst(index * Self.step).prefix(Self.step))
            try video.submitAudio(chunk, timestamp: .microseconds(index * Self.stepUs))
            results.append(try await video.process(frame, timestamp: .microseconds((index + 1) * Self.stepUs - 1)))
        }
        return results
    }

    func testSpeechIsSilentUntilItsUserAdaptedAHeadAndJoinsTheAnswerThen() async throws {
        let frames = try ClipFrames.rgbFrames()
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let sound = utterance(200, seed: 99)
        let silent = try await hear(engine, frames, sound)
        let heard = silent.compactMap(\.speech)
        let track = silent[0].faces[0].track
        XCTAssert(heard.contains { $0.speaker == track && $0.refusal == nil && $0.doubts.isEmpty }, "\(heard)")
        XCTAssert(
            heard.allSatisfy {
                (Duration.milliseconds(800)...Duration.milliseconds(1200)).contains($0.start) && $0.end > $0.start
            })
        XCTAssert(heard.contains { $0.isOngoing && $0.refusal == .doubtful && $0.doubts.contains(.short) }, "\(heard)")
        XCTAssert(silent.flatMap(\.faces).allSatisfy { $0.emotion?.modalities ?? [.face] == [.face] })

        let clips = try await record(engine)
        XCTAssert(clips.list().allSatisfy { $0.speech == ClipSpeech(refusal: nil, doubts: []) }, "\(clips.list())")
        let adapted = try await engine.users.adapt("Wanda", clips: clips)
        XCTAssert(adapted.face.isAccepted, adapted.face.reason)
        XCTAssertEqual(adapted.speech?.isAccepted, true, adapted.speech?.reason ?? "no speech")
        let user = try await engine.users.get("Wanda")
        XCTAssertEqual([user.activeGeneration, user.activeSpeechGeneration], [1, 1])
        XCTAssertEqual(user.speechGenerations.map(\.isUsable), [true])
        let joined = try await hear(engine, frames, sound)
        let both = joined.flatMap(\.faces).compactMap(\.emotion).filter { $0.modalities == [.face, .speech] }
        XCTAssert(both.count >= 4 && both.allSatisfy(\.isAdapted), "\(both.count)")

        let back = try await engine.users.rollback("Wanda", modality: .speech)
        XCTAssertNil(back)
        let rolled = try await engine.users.get("Wanda")
        XCTAssertEqual([rolled.activeGeneration, rolled.activeSpeechGeneration], [1, nil])
        let forward = try await engine.users.rollback("Wanda", to: 1, modality: .speech)
        XCTAssertEqual(forward, 1)
    }

    func testSpeechThatMayBeAnothersOrIsDoubtfulIsLeftOutOfClipsAndNamed() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        let clips = try engine.users.clips()
        let sound = utterance(140, seed: 1)
        await assertThrows("invalidOption") { try clips.addAudio(sound, timestamp: .zero) }
        let face = try Material.bytes("adapt/woman/learn/happy/0300.jpg")
        let silence = [Float](repeating: 0, count: Self.rate)
        let clipped: [Float] = sound.map { 30 * $0 }
        let recorded: [(pictures: Int, samples: [Float])] = [
            (1, []), (1, silence), (4, sound), (1, sound), (1, clipped),
        ]
        for (pictures, samples) in recorded {
            try clips.begin("happy")
            try clips.addAudio(samples, timestamp: .zero)
            for _ in 0..<pictures { try await clips.add(picture: face) }
            try await clips.end()
        }
        let speech = clips.list().map(\.speech)
        XCTAssertEqual(speech[1]?.refusal, .doubtful)
        XCTAssertEqual(speech[1]?.doubts.contains(.noVoice), true)
        XCTAssertEqual(speech[2], ClipSpeech(refusal: .mouthStill, doubts: []))
        XCTAssertEqual(speech[3], ClipSpeech(refusal: nil, doubts: []))
        XCTAssertEqual(speech[4]?.doubts.contains(.clipped), true)
    }

    func testSpeechThatNobodyCanVouchForIsLearnedIfTheApplicationDoes() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let clips = try engine.users.clips()
        for (label, pitch, tilt) in Self.voices {
            let folder = Material.fixture("adapt/woman/learn/\(label)")
            let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            for (index, file) in files.sorted(by: { $0.path < $1.path }).prefix(4).enumerated() {
                try clips.begin(label)
                try clips.addAudio(utterance(pitch, tilt: tilt, seed: UInt64(index)), timestamp: .zero)
                for _ in 0..<4 { try await clips.add(picture: try Data(contentsOf: file)) }
                try await clips.end()
            }
        }
        XCTAssert(clips.list().allSatisfy { $0.speech?.refusal == .mouthStill }, "\(clips.list())")
        let checked = try await engine.users.adapt("Wanda", clips: clips)
        XCTAssertNil(checked.speech)
        let adapted = try await engine.users.adapt(
            "Wanda", clips: clips, options: AdaptOptions(allowsUncheckedVoices: true))
        XCTAssertEqual(adapted.speech?.clips.map(\.count).reduce(0, +), 12)
        let weightless = EngineOptions(fusion: Fusion(speech: FusionWeights(adapted: 0)))
        await assertThrows("invalidOption", "speech has the weights") {
            try await EmotionEngine.create(weightless, store: nil)
        }
    }

    func testSpeechWithoutAFaceIsKeptForTheApplicationThatVouchesForIt() async throws {
        let engine = try await engine(try Material.temporaryFolder(self))
        try await enrollWanda(engine)
        let clips = try await recordWanda(engine)
        let recorded = clips.list().count
        for (label, pitch, tilt) in Self.voices {
            for seed in 0..<4 {
                try clips.begin(label)
                try clips.addAudio(utterance(pitch, tilt: tilt, seed: UInt64(seed)), timestamp: .zero)
                XCTAssertEqual(try clips.endBlocking(), 0)
            }
        }
        XCTAssertEqual(clips.list().count, recorded + 12)
        XCTAssertEqual(clips.list().last?.speech, ClipSpeech(refusal: .noFace, doubts: []))
        let checked = try await engine.users.adapt("Wanda", clips: clips)
        XCTAssertNil(checked.speech)
        let unchecked = AdaptOptions(allowsUncheckedVoices: true)
        let adapted = try await engine.users.adapt("Wanda", clips: clips, options: unchecked)
        XCTAssertEqual(adapted.face.clips.map(\.count).reduce(0, +), recorded)
        XCTAssertEqual(adapted.speech?.clips.map(\.count).reduce(0, +), 12)
        let alone = try engine.users.clips()
        try alone.begin("happy")
        try alone.addAudio(utterance(140, seed: 1), timestamp: .zero)
        try await alone.end()
        await assertThrows("notEnoughSamples", "face") {
            try await engine.users.adapt("Wanda", clips: alone, options: unchecked)
        }
    }

    func testBothTypesOfSamplesAreHeardAlike() async throws {
        let frame = try ClipFrames.rgbFrames()[0]
        let engine = try await engineWithoutStore()
        let shorts = utterance(140, seed: 1).map { Int16(32_767 * $0) }
        let floats = shorts.map { Float($0) / 32_768 }
        func heard(_ submit: (LiveSession) throws -> Void) async throws -> HeardSpeech? {
            let live = try engine.live(LiveOptions(minChange: 0))
            defer { live.close() }
            try submit(live)
            try live.submit(frame, timestamp: .microseconds(4_100_000))
            return try await live.receive()?.speech
        }
        let expected = try await heard { try $0.submitAudio(floats, timestamp: .zero) }
        XCTAssertEqual(expected?.refusal, .noFace)
        let whole = try await heard { try $0.submitAudio(shorts, timestamp: .zero) }
        XCTAssertEqual(whole, expected)
        let stereo = try await heard {
            try $0.submitAudio(floats.flatMap { [$0, $0] }, timestamp: .zero, format: AudioFormat(channels: 2))
        }
        XCTAssertEqual(stereo, expected)
        let borrowed = try await heard { live in
            try shorts.withUnsafeBufferPointer { try live.submitAudio($0, timestamp: .zero) }
        }
        XCTAssertEqual(borrowed, expected)
        let none = try await heard { try $0.submitAudio([Int16](), timestamp: .zero) }
        XCTAssertNil(none)
    }

    func testBothTypesOfSamplesGiveAClipTheSameSpeech() async throws {
        let face = try Material.bytes("adapt/woman/learn/happy/0300.jpg")
        let shorts = utterance(140, seed: 1).map { Int16(32_767 * $0) }
        let floats = shorts.map { Float($0) / 32_768 }
        let silence = [Int16](repeating: 0, count: Self.rate)
        let clips = try await engineWithoutStore().users.clips()
        let hand: [() throws -> Void] = [
            { try clips.addAudio(floats, timestamp: .zero) },
            { try clips.addAudio(shorts, timestamp: .zero) },
            { try shorts.withUnsafeBufferPointer { try clips.addAudio($0, timestamp: .zero) } },
            { try clips.addAudio(silence, timestamp: .zero) },
            { try silence.withUnsafeBufferPointer { try clips.addAudio($0, timestamp: .zero) } },
        ]
        for add in hand {
            try clips.begin(.happy)
            try add()
            try await clips.add(picture: face)
            try await clips.end()
        }
        let refusals = clips.list().map { $0.speech?.refusal }
        XCTAssertEqual(refusals, [nil, nil, nil, .doubtful, .doubtful])
        XCTAssertEqual(clips.list().compactMap(\.speech).count, hand.count)
    }

    func testSoundThatCannotBeIsRefused() async throws {
        let engine = try await engineWithoutStore()
        let (video, sound) = (try engine.video(), [Int16](repeating: 0, count: 1600))
        for format in [AudioFormat(rateHz: 96_000), AudioFormat(channels: 3), AudioFormat(rateHz: -1)] {
            await assertThrows("invalidOption") { try video.submitAudio(sound, timestamp: .zero, format: format) }
        }
        await assertThrows("invalidOption") { try video.submitAudio(sound, timestamp: .microseconds(-1)) }
        await assertThrows("invalidOption") {
            try video.submitAudio([Float](repeating: 0, count: 3), timestamp: .zero, format: AudioFormat(channels: 2))
        }
        await assertThrows("invalidOption") { try engine.video(StreamOptions(speechHold: .microseconds(60_000_001))) }
        try video.submitAudio(sound, timestamp: .microseconds(10_000_000))
        await assertThrows("timestampOrder") { try video.submitAudio(sound, timestamp: .microseconds(8_000_000)) }
        try video.submitAudio([Float](repeating: .nan, count: 1600), timestamp: .microseconds(10_100_000))
        video.close()
        await assertThrows("closed") { try video.submitAudio(sound, timestamp: .zero) }
        let live = try engine.live()
        engine.close()
        await assertThrows("closed") { try live.submitAudio(sound, timestamp: .zero) }
    }
}
