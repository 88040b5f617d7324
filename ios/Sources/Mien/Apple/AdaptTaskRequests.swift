#if canImport(BackgroundTasks) && !os(macOS)
import BackgroundTasks
public import Foundation

extension BGTask: ExpiringTask {}

extension AdaptTask {
    /// Registers the task with the system, which must be done before the application has launched, and once.
    ///
    /// - Returns: whether the identifier is permitted and was not registered before.
    @discardableResult
    public func register() -> Bool {
        BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: nil) { task in
            run(task) { try? submit() }
        }
    }

    /// Requests a run of the task when the device has time, usually while it is charged at night. A request that waits
    /// is replaced.
    ///
    /// - Parameters:
    ///   - requiresExternalPower: whether the device must be charging.
    ///   - earliest: the time before which it does not run.
    /// - Throws: ``ErrorCode/invalidOption`` with the code of `BGTaskScheduler.Error`, for example if the identifier is
    ///   not permitted.
    public func submit(requiresExternalPower: Bool = false, earliest: Date? = nil) throws(MienError) {
        let request = BGProcessingTaskRequest(identifier: identifier)
        request.requiresExternalPower = requiresExternalPower
        request.earliestBeginDate = earliest
        do {
            try BGTaskScheduler.shared.submit(request)
        } catch {
            throw MienError(
                .invalidOption, "the system does not accept the request of the task (\((error as NSError).code))",
                details: error.localizedDescription)
        }
    }

    /// Cancels a request that waits; users who are not done are still due.
    public func cancel() {
        BGTaskScheduler.shared.cancel(taskRequestWithIdentifier: identifier)
    }
}
#endif
