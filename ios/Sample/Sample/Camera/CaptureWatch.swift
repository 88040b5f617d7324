@preconcurrency import AVFoundation

/// Watches a capture session: the system interrupts and resumes it, and it may fail.
final class CaptureWatch: Sendable {
    enum Event: Equatable {
        case interrupted(CameraCondition.Interruption)
        case resumed
        /// The system has restarted its media services: the session must be started again.
        case restarted
        case failed
    }

    private let observers: [Observer]

    /// - Parameter tell: called on any thread.
    init(_ session: AVCaptureSession, tell: @escaping @Sendable (Event) -> Void) {
        observers = [
            Observer(AVCaptureSession.wasInterruptedNotification, session) {
                let reason = $0.userInfo?[AVCaptureSessionInterruptionReasonKey] as? Int
                if let interruption = Self.interruption(reason) { tell(.interrupted(interruption)) }
            },
            Observer(AVCaptureSession.interruptionEndedNotification, session) { _ in tell(.resumed) },
            Observer(AVCaptureSession.runtimeErrorNotification, session) {
                let error = $0.userInfo?[AVCaptureSessionErrorKey] as? AVError
                tell(error?.code == .mediaServicesWereReset ? .restarted : .failed)
            },
        ]
    }

    /// Returns `nil` for the background, where nobody sees the picture.
    private static func interruption(_ reason: Int?) -> CameraCondition.Interruption? {
        switch reason.flatMap({ AVCaptureSession.InterruptionReason(rawValue: $0) }) {
        case .videoDeviceNotAvailableInBackground: nil
        case .videoDeviceInUseByAnotherClient: .otherApplication
        case .videoDeviceNotAvailableWithMultipleForegroundApps: .sharedScreen
        case .videoDeviceNotAvailableDueToSystemPressure: .pressure
        default: .other
        }
    }

    /// An observer that is removed when nobody holds it.
    private final class Observer: @unchecked Sendable {
        private let token: any NSObjectProtocol

        init(_ name: Notification.Name, _ session: AVCaptureSession, _ tell: @escaping @Sendable (Notification) -> Void)
        {
            token = NotificationCenter.default.addObserver(forName: name, object: session, queue: nil, using: tell)
        }

        deinit { NotificationCenter.default.removeObserver(token) }
    }
}
