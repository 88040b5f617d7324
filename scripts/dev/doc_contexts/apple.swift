#if canImport(AVFoundation)
// IMPORTS

/// What an application brings: its screen, its engine, its camera, its films.
private func show(_ values: Any?...) {}

private enum MyApp {
    static func engine() async throws -> GivenEngine { throw CancellationError() }
}

private func block(
    engine: GivenEngine, live: GivenLive, enrollment: GivenEnrollment, result: GivenFrameResult,
    captureSession: GivenCapture, previewLayer: GivenPreview, sampleBuffer: GivenBuffer, connection: GivenConnection,
    asset: GivenAsset, image: GivenImage
) async throws {
    // BLOCK
}
#endif
