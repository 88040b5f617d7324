// The part of BackgroundTasks that Sources/Mien/Apple/AdaptTaskRequests.swift calls, so that it is compiled without Apple's SDK.
// Names and types are those of iOS 16.
public import Foundation

open class BGTask: NSObject {
    public let identifier: String
    public var expirationHandler: (() -> Void)?
    /// What the task was completed with, for tests.
    public private(set) var completed: Bool?

    public init(identifier: String) {
        self.identifier = identifier
    }

    open func setTaskCompleted(success: Bool) {
        completed = success
    }
}

public final class BGProcessingTask: BGTask {}

open class BGTaskRequest: NSObject {
    public let identifier: String
    public var earliestBeginDate: Date?

    public init(identifier: String) {
        self.identifier = identifier
    }
}

public final class BGProcessingTaskRequest: BGTaskRequest {
    public var requiresNetworkConnectivity = false
    public var requiresExternalPower = false
}

public final class BGTaskScheduler: NSObject, @unchecked Sendable {
    public static let shared = BGTaskScheduler()
    /// What was registered, requested and cancelled, for tests.
    public private(set) var launchHandlers: [String: (BGTask) -> Void] = [:]
    public private(set) var requests: [BGTaskRequest] = []
    public private(set) var cancelled: [String] = []
    /// The error of the next requests, for tests.
    public var stubRefusal: (any Error)?

    public func register(
        forTaskWithIdentifier identifier: String, using queue: DispatchQueue?,
        launchHandler: @escaping (BGTask) -> Void
    ) -> Bool {
        launchHandlers.updateValue(launchHandler, forKey: identifier) == nil
    }

    public func submit(_ taskRequest: BGTaskRequest) throws {
        if let stubRefusal { throw stubRefusal }
        requests.append(taskRequest)
    }

    public func cancel(taskRequestWithIdentifier identifier: String) {
        cancelled.append(identifier)
    }
}
