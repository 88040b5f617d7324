import Foundation
internal import MienFFI

/// The bytes of a picture file, handed to the core as they are if it reads such files, else as pixels that the system
/// decoded: HEIC and what else ImageIO reads on Apple's systems, nothing on others.
///
/// What both read the core decodes, so that a file gives the same numbers everywhere.
struct PictureFile {
    private let bytes: Data

    init(_ bytes: Data) {
        self.bytes = bytes
    }

    /// Hands the file to `file`, or its pixels to `frame`.
    ///
    /// - Throws: what they throw; ``EmotionError/invalidFrame(_:)`` naming the format of a file that nobody reads here.
    func handed<Value>(
        to file: (Data) throws -> Value, or frame: (Data, Data, Data, MienFFI.FrameLayout) throws -> Value
    ) throws -> Value {
        if isReadByCore { return try file(bytes) }
        #if canImport(ImageIO)
        if let picture = try Frame(pictureFile: bytes) { return try picture.borrowed(frame) }
        #endif
        if let format {
            throw EmotionError.invalidFrame(
                """
                the picture is a \(format) file, which cannot be read here: hand in JPEG, PNG, TIFF, BMP or WebP, or \
                its pixels
                """)
        }
        // The core says what is wrong.
        return try file(bytes)
    }

    /// Whether the file begins as those that the core reads do: JPEG, PNG, TIFF, BMP, WebP.
    private var isReadByCore: Bool {
        begins([0xFF, 0xD8, 0xFF]) || begins([0x89, 0x50, 0x4E, 0x47]) || begins("BM") || begins("II*\0")
            || begins("MM\0*") || (begins("RIFF") && begins("WEBP", at: 8))
    }

    /// What other kind of file this is; `nil` if that is unknown.
    private var format: String? {
        if begins("ftyp", at: 4) { return Self.container(brands) }
        return Self.beginnings.first { begins($0.bytes) }?.name
    }

    /// Formats by how their files begin.
    private static let beginnings: [(name: String, bytes: [UInt8])] = [
        ("GIF", [0x47, 0x49, 0x46, 0x38]), ("JPEG 2000", [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20]),
        ("JPEG 2000", [0xFF, 0x4F, 0xFF, 0x51]), ("JPEG XL", [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20]),
        ("JPEG XL", [0xFF, 0x0A]), ("PDF", [0x25, 0x50, 0x44, 0x46]), ("PSD", [0x38, 0x42, 0x50, 0x53]),
    ]

    /// The format of an ISO base media file (ISO/IEC 14496-12) by its brands, of which the first is the major one.
    private static func container(_ brands: [String]) -> String {
        let formats: [(name: String, brands: Set<String>)] = [
            ("HEIC", ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"]), ("AVIF", ["avif", "avis"]),
            ("HEIF", ["mif1", "mif2", "msf1"]), ("CR3", ["crx "]), ("QuickTime", ["qt  "]),
        ]
        return formats.first { !$0.brands.isDisjoint(with: brands) }?.name ?? "MP4"
    }

    /// The brands in the box that such a file begins with: the major one, then, behind a version, the compatible ones.
    private var brands: [String] {
        let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let box = [UInt8](bytes.prefix(min(max(length, 12), 256)))
        return ([8] + Array(stride(from: 16, through: box.count - 4, by: 4))).compactMap { start in
            start + 4 <= box.count ? String(decoding: box[start..<start + 4], as: UTF8.self) : nil
        }
    }

    private func begins(_ text: StaticString, at offset: Int = 0) -> Bool {
        begins(text.withUTF8Buffer { [UInt8]($0) }, at: offset)
    }

    private func begins(_ start: [UInt8], at offset: Int = 0) -> Bool {
        bytes.dropFirst(offset).starts(with: start)
    }
}
