import Foundation
import XCTest

@testable import Mien

/// What a microphone source does when something happens; the contract is that of Kotlin's `MicrophoneTest`.
final class MicrophoneTests: XCTestCase {
    private static let broken = MienError(.internal, "broken")

    /// A microphone that notes what is done with it.
    private final class Played: @unchecked Sendable {
        private(set) var notes: [String] = []
        /// The error with which it does not open.
        var refusal: (any Error)?
        private(set) var control: MicrophoneControl!

        init() {
            control = MicrophoneControl(
                open: { [unowned self] _ in
                    if let refusal { throw refusal }
                    notes.append("open")
                },
                stop: { [unowned self] in notes.append("stop") },
                interrupted: { [unowned self] in notes.append("interrupted \($0)") },
                failed: { [unowned self] in notes.append("failed \($0.code)") },
                later: { $0() })
        }

        func hear(_ work: () throws -> Void = {}) {
            control.pass {
                notes.append("sound")
                try work()
            }
        }

        /// The notes since the last call.
        func noted() -> [String] {
            defer { notes = [] }
            return notes
        }
    }

    func testSoundIsPassedOnUntilTheEnd() throws {
        let microphone = Played()
        microphone.hear()
        try microphone.control.start()
        try microphone.control.start()
        microphone.hear()
        microphone.control.close()
        microphone.control.close()
        microphone.hear()
        XCTAssertEqual(microphone.noted(), ["open", "sound", "stop"])
        try microphone.control.start()
        XCTAssertEqual(microphone.noted(), ["open"])
    }

    func testAnInterruptionPausesAndIsToldAndSoundComesAgainAfterIt() throws {
        let microphone = Played()
        try microphone.control.start()
        microphone.control.handle(.interrupted)
        microphone.control.handle(.interrupted)
        microphone.hear()
        // The device may change meanwhile.
        microphone.control.handle(.changed)
        try microphone.control.start()
        microphone.control.handle(.returned)
        microphone.control.handle(.returned)
        microphone.hear()
        XCTAssertEqual(
            microphone.noted(), ["open", "stop", "interrupted true", "open", "interrupted false", "sound"])
        microphone.control.handle(.interrupted)
        microphone.control.close()
        microphone.control.handle(.returned)
        XCTAssertEqual(microphone.noted(), ["stop", "interrupted true"])
    }

    func testAnErrorOfTheMicrophoneOrOfTheCallerEndsTheRecording() throws {
        let microphone = Played()
        try microphone.control.start()
        microphone.control.handle(.failed(Self.broken))
        microphone.hear()
        XCTAssertEqual(microphone.noted(), ["open", "stop", "failed Internal"])
        try microphone.control.start()
        microphone.hear { throw MienError(.closed, "the session is closed") }
        microphone.hear { throw MienError(.closed, "the session is closed") }
        XCTAssertEqual(microphone.noted(), ["open", "sound", "stop", "failed Closed"])
        try microphone.control.start()
        microphone.hear { throw CocoaError(.fileNoSuchFile) }
        XCTAssertEqual(microphone.noted(), ["open", "sound", "stop", "failed Internal"])
        microphone.control.handle(.failed(Self.broken))
        microphone.control.handle(.interrupted)
        XCTAssertEqual(microphone.noted(), [], "nothing records")
    }

    func testAnotherDeviceIsOpenedAndOneThatDoesNotOpenIsAnError() throws {
        let microphone = Played()
        microphone.refusal = MienError(.invalidOption, "no permission")
        XCTAssertThrowsError(try microphone.control.start()) {
            XCTAssertEqual(($0 as? MienError)?.code, .invalidOption)
        }
        XCTAssertEqual(microphone.noted(), [], "the caller has the error")
        microphone.refusal = nil
        try microphone.control.start()
        microphone.control.handle(.changed)
        microphone.hear()
        XCTAssertEqual(microphone.noted(), ["open", "stop", "open", "sound"])
        microphone.refusal = MienError(.invalidOption, "there is no microphone")
        microphone.control.handle(.changed)
        microphone.hear()
        XCTAssertEqual(microphone.noted(), ["stop", "stop", "failed InvalidOption"])
        microphone.refusal = nil
        try microphone.control.start()
        microphone.control.handle(.interrupted)
        microphone.refusal = Self.broken
        microphone.control.handle(.returned)
        XCTAssertEqual(
            microphone.noted(), ["open", "stop", "interrupted true", "stop", "failed Internal"])
    }
}
