import Foundation
import XCTest

@testable import Mien

/// Test material: pictures of the repository, and frames that scripts/apple/test.sh decodes from them.
enum Material {
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func fixture(_ path: String) -> URL {
        repository.appendingPathComponent("tests/fixtures").appendingPathComponent(path)
    }

    static func bytes(_ path: String) throws -> Data {
        try Data(contentsOf: fixture(path))
    }

    /// Returns a file that scripts/apple/test.sh prepared; without it the test is skipped.
    static func prepared(_ name: String) throws -> URL {
        guard let folder = ProcessInfo.processInfo.environment["MIEN_TEST_MATERIAL"] else {
            throw XCTSkip("MIEN_TEST_MATERIAL names no folder; run `make test-swift`")
        }
        let file = URL(fileURLWithPath: folder).appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: file.path) else { throw XCTSkip("there is no \(name)") }
        return file
    }

    /// Creates a folder that is removed after the test.
    static func temporaryFolder(_ test: XCTestCase) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mien-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        test.addTeardownBlock { try? FileManager.default.removeItem(at: folder) }
        return folder
    }
}

/// The bundled clip: one woman, 480x270, one face in every frame.
struct ClipFrames {
    static let width = 480
    static let height = 270
    private let bytes: Data
    private let frameBytes: Int

    enum Layout: String {
        case rgb24, bgra, rgba, gray, nv12, nv21, yuv420p
    }

    init(_ layout: Layout) throws {
        bytes = try Data(contentsOf: Material.prepared("clip.\(layout.rawValue)"))
        let pixels = Self.width * Self.height
        frameBytes =
            switch layout {
            case .rgb24: 3 * pixels
            case .bgra, .rgba: 4 * pixels
            case .gray: pixels
            case .nv12, .nv21, .yuv420p: 3 * pixels / 2
            }
    }

    var count: Int { bytes.count / frameBytes }

    /// The bytes of a frame, with indices from 0.
    subscript(index: Int) -> Data {
        bytes.subdata(in: index * frameBytes..<(index + 1) * frameBytes)
    }

    static func rgb(_ data: Data) -> Frame {
        Frame(format: .rgb8, width: width, height: height, planes: [data])
    }

    static func rgbFrames() throws -> [Frame] {
        let frames = try ClipFrames(.rgb24)
        return (0..<frames.count).map { rgb(frames[$0]) }
    }
}

/// A gray picture without a face.
func blank(_ width: Int = 320, _ height: Int = 240) -> Frame {
    Frame(format: .gray8, width: width, height: height, planes: [Data(repeating: 128, count: width * height)])
}

func engineWithoutStore() async throws -> EmotionEngine {
    try await EmotionEngine.create(store: nil)
}

/// Creates an engine with the store in `folder`, unencrypted without a key.
func engine(_ folder: URL, key: StoreKey? = nil) async throws -> EmotionEngine {
    try await EmotionEngine.create(
        store: key.map { StoreLocation(folder: folder, key: $0) } ?? .unencrypted(folder: folder))
}

/// Enrolls the woman of the bundled pictures as Wanda.
func enrollWanda(_ engine: EmotionEngine) async throws {
    let enrollment = try await engine.users.enroll("Wanda")
    for picture in ["sad/0018", "happy/0300", "happy/0332"] {
        let step = try await enrollment.add(picture: try Material.bytes("adapt/woman/learn/\(picture).jpg"))
        guard case .accepted = step else { return XCTFail("\(step)") }
    }
    let count = try await enrollment.finish(now: Date(timeIntervalSince1970: 1))
    XCTAssertEqual(count, 3)
}

/// Records every training picture of Wanda as a clip.
func recordWanda(_ engine: EmotionEngine) async throws -> Clips {
    let clips = try engine.users.clips()
    for label in [EmotionLabel.fear, .happy, .sad] {
        let folder = Material.fixture("adapt/woman/learn/\(label)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        for file in files.sorted(by: { $0.path < $1.path }) {
            try clips.begin(label)
            try await clips.add(picture: try Data(contentsOf: file))
            try await clips.end()
        }
    }
    return clips
}

/// Where a face is.
struct Place: Equatable {
    let bounds: FaceBounds
    let landmarks: FaceLandmarks
    let score: Float
}

extension FaceResult {
    var place: Place { Place(bounds: bounds, landmarks: landmarks, score: score) }
}

/// Returns the emotion of a test picture of Wanda.
func probe(_ engine: EmotionEngine) async throws -> Emotion? {
    try await engine.process(picture: try Material.bytes("adapt/woman/test/fear/0204.jpg")).faces.first?.emotion
}

/// Returns the name of the kind of an error.
func kind(_ error: any Error) -> String {
    (error as? MienError)?.code.rawValue ?? "no MienError: \(error)"
}

/// Checks that `work` throws an error of this kind whose full message contains `part`.
func assertThrows<Value>(
    _ expected: String, _ part: String = "", file: StaticString = #filePath, line: UInt = #line,
    _ work: () async throws -> Value
) async {
    do {
        let value = try await work()
        XCTFail("\(expected) was expected, not \(value)", file: file, line: line)
    } catch {
        XCTAssertEqual(kind(error), expected, "\(error)", file: file, line: line)
        let full = (error as? MienError)?.details ?? error.localizedDescription
        XCTAssert(part.isEmpty || full.contains(part), "\(full) does not name \(part)", file: file, line: line)
    }
}
