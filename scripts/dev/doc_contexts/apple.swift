#if canImport(AVFoundation)
// IMPORTS
import AVFoundation
import Foundation
import Mien

/// What an application brings: its screen, its camera, its films.
private func show(_ values: Any?...) {}

private func block(
    engine: EmotionEngine, live: LiveSession, enrollment: Enrollment, result: FrameResult, captureSession: AVCaptureSession,
    previewLayer: AVCaptureVideoPreviewLayer, sampleBuffer: CMSampleBuffer, connection: AVCaptureConnection,
    asset: AVAsset, image: CGImage
) async throws {
    // BLOCK
}
#endif
