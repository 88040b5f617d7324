import BackgroundTasks
import Foundation
import XCTest

@testable import Mien

/// Tests of what ``AdaptTask`` asks of the system.
final class AdaptTaskTests: XCTestCase {
    func testATaskIsRegisteredRequestedRunAndRequestedAgainIfItExpires() async throws {
        let system = BGTaskScheduler.shared
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let learning = AdaptTask("io.mien.learn") {
            begin.yield()
            try await Task.sleep(nanoseconds: 60_000_000_000)
            throw CocoaError(.fileNoSuchFile)
        }
        XCTAssert(learning.register())
        XCTAssertFalse(learning.register(), "once")
        let tomorrow = Date(timeIntervalSinceNow: 86_400)
        try learning.submit(requiresExternalPower: true, earliest: tomorrow)
        let request = try XCTUnwrap(system.requests.last as? BGProcessingTaskRequest)
        XCTAssertEqual(request.identifier, "io.mien.learn")
        XCTAssert(request.requiresExternalPower && !request.requiresNetworkConnectivity)
        XCTAssertEqual(request.earliestBeginDate, tomorrow)

        let task = BGProcessingTask(identifier: "io.mien.learn")
        try XCTUnwrap(system.launchHandlers["io.mien.learn"])(task)
        _ = await begun.first { _ in true }
        XCTAssertNil(task.completed)
        try XCTUnwrap(task.expirationHandler)()
        while task.completed == nil { try await Task.sleep(nanoseconds: 1_000_000) }
        XCTAssertEqual(task.completed, false)
        XCTAssertEqual(system.requests.count, 2, "the users who are not done are still due")
        system.stubRefusal = CocoaError(.featureUnsupported)
        do {
            try learning.submit()
            XCTFail("a refused request is an error")
        } catch {
            XCTAssertEqual(error.code, .invalidOption)
            XCTAssert(error.message.contains("3328"), error.message)
        }
        system.stubRefusal = nil
        learning.cancel()
        XCTAssertEqual(system.cancelled, ["io.mien.learn"])
    }
}
