import AVFoundation
import SwiftUI

/// The preview of the camera, scaled to fill its area as ``FaceOverlay`` expects.
struct CameraPreview: UIViewRepresentable {
    let camera: Camera

    func makeUIView(context: Context) -> PreviewView {
        let view = PreviewView()
        view.preview?.session = camera.session
        view.preview?.videoGravity = .resizeAspectFill
        return view
    }

    func updateUIView(_ view: PreviewView, context: Context) {
        if let device = camera.device { view.follow(device, for: camera) }
    }

    /// A preview that is upright in the view for any mounting of the sensor.
    final class PreviewView: UIView {
        override class var layerClass: AnyClass { AVCaptureVideoPreviewLayer.self }
        var preview: AVCaptureVideoPreviewLayer? { layer as? AVCaptureVideoPreviewLayer }

        private var coordinator: AVCaptureDevice.RotationCoordinator?
        private var observations: [NSKeyValueObservation] = []

        func follow(_ device: AVCaptureDevice, for camera: Camera) {
            guard coordinator == nil else { return }
            let coordinator = AVCaptureDevice.RotationCoordinator(device: device, previewLayer: preview)
            self.coordinator = coordinator
            let changed: @Sendable () -> Void = { [weak self, weak camera] in
                Task { @MainActor in
                    if let self, let camera { self.turn(for: camera) }
                }
            }
            observations = [
                coordinator.observe(\.videoRotationAngleForHorizonLevelPreview, options: .initial) { _, _ in changed()
                },
                coordinator.observe(\.videoRotationAngleForHorizonLevelCapture) { _, _ in changed() },
            ]
        }

        private func turn(for camera: Camera) {
            guard let coordinator else { return }
            let shown = coordinator.videoRotationAngleForHorizonLevelPreview
            if let connection = preview?.connection, connection.isVideoRotationAngleSupported(shown) {
                connection.videoRotationAngle = shown
            }
            let turn = Int((shown - coordinator.videoRotationAngleForHorizonLevelCapture).rounded())
            camera.previewTurn = (turn % 360 + 360) % 360
        }
    }
}
