/// What an application brings: its screen, its pictures, its files.
private func show(_ values: Any?...) {}
private func show(_ value: Any, of total: Any) {}

private func block(
    engine: GivenEngine, live: GivenLive, video: GivenVideo, enrollment: GivenEnrollment, clips: GivenClips,
    frame: GivenFrame, timestamp: Duration, url: GivenURL, result: GivenStreamResult,
    labeledClips: [(GivenLabel, [GivenFrame])], passphrase: String, folder: GivenURL, from: GivenDate, to: GivenDate,
    nextFrame: @Sendable () async throws -> GivenFrame
) async throws {
    // BLOCK
}
