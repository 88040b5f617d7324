import Foundation
import UIKit
import XCTest

@testable import Mien

final class PowerTests: XCTestCase {
    func testAWarmerDeviceHasALowerBudget() {
        let budget = PowerBudget.init(_:isLowPowerModeEnabled:)
        let states: [ProcessInfo.ThermalState] = [.nominal, .fair, .serious, .critical]
        XCTAssertEqual(states.map { budget($0, false) }, [.full, .balanced, .saver, .critical])
        XCTAssertEqual(states.map { budget($0, true) }, [.saver, .saver, .saver, .critical])
    }

    func testTheBudgetsAreTheOneNowAndThenEachChange() async {
        stubPower.stubSet(.fair, isLow: false)
        defer { stubPower.stubSet(.nominal, isLow: false) }
        XCTAssertEqual(ProcessInfo.processInfo.powerBudget, .balanced)
        var budgets = ProcessInfo.processInfo.powerBudgets().makeAsyncIterator()
        let first = await budgets.next()
        XCTAssertEqual(first, .balanced)
        stubPower.stubSet(.critical, isLow: false)
        NotificationCenter.default.post(name: ProcessInfo.thermalStateDidChangeNotification, object: nil)
        let warm = await budgets.next()
        XCTAssertEqual(warm, .critical)
        stubPower.stubSet(.nominal, isLow: true)
        NotificationCenter.default.post(name: .NSProcessInfoPowerStateDidChange, object: nil)
        let low = await budgets.next()
        XCTAssertEqual(low, .saver)
    }
}
