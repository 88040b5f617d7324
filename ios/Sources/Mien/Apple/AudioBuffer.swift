#if canImport(AVFAudio)
public import AVFAudio

extension LiveSession {
    /// Like the other `submitAudio`, for a buffer of 16-bit or floating-point samples. One channel or interleaved samples
    /// are borrowed; of more channels, the first two are copied.
    ///
    /// - Throws: also ``ErrorCode/invalidOption`` for other samples.
    public func submitAudio(_ buffer: AVAudioPCMBuffer, timestamp: Duration) throws(MienError) {
        try bridged {
            try buffer.lend(
                { try submitAudio($0, timestamp: timestamp, format: $1) },
                { try submitAudio($0, timestamp: timestamp, format: $1) })
        }
    }
}

extension VideoSession {
    /// Like the other `submitAudio`, for a buffer of 16-bit or floating-point samples. One channel or interleaved samples
    /// are borrowed; of more channels, the first two are copied.
    ///
    /// - Throws: also ``ErrorCode/invalidOption`` for other samples.
    public func submitAudio(_ buffer: AVAudioPCMBuffer, timestamp: Duration) throws(MienError) {
        try bridged {
            try buffer.lend(
                { try submitAudio($0, timestamp: timestamp, format: $1) },
                { try submitAudio($0, timestamp: timestamp, format: $1) })
        }
    }
}

extension Clips {
    /// Like the other `addAudio`, for a buffer of 16-bit or floating-point samples. One channel or interleaved samples are
    /// borrowed; of more channels, the first two are copied.
    ///
    /// - Throws: also ``ErrorCode/invalidOption`` for other samples.
    public func addAudio(_ buffer: AVAudioPCMBuffer, timestamp: Duration) throws(MienError) {
        try bridged {
            try buffer.lend(
                { try addAudio($0, timestamp: timestamp, format: $1) },
                { try addAudio($0, timestamp: timestamp, format: $1) })
        }
    }
}

extension AVAudioPCMBuffer {
    /// Calls the function that fits the samples with them and their format.
    fileprivate func lend(
        _ whole: (UnsafeBufferPointer<Int16>, AudioFormat) throws -> Void,
        _ real: (UnsafeBufferPointer<Float>, AudioFormat) throws -> Void
    ) throws {
        if let channels = int16ChannelData {
            try lend(channels, whole)
        } else if let channels = floatChannelData {
            try lend(channels, real)
        } else {
            throw MienError(.invalidOption, "the samples are neither 16-bit integers nor floating-point numbers")
        }
    }

    private func lend<Sample>(
        _ data: UnsafePointer<UnsafeMutablePointer<Sample>>,
        _ take: (UnsafeBufferPointer<Sample>, AudioFormat) throws -> Void
    ) throws {
        let (count, channels) = (Int(frameLength), Int(format.channelCount))
        let rateHz = Int(format.sampleRate.rounded())
        if channels == 1 || (format.isInterleaved && channels == 2) {
            let samples = UnsafeBufferPointer(start: data[0], count: count * channels)
            return try take(samples, AudioFormat(rateHz: rateHz, channels: channels))
        }
        let pair = (0..<count).flatMap { at in
            format.isInterleaved
                ? [data[0][at * channels], data[0][at * channels + 1]] : [data[0][at], data[1][at]]
        }
        try pair.withUnsafeBufferPointer { try take($0, AudioFormat(rateHz: rateHz, channels: 2)) }
    }
}
#endif
