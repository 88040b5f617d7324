import Foundation
internal import MienFFI

/// The layout of sound; two channels are interleaved. The default needs no conversion.
public struct AudioFormat: Sendable, Hashable, Codable {
    /// Samples per second and channel, 8000 to 48,000. Default 16,000.
    public var rateHz: Int
    /// Number of channels, 1 or 2. Default 1.
    public var channels: Int

    /// Creates a format; each value has a default.
    public init(rateHz: Int = 16_000, channels: Int = 1) {
        self.rateHz = rateHz
        self.channels = channels
    }

    /// Reads a format; a value that is missing is the default.
    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        rateHz = try values.decodeIfPresent(Int.self, forKey: .rateHz) ?? rateHz
        channels = try values.decodeIfPresent(Int.self, forKey: .channels) ?? channels
    }
}

/// A borrowed chunk of sound.
struct AudioChunk {
    private let bytes: UnsafeRawBufferPointer
    private let samples: SampleFormat
    private let format: AudioFormat
    private let timestamp: Duration

    init(_ samples: UnsafeBufferPointer<Int16>, _ format: AudioFormat, _ timestamp: Duration) {
        (bytes, self.samples, self.format, self.timestamp) = (.init(samples), .i16, format, timestamp)
    }

    init(_ samples: UnsafeBufferPointer<Float>, _ format: AudioFormat, _ timestamp: Duration) {
        (bytes, self.samples, self.format, self.timestamp) = (.init(samples), .f32, format, timestamp)
    }

    /// Hands the chunk to a function of the bridge, which borrows the samples.
    func hand(to take: (Data, AudioLayout, UInt64) throws -> Void) throws(MienError) {
        try bridged {
            let layout = AudioLayout(
                samples: samples,
                rateHz: try UInt32(checked: format.rateHz, "rateHz"),
                channels: try UInt32(checked: format.channels, "channels")
            )
            let time = try timestamp.microseconds("timestamp")
            guard let start = bytes.baseAddress else { return try take(Data(), layout, time) }
            let data = Data(
                bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count, deallocator: .none)
            try take(data, layout, time)
        }
    }
}
