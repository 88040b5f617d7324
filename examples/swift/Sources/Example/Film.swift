import Foundation
import Mien

/// The frames of a YUV4MPEG2 file, which `ffmpeg -i FILM -pix_fmt yuv420p film.y4m` writes. An app takes those of a
/// camera (`CameraFeed`) or of AVFoundation (`VideoFrames`).
struct Film {
    let frames: [(frame: Frame, timestamp: Duration)]

    init(_ file: URL) throws {
        var rest = try Data(contentsOf: file)[...]
        // For example: YUV4MPEG2 W640 H480 F30:1 C420jpeg
        let header = Film.line(&rest).split(separator: " ").map(String.init)
        let value = { (key: Character) in header.dropFirst().first { $0.first == key }.map { String($0.dropFirst()) } }
        let rate = (value("F") ?? "").split(separator: ":").compactMap { Int64($0) }
        guard header.first == "YUV4MPEG2", let width = value("W").flatMap(Int.init),
            let height = value("H").flatMap(Int.init), rate.count == 2, rate[0] > 0,
            (value("C") ?? "420").hasPrefix("420"), !(value("C") ?? "").contains("p1")
        else { throw CocoaError(.fileReadCorruptFile) }
        let (luma, chroma) = (width * height, ((width + 1) / 2) * ((height + 1) / 2))
        let videoRange = !header.contains("XCOLORRANGE=FULL")
        var frames: [(frame: Frame, timestamp: Duration)] = []
        while rest.count > luma + 2 * chroma {
            _ = Film.line(&rest)  // FRAME
            let planes = [luma, chroma, chroma].map { Film.take($0, &rest) }
            let frame = Frame(format: .yuv420, width: width, height: height, planes: planes, videoRange: videoRange)
            frames.append((frame, .seconds(Int64(frames.count) * rate[1]) / rate[0]))
        }
        self.frames = frames
    }

    private static func line(_ rest: inout Data.SubSequence) -> String {
        let line = rest.prefix { $0 != UInt8(ascii: "\n") }
        rest = rest.dropFirst(line.count + 1)
        return String(decoding: line, as: UTF8.self)
    }

    private static func take(_ count: Int, _ rest: inout Data.SubSequence) -> Data {
        defer { rest = rest.dropFirst(count) }
        return Data(rest.prefix(count))
    }
}
