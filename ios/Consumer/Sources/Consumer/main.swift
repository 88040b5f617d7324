import Foundation
import Mien

/// Analyzes pictures with the models that the package brings.
let engine = try await EmotionEngine.create(store: nil)
for picture in CommandLine.arguments.dropFirst() {
    let url = URL(fileURLWithPath: picture)
    for face in try await engine.process(picture: Data(contentsOf: url)).faces {
        print("\(url.lastPathComponent): \(face.emotion?.label.name ?? "no emotion")")
    }
}
engine.close()
