import XCTest
@testable import Mien
final class EngineTests: XCTestCase { func testA() async throws { 
   let e = try await EmotionEngine.create(EngineOptions(store: .none)); XCTAssertEqual(e.labels.count, 7) } }
