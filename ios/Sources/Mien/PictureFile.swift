import Foundation
internal import MienFFI

/// The bytes of a picture file. The core decodes the formats that it reads; the system decodes the others into
/// pixels: HEIC and the other formats of ImageIO on Apple's systems, none elsewhere.
///
/// The core decodes the formats that both read, so that a file has the same result everywhere.
struct PictureFile {
    private let bytes: Data

    init(_ bytes: Data) {
        self.bytes = bytes
    }

    /// Passes the file to `file`, or its pixels to `frame`.
    ///
    /// - Throws: their errors; ``ErrorCode/invalidFrame`` naming the format of a file that cannot be read
    ///   here.
    func handed<Value>(
        to file: (Data) throws -> Value, or frame: (Data, Data, Data, MienFFI.FrameLayout) throws -> Value
    ) throws -> Value {
        if let picture = try decodedBySystem() { return try picture.borrowed(frame) }
        return try file(bytes)
    }

    /// Returns the pixels of the file.
    ///
    /// - Throws: as ``handed(to:or:)``.
    func decoded() throws -> Frame {
        if let picture = try decodedBySystem() { return picture }
        let picture = try decodePicture(file: bytes)
        return Frame(format: .rgb8, width: Int(picture.width), height: Int(picture.height), planes: [picture.pixels])
    }

    /// Returns the pixels of a file that the core does not read; `nil` if the core is to read it, or to name its fault.
    private func decodedBySystem() throws -> Frame? {
        if isReadByCore { return nil }
        #if canImport(ImageIO)
        if let picture = try Frame(pictureFile: bytes) { return picture }
        #endif
        if let format {
            throw MienError(
                .invalidFrame,
                """
                the picture is a \(format) file, which cannot be read here: pass JPEG, PNG, TIFF, BMP or WebP, or its \
                pixels
                """)
        }
        return nil
    }

    /// Whether the file begins like a format that the core reads: JPEG, PNG, TIFF, BMP, WebP.
    private var isReadByCore: Bool {
        begins([0xFF, 0xD8, 0xFF]) || begins([0x89, 0x50, 0x4E, 0x47]) || begins("BM") || begins("II*\0")
            || begins("MM\0*") || (begins("RIFF") && begins("WEBP", at: 8))
    }

    /// The name of another format; `nil` if it is unknown.
    private var format: String? {
        if begins("ftyp", at: 4) { return Self.container(brands) }
        return Self.beginnings.first { begins($0.bytes) }?.name
    }

    /// Formats by the first bytes of their files.
    private static let beginnings: [(name: String, bytes: [UInt8])] = [
        ("GIF", [0x47, 0x49, 0x46, 0x38]), ("JPEG 2000", [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20]),
        ("JPEG 2000", [0xFF, 0x4F, 0xFF, 0x51]), ("JPEG XL", [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20]),
        ("JPEG XL", [0xFF, 0x0A]), ("PDF", [0x25, 0x50, 0x44, 0x46]), ("PSD", [0x38, 0x42, 0x50, 0x53]),
    ]

    /// Returns the format of an ISO base media file (ISO/IEC 14496-12) by its brands; the first is the major one.
    private static func container(_ brands: [String]) -> String {
        let formats: [(name: String, brands: Set<String>)] = [
            ("HEIC", ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"]), ("AVIF", ["avif", "avis"]),
            ("HEIF", ["mif1", "mif2", "msf1"]), ("CR3", ["crx "]), ("QuickTime", ["qt  "]),
        ]
        return formats.first { !$0.brands.isDisjoint(with: brands) }?.name ?? "MP4"
    }

    /// The brands in the first box of such a file: the major one, then, after a version, the compatible ones.
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
