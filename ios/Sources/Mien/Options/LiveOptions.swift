internal import MienFFI

/// Options of a live session; immutable after creation.
public struct LiveOptions: Sendable, Equatable {
    /// Options for processing a frame.
    public var stream: StreamOptions
    /// Maximum number of frames processed per second, by their timestamps, 0.1 to 240. Default 15.
    public var targetFps: Float
    /// A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels, 0 to 255; 0 skips none.
    /// Default 3.
    public var minChange: Float
    /// Maximum time without processing a frame, microseconds, up to 500,000; after it an unchanged frame is processed
    /// too. Default 400,000.
    public var idleUs: Int
    /// Maximum number of results that wait to be fetched, 1 to 1000; beyond it the oldest is dropped and its events
    /// move to the next result. Default 32.
    public var maxResults: Int

    /// Creates options; each has a default.
    public init(
        stream: StreamOptions = StreamOptions(),
        targetFps: Float = 15,
        minChange: Float = 3,
        idleUs: Int = 400_000,
        maxResults: Int = 32
    ) {
        self.stream = stream
        self.targetFps = targetFps
        self.minChange = minChange
        self.idleUs = idleUs
        self.maxResults = maxResults
    }
}

extension LiveOptions {
    init(_ core: MienFFI.LiveOptions) {
        self.init(
            stream: StreamOptions(core.stream),
            targetFps: core.targetFps,
            minChange: core.minChange,
            idleUs: Int(core.idleUs),
            maxResults: Int(core.maxResults)
        )
    }

    func core() throws -> MienFFI.LiveOptions {
        MienFFI.LiveOptions(
            stream: try stream.core(),
            targetFps: targetFps,
            minChange: minChange,
            idleUs: try UInt64(checked: idleUs, "idleUs"),
            maxResults: try UInt32(checked: maxResults, "maxResults")
        )
    }
}
