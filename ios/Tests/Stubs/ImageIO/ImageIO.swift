// swift-format-ignore-file
@_exported import CoreGraphics

public enum CGImagePropertyOrientation: UInt32, Sendable {
    case up = 1
    case upMirrored, down, downMirrored, leftMirrored, right, rightMirrored, left
}

public let kCGImagePropertyPixelWidth: CFString = "PixelWidth"
public let kCGImagePropertyPixelHeight: CFString = "PixelHeight"
public let kCGImagePropertyOrientation: CFString = "Orientation"
public let kCGImageSourceShouldCache: CFString = "kCGImageSourceShouldCache"

public enum CGImageSourceStatus: Int32, Sendable {
    case statusUnexpectedEOF = -5
    case statusInvalidData = -4
    case statusUnknownType = -3
    case statusReadingHeader = -2
    case statusIncomplete = -1
    case statusComplete = 0
}

/// A picture file. The stub decodes the files that a test names.
public final class CGImageSource {
    /// The pictures of a file, of which the last one is the primary one.
    public struct StubFile: Sendable {
        public var pictures: [CGImage]
        public var orientation: UInt32?
        public var status: CGImageSourceStatus
        /// The size that the file states instead of that of its picture.
        public var statedSide: Int?

        public init(
            _ pictures: [CGImage], orientation: UInt32? = nil, status: CGImageSourceStatus = .statusComplete,
            statedSide: Int? = nil
        ) {
            self.pictures = pictures
            self.orientation = orientation
            self.status = status
            self.statedSide = statedSide
        }
    }

    nonisolated(unsafe) private static var files: [Data: StubFile] = [:]
    private static let lock = NSLock()

    /// Makes a file readable for the stub.
    public static func stub(_ bytes: Data, _ file: StubFile) {
        lock.withLock { files[bytes] = file }
    }

    fileprivate let file: StubFile

    fileprivate init?(_ bytes: Data) {
        guard let file = (Self.lock.withLock { Self.files[bytes] }) else { return nil }
        self.file = file
    }
}

public func CGImageSourceCreateWithData(_ data: CFData, _ options: CFDictionary?) -> CGImageSource? {
    CGImageSource(data)
}

public func CGImageSourceGetCount(_ source: CGImageSource) -> Int { source.file.pictures.count }

public func CGImageSourceGetPrimaryImageIndex(_ source: CGImageSource) -> Int { source.file.pictures.count - 1 }

public func CGImageSourceGetStatusAtIndex(_ source: CGImageSource, _ index: Int) -> CGImageSourceStatus {
    source.file.status
}

public func CGImageSourceCopyPropertiesAtIndex(
    _ source: CGImageSource, _ index: Int, _ options: CFDictionary?
) -> CFDictionary? {
    let picture = source.file.pictures[index]
    var properties: CFDictionary = [
        kCGImagePropertyPixelWidth: source.file.statedSide ?? picture.width,
        kCGImagePropertyPixelHeight: source.file.statedSide ?? picture.height,
    ]
    if let orientation = source.file.orientation {
        properties[kCGImagePropertyOrientation] = NSNumber(value: orientation)
    }
    return properties
}

public func CGImageSourceCreateImageAtIndex(
    _ source: CGImageSource, _ index: Int, _ options: CFDictionary?
) -> CGImage? {
    source.file.status == .statusComplete ? source.file.pictures[index] : nil
}
