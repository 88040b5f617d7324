/// A pixel format of Core Video, by its four characters.
struct BufferFormat: Equatable {
    let code: UInt32
    let format: PixelFormat
    let videoRange: Bool

    /// Returns the format of a buffer.
    ///
    /// - Throws: ``ErrorCode/invalidFrame`` with the four characters if the processor cannot read it.
    static func of(_ code: UInt32) throws(MienError) -> BufferFormat {
        if let known = readable.first(where: { $0.code == code }) { return known }
        // '&8v0', '-xv0' and the like: lossless and lossy forms, whose layout in memory is Apple's own.
        let isCompressed = [UInt8(ascii: "&"), UInt8(ascii: "-")].contains(UInt8(code >> 24))
        let reason =
            isCompressed
            ? "is compressed, and only the system's graphics and video hardware reads it"
            : "is not read here"
        throw MienError(.invalidFrame, "the pixel format \(name(code)) \(reason): ask for \(names(readable))")
    }

    /// Returns the format to ask an output for; `nil` if it offers none that is read here.
    static func preferred(of offered: [UInt32]) -> BufferFormat? {
        readable.first { offered.contains($0.code) }
    }

    /// The formats that are read, the best for cameras first: 8 bits before 10, which cost twice the memory.
    static let readable = [
        BufferFormat("420f", .nv12, videoRange: false), BufferFormat("420v", .nv12, videoRange: true),
        BufferFormat("BGRA", .bgra8, videoRange: false), BufferFormat("xf20", .p010, videoRange: false),
        BufferFormat("x420", .p010, videoRange: true),
    ]

    /// Returns the four characters in quotes, or a number if they are none.
    static func name(_ code: UInt32) -> String {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: code >> $0) }
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return "\(code)" }
        return "'\(String(decoding: bytes, as: UTF8.self))'"
    }

    /// Returns the names of formats as a list in words.
    static func names(_ formats: [BufferFormat]) -> String {
        let names = formats.map { name($0.code) }
        return names.count < 2
            ? names.joined() : "\(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1])"
    }

    private init(_ code: StaticString, _ format: PixelFormat, videoRange: Bool) {
        self.code = code.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt32($1) } }
        (self.format, self.videoRange) = (format, videoRange)
    }
}
