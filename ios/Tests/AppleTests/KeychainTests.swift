import Foundation
import Mien
import Security
import XCTest

final class KeychainTests: XCTestCase {
    func testAnEntryIsAddedOnceReplacedReadAndRemoved() throws {
        let entry = Keychain("store", service: "test")
        XCTAssertNil(try entry.read())
        XCTAssertTrue(try entry.add(Data([1, 2])))
        XCTAssertFalse(try entry.add(Data([3])))
        XCTAssertEqual(try entry.read(), Data([1, 2]))
        try entry.replace(Data([4]))
        XCTAssertEqual(try entry.read(), Data([4]))
        XCTAssertNil(try Keychain("other", service: "test").read())
        try entry.remove()
        try entry.remove()
        XCTAssertNil(try entry.read())
        try entry.replace(Data([5]))
        XCTAssertEqual(try entry.read(), Data([5]))
        try entry.remove()
    }

    func testALockedDeviceIsNamed() {
        StubKeychain.refuse(errSecInteractionNotAllowed)
        defer { StubKeychain.refuse(nil) }
        let entry = Keychain("store", service: "test")
        for call: () throws -> Void in [
            { _ = try entry.read() }, { _ = try entry.add(Data()) }, { try entry.replace(Data()) },
            { try entry.remove() },
        ] {
            XCTAssertThrowsError(try call()) { error in
                XCTAssertTrue("\(error)".contains("before the device was unlocked"), "\(error)")
            }
        }
    }
}
