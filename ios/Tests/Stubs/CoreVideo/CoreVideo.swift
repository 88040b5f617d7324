// swift-format-ignore-file
@_exported import StubBasics

public typealias CVReturn = Int32
public let kCVReturnSuccess: CVReturn = 0
public let kCVReturnInvalidArgument: CVReturn = -6661

private func code(_ text: StaticString) -> OSType {
    text.withUTF8Buffer { $0.reduce(0) { $0 << 8 | OSType($1) } }
}

public let kCVPixelFormatType_420YpCbCr8BiPlanarFullRange = code("420f")
public let kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange = code("420v")
public let kCVPixelFormatType_420YpCbCr10BiPlanarFullRange = code("xf20")
public let kCVPixelFormatType_420YpCbCr10BiPlanarVideoRange = code("x420")
public let kCVPixelFormatType_32BGRA = code("BGRA")
public let kCVPixelBufferPixelFormatTypeKey: CFString = "PixelFormatType"

public struct CVPixelBufferLockFlags: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static let readOnly = CVPixelBufferLockFlags(rawValue: 1)
}

public typealias CVImageBuffer = CVBuffer
public typealias CVPixelBuffer = CVImageBuffer

/// A buffer of pixels. Its memory can be reached while it is locked only.
public final class CVBuffer {
    /// A plane in memory.
    public struct StubPlane {
        public let rows: Int
        public let bytesPerRow: Int
        fileprivate let memory: UnsafeMutableRawPointer?

        /// A plane of these bytes; without bytes the processor cannot read it.
        public init(_ bytes: [UInt8]?, rows: Int, bytesPerRow: Int) {
            (self.rows, self.bytesPerRow) = (rows, bytesPerRow)
            memory = bytes.map { bytes in
                let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 16)
                bytes.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
                return memory
            }
        }
    }

    fileprivate let format: OSType
    fileprivate let width: Int
    fileprivate let height: Int
    fileprivate let planes: [StubPlane]
    fileprivate let isPlanar: Bool
    private let lock = NSLock()
    /// Number of locks that were not undone yet.
    public private(set) var stubLocks = 0
    /// Number of times that the buffer was locked for reading only.
    public private(set) var stubReads = 0
    /// Whether locking fails.
    public var stubRefusesLocks = false

    public init(stubFormat: OSType, width: Int, height: Int, planes: [StubPlane], isPlanar: Bool) {
        (format, self.width, self.height, self.planes) = (stubFormat, width, height, planes)
        self.isPlanar = isPlanar
    }

    deinit { for plane in planes { plane.memory?.deallocate() } }

    fileprivate func change(_ change: Int, _ flags: CVPixelBufferLockFlags) -> CVReturn {
        lock.withLock {
            if stubRefusesLocks || stubLocks + change < 0 { return kCVReturnInvalidArgument }
            stubLocks += change
            if change > 0, flags == .readOnly { stubReads += 1 }
            return kCVReturnSuccess
        }
    }

    fileprivate func memory(_ plane: Int) -> UnsafeMutableRawPointer? {
        lock.withLock { stubLocks > 0 ? planes[plane].memory : nil }
    }
}

public func CVPixelBufferGetPixelFormatType(_ buffer: CVPixelBuffer) -> OSType { buffer.format }
public func CVPixelBufferGetWidth(_ buffer: CVPixelBuffer) -> Int { buffer.width }
public func CVPixelBufferGetHeight(_ buffer: CVPixelBuffer) -> Int { buffer.height }
public func CVPixelBufferIsPlanar(_ buffer: CVPixelBuffer) -> Bool { buffer.isPlanar }
public func CVPixelBufferGetPlaneCount(_ buffer: CVPixelBuffer) -> Int { buffer.isPlanar ? buffer.planes.count : 0 }
public func CVPixelBufferGetBytesPerRow(_ buffer: CVPixelBuffer) -> Int { buffer.planes[0].bytesPerRow }
public func CVPixelBufferGetBytesPerRowOfPlane(_ buffer: CVPixelBuffer, _ plane: Int) -> Int {
    buffer.planes[plane].bytesPerRow
}
public func CVPixelBufferGetHeightOfPlane(_ buffer: CVPixelBuffer, _ plane: Int) -> Int { buffer.planes[plane].rows }
public func CVPixelBufferGetBaseAddress(_ buffer: CVPixelBuffer) -> UnsafeMutableRawPointer? { buffer.memory(0) }
public func CVPixelBufferGetBaseAddressOfPlane(_ buffer: CVPixelBuffer, _ plane: Int) -> UnsafeMutableRawPointer? {
    buffer.memory(plane)
}
@discardableResult
public func CVPixelBufferLockBaseAddress(_ buffer: CVPixelBuffer, _ flags: CVPixelBufferLockFlags) -> CVReturn {
    buffer.change(1, flags)
}
@discardableResult
public func CVPixelBufferUnlockBaseAddress(_ buffer: CVPixelBuffer, _ flags: CVPixelBufferLockFlags) -> CVReturn {
    buffer.change(-1, flags)
}
