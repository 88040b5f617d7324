#if canImport(SampleModels)
import Foundation
import XCTest

@testable import Mien
@testable import SampleModels

/// A String Catalog as the tests read it.
struct StringCatalog {
    /// The forms of a text: `other` alone, or also `one` for a single thing.
    typealias Forms = [String: String]

    let source: String
    let texts: [String: [String: Forms]]

    init(_ name: String) throws {
        let data = try Data(contentsOf: SampleFiles.folder.appendingPathComponent("Resources/\(name).xcstrings"))
        let catalog = try XCTUnwrap(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        source = try XCTUnwrap(catalog["sourceLanguage"] as? String)
        let strings = try XCTUnwrap(catalog["strings"] as? [String: [String: Any]])
        texts = try strings.mapValues { entry in
            let localizations = try XCTUnwrap(entry["localizations"] as? [String: [String: Any]])
            return try localizations.mapValues(Self.forms)
        }
    }

    private static func forms(_ localization: [String: Any]) throws -> Forms {
        func text(_ unit: Any?) throws -> String {
            let unit = try XCTUnwrap((unit as? [String: Any])?["stringUnit"] as? [String: String])
            XCTAssertEqual(unit["state"], "translated")
            return try XCTUnwrap(unit["value"])
        }
        guard let variations = localization["variations"] as? [String: Any] else {
            return ["other": try text(localization)]
        }
        return try XCTUnwrap(variations["plural"] as? [String: Any]).mapValues(text)
    }

    /// Returns a phrase in a language, as the system writes it.
    func text(_ phrase: Phrase, _ language: String) -> String {
        phrase.text(locale: Locale(identifier: language)) { key in
            let forms = texts[key.rawValue]?[language] ?? [:]
            let single = phrase.arguments.contains(.count(1))
            return (single ? forms["one"] : nil) ?? forms["other"] ?? ""
        }
    }

    /// Returns the kinds of placeholders in the order of their positions: `lld` or `@`.
    static func placeholders(_ text: String) -> [String] {
        let found = text.matches(of: /%(?:(\d+)\$)?(lld|@|[^%])/).enumerated().map { number, match in
            (match.1.flatMap { Int($0) } ?? number + 1, String(match.2))
        }
        return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

/// The sources of the sample.
enum SampleFiles {
    static let project = Material.repository.appendingPathComponent("ios/Sample")
    static let folder = project.appendingPathComponent("Sample")

    /// Returns the code of all sources in a folder, without comments and previews.
    static func sources(_ part: String = "") throws -> [(name: String, code: String)] {
        let root = folder.appendingPathComponent(part)
        let paths = try XCTUnwrap(FileManager.default.enumerator(atPath: root.path)).compactMap { $0 as? String }
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            return (
                path, text.replacing(/(?s)#if os\(iOS\)\n#Preview.*?#endif/, with: "").replacing(/\/\/.*/, with: "")
            )
        }
    }

    /// Returns the texts between the parentheses of each call that matches, such as `say(…)`.
    static func calls(_ start: some RegexComponent, in code: String) -> [Substring] {
        code.ranges(of: start).map { range in
            let rest = code[range.upperBound...]
            var depth = 1
            let end = rest.firstIndex { letter in
                depth += letter == "(" ? 1 : letter == ")" ? -1 : 0
                return depth == 0
            }
            return rest[..<(end ?? rest.endIndex)]
        }
    }

    /// Returns the arguments of a call, which may contain calls themselves.
    static func arguments(_ call: Substring) -> [String] {
        var (depth, parts) = (0, [""])
        for letter in call {
            depth += "([{".contains(letter) ? 1 : ")]}".contains(letter) ? -1 : 0
            if letter == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(letter) }
        }
        return parts.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    }
}

/// All texts that people read are in the catalogs, in both languages.
final class SampleTextTests: XCTestCase {
    private let languages = ["de", "en"]

    func testEachTextIsInBothLanguages() throws {
        let catalog = try StringCatalog("Localizable")
        XCTAssertEqual(catalog.source, "en")
        XCTAssertEqual(catalog.texts.keys.sorted(), Phrase.Key.allCases.map(\.rawValue).sorted())
        for (key, text) in catalog.texts {
            XCTAssertEqual(text.keys.sorted(), languages, key)
            for forms in text.values {
                XCTAssert(forms.values.allSatisfy { !$0.trimmingCharacters(in: .whitespaces).isEmpty }, key)
                XCTAssert([["other"], ["one", "other"]].contains(forms.keys.sorted()), key)
            }
        }
    }

    func testPlaceholdersAreTheSameInAllLanguagesAndForms() throws {
        for name in ["Localizable", "InfoPlist"] {
            for (key, text) in try StringCatalog(name).texts {
                let all = text.values.flatMap(\.values).map(StringCatalog.placeholders)
                XCTAssertEqual(Set(all).count, 1, key)
                XCTAssert(all[0].allSatisfy { ["lld", "@"].contains($0) }, key)
                // Several placeholders have numbers, because their order differs between languages.
                for form in text.values.flatMap(\.values) where all[0].count > 1 {
                    XCTAssertEqual(form.matches(of: /%\d\$/).count, all[0].count, key)
                }
                // A plural is chosen by the only placeholder; more of them would need substitutions in the catalog.
                if text.values.contains(where: { $0.count > 1 }) { XCTAssertEqual(all[0], ["lld"], key) }
            }
        }
    }

    func testArgumentsFitThePlaceholders() throws {
        let catalog = try StringCatalog("Localizable")
        var checked = 0
        for (name, code) in try SampleFiles.sources() {
            for call in SampleFiles.calls(/\bPhrase\(/, in: code) {
                let parts = SampleFiles.arguments(call)
                let kinds = try parts.dropFirst().map { argument in
                    let kind = try XCTUnwrap(argument.firstMatch(of: /^\.(\w+)\(/), "\(name): \(call)").1
                    return kind == "count" ? "lld" : "@"
                }
                // A choice between two keys has one placeholder list.
                let keys = parts[0].matches(of: /\.([a-z]\w+)/).map { String($0.1) }.filter { catalog.texts[$0] != nil }
                XCTAssertFalse(keys.isEmpty && parts[0] != "key" && parts[0] != "_ key: Key", "\(name): \(call)")
                for key in keys {
                    let form = try XCTUnwrap(catalog.texts[key]?["en"]?["other"])
                    XCTAssertEqual(StringCatalog.placeholders(form), kinds, "\(name): \(key)")
                    checked += 1
                }
            }
        }
        XCTAssertGreaterThan(checked, 60)
    }

    func testEachTextIsUsed() throws {
        let code = try SampleFiles.sources().filter { $0.name != "Models/PhraseKeys.swift" }.map(\.code).joined()
        let used = Set(code.matches(of: /\.([a-z]\w+)/).map { String($0.1) })
        XCTAssertEqual(Phrase.Key.allCases.map(\.rawValue).filter { !used.contains($0) }, [])
        // Without arguments there is nothing to fill a placeholder.
        let catalog = try StringCatalog("Localizable")
        for key in code.matches(of: /say\(\s*\.([a-z]\w+)/).map({ String($0.1) }) {
            XCTAssertEqual(StringCatalog.placeholders(try XCTUnwrap(catalog.texts[key]?["en"]?["other"])), [], key)
        }
    }

    func testNoTextIsWrittenOutsideOfTheCatalog() throws {
        func letters(_ code: String) -> [String] {
            code.matches(of: /"((?:[^"\\\n]|\\.)*)"/).map { String($0.1).replacing(/\\\([^)]*\)+|\\./, with: "") }
                .filter { $0.contains { $0.isLetter } }
        }
        for (name, code) in try SampleFiles.sources("Views") where name != "Samples.swift" {
            // Names of symbols, in a choice too, and of what the scene keeps.
            let named = code.replacing(/systemImage: [^\n]*/, with: "").replacing(/SceneStorage\("\w+"\)/, with: "")
            XCTAssertEqual(letters(named), [], name)
        }
        for part in ["Models", "Camera"] {
            for (name, code) in try SampleFiles.sources(part) {
                XCTAssertEqual(letters(code).filter { $0.contains(" ") }, [], name)
            }
        }
        XCTAssertEqual(letters(#"Text("Hello \(name)")"#), ["Hello "])
    }

    func testPhrasesAreWrittenInTheLanguageOfThePerson() throws {
        let catalog = try StringCatalog("Localizable")
        func texts(_ phrase: Phrase) -> [String] { ["en", "de"].map { catalog.text(phrase, $0) } }
        XCTAssertEqual(texts(Phrase(.teachFrames, .count(1))), ["1 frame", "1 Bild"])
        XCTAssertEqual(texts(Phrase(.teachFrames, .count(20))), ["20 frames", "20 Bilder"])
        XCTAssertEqual(
            texts(Phrase(.captionNamedDoubt, .text("Anna 100 %"), .emotion("happy"))),
            ["Anna 100 %, perhaps happy", "Anna 100 %, vielleicht fröhlich"])
        XCTAssertEqual(texts(Phrase(.captionUnnamed, .emotion("bored"))), ["bored", "bored"])
        XCTAssertEqual(
            texts(Phrase(.teachRecording, .emotion("anger"), .count(2))),
            ["Recording: angry, frame 2", "Aufnahme: wütend, Bild 2"])
        XCTAssertEqual(
            texts(Phrase(.dayObserved, .decimal(1.25))), ["1.2 minutes recorded", "1,2 Minuten aufgezeichnet"])
        XCTAssertEqual(
            catalog.text(Phrase(.dayAffect, .signed(0.5), .signed(-0.25)), "de"),
            "Aus den Emotionen projiziert: Valenz +0,50, Erregung -0,25")
        XCTAssertEqual(catalog.text(Phrase(.dayPercent, .percent(0.5)), "en"), "50%")
        XCTAssertEqual(catalog.text(Phrase(.settingsVersion, .text("1 %@")), "de"), "Mien 1 %@")
    }

    func testEachEmotionOfTheBundledModelsIsTranslated() async throws {
        let labels = try await engineWithoutStore().labels
        XCTAssertEqual(labels.filter { Phrase.Key.emotion($0) == nil }, [])
        XCTAssertNil(Phrase.Key.emotion("bored"))
    }

    func testEachErrorIsToldInTheLanguageOfThePerson() {
        func error(_ code: ErrorCode) -> MienError {
            MienError(code, "the message", details: "the message of Anna")
        }
        let errors = ErrorCode.allCases.filter { $0 != .cancelled }.map(error)
        for error in errors {
            XCTAssertEqual(Failure(error)?.details, "the message of Anna", error.code.description)
        }
        XCTAssertEqual(Failure(MienError(.closed, "the message"))?.details, "the message")
        // A frame and its time are one to the person.
        XCTAssertEqual(Set(errors.compactMap { Failure($0)?.phrase }).count, errors.count - 1)
        XCTAssertNil(Failure(error(.cancelled)))
        let missing = Failure(CocoaError(.fileNoSuchFile))
        XCTAssertEqual(missing?.phrase, Phrase(.failureOther))
        XCTAssertEqual(missing?.details?.isEmpty, false)
    }

    func testTheReasonsForPermissionsAreInBothLanguages() throws {
        let catalog = try StringCatalog("InfoPlist")
        let project = try SampleProject()
        let reasons = project.keys.filter { $0.hasSuffix("UsageDescription") }
        XCTAssertEqual(reasons.count, 2)
        for key in reasons + ["CFBundleDisplayName"] {
            XCTAssertEqual(catalog.texts[key]?.keys.sorted(), languages, key)
            // What stands in the project and in the catalog is the same.
            XCTAssertEqual(
                project.settings("INFOPLIST_KEY_" + key), [try XCTUnwrap(catalog.texts[key]?["en"]?["other"])])
        }
    }
}

/// The Xcode project of the sample.
struct SampleProject {
    let text: String

    init() throws {
        let file = SampleFiles.project.appendingPathComponent("Sample.xcodeproj/project.pbxproj")
        text = try String(contentsOf: file, encoding: .utf8)
    }

    /// The keys of Info.plist that the project sets.
    var keys: Set<String> { Set(text.matches(of: /INFOPLIST_KEY_(\w+) =/).map { String($0.1) }) }

    /// Returns the different values of a build setting.
    func settings(_ name: String) -> Set<String> {
        Set(
            text.matches(of: /\t(\w+) = (.*);/).filter { $0.1 == name }
                .map { $0.2.trimmingCharacters(in: CharacterSet(charactersIn: "\"")) })
    }
}

/// What a test can see of the project without Xcode.
final class SampleProjectTests: XCTestCase {
    func testTheProjectKnowsItsLanguagesAndItsDevices() throws {
        let project = try SampleProject()
        let regions = try XCTUnwrap(project.text.firstMatch(of: /knownRegions = \(([^)]*)\)/)).1
        XCTAssertEqual(SampleFiles.arguments(regions).filter { !$0.isEmpty }, ["en", "de", "Base"])
        XCTAssertEqual(project.settings("TARGETED_DEVICE_FAMILY"), ["1,2"])
        for device in ["iPhone", "iPad"] {
            let orientations = project.settings("INFOPLIST_KEY_UISupportedInterfaceOrientations_" + device)
            XCTAssertEqual(orientations.count, 1)
            XCTAssert(orientations.allSatisfy { $0.contains("LandscapeLeft") && $0.contains("LandscapeRight") })
        }
        // The group takes all files of its folder, so the catalogs are resources without a line of their own.
        XCTAssert(project.text.contains(/isa = PBXFileSystemSynchronizedRootGroup; path = Sample;/))
        XCTAssert(project.text.contains("fileSystemSynchronizedGroups"))
        XCTAssert(project.text.contains("isa = PBXResourcesBuildPhase"))
    }

    func testTheIconIsThereForEachAppearance() throws {
        let project = try SampleProject()
        XCTAssertEqual(project.settings("ASSETCATALOG_COMPILER_APPICON_NAME"), ["AppIcon"])
        XCTAssertEqual(project.settings("ASSETCATALOG_COMPILER_GLOBAL_ACCENT_COLOR_NAME"), ["AccentColor"])
        let assets = SampleFiles.folder.appendingPathComponent("Resources/Assets.xcassets")
        func contents(_ set: String) throws -> [String: Any] {
            let data = try Data(contentsOf: assets.appendingPathComponent("\(set)/Contents.json"))
            return try XCTUnwrap(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        }
        let images = try XCTUnwrap(try contents("AppIcon.appiconset")["images"] as? [[String: Any]])
        let appearances = images.map { ($0["appearances"] as? [[String: String]])?.first?["value"] ?? "any" }
        XCTAssertEqual(appearances, ["any", "dark", "tinted"])
        for image in images {
            let name = try XCTUnwrap(image["filename"] as? String)
            let header = [UInt8](try Data(contentsOf: assets.appendingPathComponent("AppIcon.appiconset/\(name)")))
            XCTAssertEqual(Array(header[1..<4]), Array("PNG".utf8))
            // Width and height, 1024 pixels each.
            XCTAssertEqual(Array(header[16..<24]), [0, 0, 4, 0, 0, 0, 4, 0], name)
            XCTAssertLessThan(header.count, 50_000, name)
        }
        let colors = try XCTUnwrap(try contents("AccentColor.colorset")["colors"] as? [[String: Any]])
        XCTAssertEqual(colors.map { $0["appearances"] == nil }, [true, false])
    }

    func testNoViewOwnsAModel() throws {
        // A view goes when the window becomes narrower, and what it owns goes with it.
        for (name, code) in try SampleFiles.sources("Views") {
            XCTAssertFalse(code.contains(/@State[^\n]*(Model|Screens)\b/), name)
        }
        XCTAssert("@State private var live = LiveModel()".contains(/@State[^\n]*(Model|Screens)\b/))
    }

    func testEachPageHasAPreview() throws {
        let views = SampleFiles.folder.appendingPathComponent("Views")
        for (name, code) in try SampleFiles.sources("Views") where code.contains(": View {") && name != "Samples.swift"
        {
            let text = try String(contentsOf: views.appendingPathComponent(name), encoding: .utf8)
            let declares = code.contains(/struct \w+(<.*>)?: View \{/)
            XCTAssert(!declares || text.contains("#Preview"), "\(name) has no preview")
        }
    }
}
#endif
