#if canImport(Darwin) || canImport(UIKit)
public import Foundation

#if canImport(UIKit) && !canImport(Darwin)
// Foundation on Linux has no thermal state; the stub of UIKit has one.
public import UIKit
#endif

extension PowerBudget {
    /// Creates the power budget for a thermal state: nominal is ``full``, fair ``balanced``, serious ``saver`` and critical
    /// ``critical``. In low power mode it is ``saver`` at most.
    public init(_ thermalState: ProcessInfo.ThermalState, isLowPowerModeEnabled: Bool) {
        self =
            switch thermalState {
            case .nominal: isLowPowerModeEnabled ? .saver : .full
            case .fair: isLowPowerModeEnabled ? .saver : .balanced
            case .serious: .saver
            case .critical: .critical
            @unknown default: .saver
            }
    }
}

extension ProcessInfo {
    /// The power budget for the state of the device now.
    public var powerBudget: PowerBudget {
        PowerBudget(thermalState, isLowPowerModeEnabled: isLowPowerModeEnabled)
    }

    /// Returns the power budgets for the state of the device: the one now, then each change, until the task is cancelled.
    ///
    /// ```swift
    /// for await power in ProcessInfo.processInfo.powerBudgets() {
    ///     var pace = live.pace
    ///     pace.power = power
    ///     try live.setPace(pace)
    /// }
    /// ```
    public func powerBudgets() -> AsyncStream<PowerBudget> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let center = NotificationCenter.default
            let names = [
                ProcessInfo.thermalStateDidChangeNotification, Notification.Name.NSProcessInfoPowerStateDidChange,
            ]
            let watches = names.map { name in
                let token = center.addObserver(forName: name, object: nil, queue: nil) { _ in
                    continuation.yield(ProcessInfo.processInfo.powerBudget)
                }
                return Watch(token)
            }
            continuation.onTermination = { _ in
                for watch in watches { center.removeObserver(watch.token) }
            }
            continuation.yield(powerBudget)
        }
    }
}

/// The token of an observer, which any thread may remove.
private struct Watch: @unchecked Sendable {
    let token: any NSObjectProtocol

    init(_ token: any NSObjectProtocol) { self.token = token }
}
#endif
