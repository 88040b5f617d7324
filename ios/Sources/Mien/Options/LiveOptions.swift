internal import MienFFI

/// Options of a live session; immutable once it is made.
public struct LiveOptions: Sendable, Equatable {
    /// What is done with a frame. Default: its defaults.
    public var stream: StreamOptions
    /// At most so many frames a second are looked at, by their timestamps, 0.1 to 240. Default 15.
    public var targetFps: Float
    /// A frame in which no part of a 32 x 32 grid has changed by this many gray levels is skipped, 0 to 255; 0
    /// skips none. Default 3.
    public var minChange: Float
    /// After so long an unchanged frame is looked at all the same, microseconds, up to 500,000. Default
    /// 400_000.
    public var idleUs: Int
    /// So many results wait to be fetched, 1 to 1000; then the oldest goes, but not its events. Default 32.
    public var maxResults: Int

    /// Options, each with its default unless it is given.
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
