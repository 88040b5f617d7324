import Foundation
import Mien

/// Teaches an engine one person's face, then analyzes pictures and streams.
@main
struct Example {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count >= 3 else {
            FileHandle.standardError.write(
                Data(
                    """
                    usage: Example NAME LESSONS PICTURE...  (LESSONS: a folder of pictures per emotion; a PICTURE that ends \
                    in .y4m: a stream)

                    """.utf8))
            exit(2)
        }
        let name = arguments[1]
        let lessons = try Lessons(folder: URL(fileURLWithPath: arguments[2]))
        // The store is deleted at the end. An app keeps it, encrypted: EmotionEngine.create().
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mien-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let engine = try await EmotionEngine.create(store: .unencrypted(folder: folder))
        defer { engine.close() }

        try await enroll(name, lessons, engine)
        try await adapt(name, lessons, engine)
        for path in arguments.dropFirst(2) {
            let picture = URL(fileURLWithPath: path)
            if picture.pathExtension == "y4m" {
                try await follow(picture, engine)
                continue
            }
            for face in try await engine.process(picture: try Data(contentsOf: picture)).faces {
                print("\(picture.lastPathComponent): \(describe(face))")
            }
        }
    }

    private static func enroll(_ name: String, _ lessons: Lessons, _ engine: EmotionEngine) async throws {
        let enrollment = try await engine.users.enroll(name)
        for picture in lessons.pictures {
            if enrollment.isComplete { break }
            if case .rejected(_, let message) = try await enrollment.add(picture: try Data(contentsOf: picture)) {
                print("\(picture.lastPathComponent) is not used: \(message)")
            }
        }
        print("\(name) is enrolled with \(try await enrollment.finish()) pictures.")
    }

    /// Adapts the head of `name` to the lessons; each picture is a clip of one frame.
    private static func adapt(_ name: String, _ lessons: Lessons, _ engine: EmotionEngine) async throws {
        let clips = try engine.users.clips()
        for (emotion, pictures) in lessons.byEmotion {
            for picture in pictures {
                try clips.begin(EmotionLabel(emotion))
                try await clips.add(picture: try Data(contentsOf: picture))
                try await clips.end()
            }
        }
        let report = try await engine.users.adapt(name, clips: clips).face
        print("The adapted head is \(report.isAccepted ? "accepted" : "refused"): \(report.reason)")
    }

    /// Follows the faces of a stream and prints what it shows when that changes. A camera uses `engine.live()`.
    private static func follow(_ film: URL, _ engine: EmotionEngine) async throws {
        let video = try engine.video()
        defer { video.close() }
        var shown: [String] = []
        for (frame, timestamp) in try Film(film).frames {
            let seen = try await video.process(frame, timestamp: timestamp).faces.map(describe)
            if seen != shown { print("\(film.lastPathComponent), \(timestamp): \(seen.joined(separator: "; "))") }
            shown = seen
        }
    }

    private static func describe(_ face: TrackedFace) -> String {
        let head = face.emotion?.isAdapted == true ? "adapted" : "generic"
        return "\(describe(face.identity)), \(face.label?.description ?? "no emotion yet"), \(head) head"
    }

    private static func describe(_ face: FaceResult) -> String {
        let who = describe(face.identity)
        guard let emotion = face.emotion else { return who }
        let percent = Int((100 * emotion.confidence).rounded())
        return "\(who), \(emotion.label) \(percent) %, \(emotion.isAdapted ? "adapted" : "generic") head"
    }

    /// Says who it is; in a stream `nil`, until several frames agree.
    private static func describe(_ identity: Identity?) -> String {
        switch identity {
        case .user(let name, _): name
        case .unknown: "unknown person"
        case nil: "not known yet"
        }
    }
}

/// The pictures of each emotion: the files in the subfolder of that name.
struct Lessons {
    let byEmotion: [(emotion: String, pictures: [URL])]

    var pictures: [URL] { byEmotion.flatMap(\.pictures) }

    init(folder: URL) throws {
        byEmotion = try Lessons.sorted(folder).map { ($0.lastPathComponent, try Lessons.sorted($0)) }
    }

    private static func sorted(_ folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }
}
