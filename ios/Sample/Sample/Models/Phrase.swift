import Foundation
import Mien

/// A text for people: a key of `Localizable.xcstrings` and the values of its placeholders.
///
/// Models hand out phrases, and views write them in the language of the person. A test compares all keys and arguments
/// with the catalog, so that no text is missing in a language.
struct Phrase: Hashable, Sendable {
    /// A value of a placeholder: `%lld` for a count, `%@` for everything else.
    enum Argument: Hashable, Sendable {
        /// A text as it is, like the name of a person.
        case text(String)
        /// A whole number, which may choose between singular and plural.
        case count(Int)
        /// A number with one decimal.
        case decimal(Double)
        /// A number from -1 to 1 with its sign and two decimals.
        case signed(Double)
        /// A share from 0 to 1, written in percent.
        case percent(Double)
        /// The label of an emotion, translated if it is known.
        case emotion(EmotionLabel)
    }

    let key: Key
    let arguments: [Argument]

    init(_ key: Key, _ arguments: Argument...) {
        (self.key, self.arguments) = (key, arguments)
    }

    /// Returns the text.
    ///
    /// - Parameters:
    ///   - locale: the locale of numbers.
    ///   - format: returns the text of a key, with placeholders.
    func text(locale: Locale = .current, _ format: (Key) -> String) -> String {
        guard !arguments.isEmpty else { return format(key) }
        return String(format: format(key), locale: locale, arguments: arguments.map { $0.value(locale, format) })
    }
}

extension Phrase.Argument {
    fileprivate func value(_ locale: Locale, _ format: (Phrase.Key) -> String) -> any CVarArg {
        switch self {
        case .count(let number): number
        case .text(let text): NSString(string: text)
        case .decimal(let number):
            NSString(string: number.formatted(.number.precision(.fractionLength(1)).locale(locale)))
        case .signed(let number):
            NSString(
                string: number.formatted(
                    .number.precision(.fractionLength(2)).sign(strategy: .always()).locale(locale)))
        case .percent(let share):
            NSString(string: share.formatted(.percent.precision(.fractionLength(0)).locale(locale)))
        case .emotion(let label): NSString(string: Phrase.Key.emotion(label).map(format) ?? label.name)
        }
    }
}

extension Phrase.Key {
    /// The key of the label of an emotion; `nil` for one that this application does not know, which is shown as it is.
    static func emotion(_ label: EmotionLabel) -> Phrase.Key? {
        switch label {
        case .neutral: .emotionNeutral
        case .happy: .emotionHappy
        case .sad: .emotionSad
        case .anger: .emotionAnger
        case .fear: .emotionFear
        case .disgust: .emotionDisgust
        case .surprise: .emotionSurprise
        default: nil
        }
    }
}

/// Returns the text of a key in the language of the person.
func say(_ key: Phrase.Key) -> String { say(Phrase(key)) }

/// Returns a phrase in the language of the person.
func say(_ phrase: Phrase) -> String {
    phrase.text { Bundle.main.localizedString(forKey: $0.rawValue, value: nil, table: nil) }
}

/// Returns the label of an emotion in the language of the person.
func say(emotion label: EmotionLabel) -> String {
    Phrase.Key.emotion(label).map { say($0) } ?? label.name
}
