import Foundation
import Mien

/// What an application brings: its screen, its pictures, its files.
private func show(_ values: Any?...) {}
private func show(_ value: Any, of total: Any) {}

private func block(
    engine: EmotionEngine, live: LiveSession, video: VideoSession, enrollment: Enrollment, clips: Clips,
    frame: Frame, timestampUs: Int, url: URL, result: StreamResult, labeledClips: [(String, [Frame])],
    passphrase: String, folder: URL, from: Int, to: Int, nextFrame: @Sendable () async throws -> Frame
) async throws {
    // BLOCK
}
