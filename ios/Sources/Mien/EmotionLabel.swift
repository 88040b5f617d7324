/// The name of an emotion. Those that are known have a constant; a model pack or a head that was trained with other labels
/// has others, and a program goes on with names that it does not know.
///
/// It is encoded as plain text.
public struct EmotionLabel: Sendable, Hashable, Codable, RawRepresentable {
    /// The name as the head has it, such as `happy`. For people, translate it.
    public let name: String

    /// Creates a label of any name.
    public init(_ name: String) {
        self.name = name
    }

    /// The name.
    public var rawValue: String { name }

    /// Creates a label of any name.
    public init(rawValue name: String) {
        self.init(name)
    }
}

// The emotions that are known: those with a place in the plane of ``Affect``.
extension EmotionLabel {
    /// The face at rest.
    public static let neutral: EmotionLabel = "neutral"
    /// Happiness.
    public static let happy: EmotionLabel = "happy"
    /// Sadness.
    public static let sad: EmotionLabel = "sad"
    /// Anger.
    public static let anger: EmotionLabel = "anger"
    /// Fear.
    public static let fear: EmotionLabel = "fear"
    /// Disgust.
    public static let disgust: EmotionLabel = "disgust"
    /// Surprise.
    public static let surprise: EmotionLabel = "surprise"
    /// Contempt; the bundled networks do not know it.
    public static let contempt: EmotionLabel = "contempt"

    /// All of these.
    public static let known: [EmotionLabel] = [
        .neutral, .happy, .sad, .anger, .fear, .disgust, .surprise, .contempt,
    ]
}

extension EmotionLabel: Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Orders labels by name.
    public static func < (one: EmotionLabel, other: EmotionLabel) -> Bool {
        one.name < other.name
    }

    /// Creates a label of any name.
    public init(stringLiteral name: String) {
        self.init(name)
    }

    /// The name.
    public var description: String { name }
}
