import Foundation
import XCTest

@testable import Mien

final class LabelTests: XCTestCase {
    func testEveryKnownEmotionHasAPlaceInThePlaneOfAffect() throws {
        XCTAssertEqual(
            EmotionLabel.known.map(\.name),
            ["neutral", "happy", "sad", "anger", "fear", "disgust", "surprise", "contempt"])
        var places: Set<Affect> = []
        for label in EmotionLabel.known {
            places.insert(try XCTUnwrap(Affect([LabelProbability(label: label, probability: 1)]), "\(label)"))
        }
        XCTAssertEqual(places.count, EmotionLabel.known.count)
        XCTAssertNil(Affect([LabelProbability(label: "bored", probability: 1)]))
    }

    func testTheClassesOfTheBundledNetworkAreKnown() async throws {
        let labels = try await engineWithoutStore().labels
        XCTAssertEqual(Set(labels).count, labels.count)
        XCTAssertEqual(Set(EmotionLabel.known).subtracting(labels), [.contempt])
        XCTAssert(labels.allSatisfy(EmotionLabel.known.contains), "\(labels)")
    }

    func testTheConfidenceIsTheProbabilityOfTheLabel() async throws {
        let engine = try await engineWithoutStore()
        let probed = try await probe(engine)
        let emotion = try XCTUnwrap(probed)
        XCTAssertGreaterThan(emotion.confidence, 1 / Float(engine.labels.count))
        let own = emotion.probabilities.first { $0.label == emotion.label }
        XCTAssertEqual(emotion.confidence, own?.probability)
        XCTAssertEqual(Emotion(label: .sad, isAdapted: false).confidence, 0)
    }

    func testALabelIsItsName() throws {
        let label = EmotionLabel("bored")
        XCTAssertEqual([label, EmotionLabel(rawValue: "bored")], ["bored", "bored"])
        XCTAssertEqual([label.name, label.rawValue, "\(label)"], ["bored", "bored", "bored"])
        XCTAssertEqual([EmotionLabel.sad, .anger, .happy].sorted(), [.anger, .happy, .sad])
        let coded = try JSONEncoder().encode([label, .happy])
        XCTAssertEqual(String(decoding: coded, as: UTF8.self), #"["bored","happy"]"#)
        XCTAssertEqual(try JSONDecoder().decode([EmotionLabel].self, from: coded), [label, .happy])
    }
}
