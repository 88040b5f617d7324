//! Compares the public names of Kotlin and Swift, and writes the page of names from the dumps of both APIs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use syn::Item;

use crate::model::Contract;
use crate::text::{lower, spellings};

/// The dumps of Kotlin's API, which `ApiTest` and `ComposeApiTest` write, and of Swift's, which `scripts/apple/api.sh` writes.
const KOTLIN: [&str; 4] = [
    "android/api/mien.api",
    "android/api/mien-camerax.api",
    "android/api/mien-compose.api",
    "android/api/mien-work.api",
];
const SWIFT: &str = "ios/api/Mien.txt";

/// Kotlin's name and Swift's, if more than the spelling differs.
const SAME: [(&str, &str); 11] = [
    ("AdaptWorker", "AdaptTask"),
    ("AdaptWorker.cancel", "AdaptTask.cancel"),
    ("AdaptWorker.enqueue", "AdaptTask.submit"),
    ("Affect.of", "Affect.init"),
    ("CameraFeed.mirror", "CameraFeed.isMirrored"),
    ("CameraFeed.useCase", "CameraFeed.attach"),
    ("FitOptions.of", "FitOptions.init"),
    ("Frame.packed", "Frame.init"),
    ("ModelPack.read", "ModelPack.init"),
    ("TimelineEvent.of", "TimelineEvent.init"),
    ("powerBudget", "PowerBudget.init"),
];

/// Names, or whole types, that one language has alone, and why.
const KOTLIN_ALONE: &[(&str, &str)] = &[
    ("AdaptWorker.CODE", "WorkManager's output; BackgroundTasks has none"),
    ("AdaptWorker.MAX_ATTEMPTS", "BackgroundTasks decides itself how often it runs"),
    ("AdaptWorker.SHARE", "WorkManager's progress; BackgroundTasks has none"),
    ("AdaptWorker.USER", "WorkManager's progress; BackgroundTasks has none"),
    ("AdaptWorker.USERS", "WorkManager's progress; BackgroundTasks has none"),
    ("AdaptWorker.WORK", "a name of WorkManager"),
    ("AdaptWorker.doWork", "WorkManager calls it"),
    ("AppStorage", "Android only; Swift: StoreLocation.application"),
    ("CameraFeed.analyze", "CameraX calls it"),
    ("Clips.close", "Swift frees it automatically"),
    ("FaceBox", "Jetpack Compose only; Swift: FrameTransform"),
    ("FaceOverlay", "Jetpack Compose only; Swift: FrameTransform"),
    ("FaceOverlayStyle", "Jetpack Compose only; Swift: FrameTransform"),
    ("Frame.copy", "Swift's Data owns its bytes"),
    ("Frame.copyOf", "Swift's Data owns its bytes"),
    ("Frame.crop", "Android's images have a crop rectangle"),
    ("Frame.flip", "Kotlin reuses frames; an argument in Swift"),
    ("Frame.format", "Kotlin reuses frames"),
    ("Frame.mirror", "Kotlin reuses frames; an argument in Swift"),
    ("Frame.semiPlanar", "Swift has one initializer for all planes"),
    ("Frame.setBitmap", "Android only: android.graphics.Bitmap; Swift's initializers take pictures"),
    ("Frame.setImage", "Android: android.media.Image; Java VM: BufferedImage"),
    ("Frame.setNv21", "Android only: bytes of a preview; Swift: Frame.init"),
    ("Frame.setPacked", "Kotlin reuses frames; Swift creates them without cost"),
    ("Frame.setSemiPlanar", "Kotlin reuses frames; Swift creates them without cost"),
    ("Frame.setYuv420", "Kotlin reuses frames; Swift creates them without cost"),
    ("Frame.videoRange", "Kotlin reuses frames; an argument in Swift"),
    ("Frame.yuv420", "Swift has one initializer for all planes"),
    ("KeyVault.key", "only engines use Swift's vault"),
    ("KeyVault.startedOver", "only engines use Swift's vault"),
    ("KeyWrapper", "Android only: wraps with the Keystore; Swift: KeyKeeper"),
    ("KeystoreWrapper", "Android only: Keystore"),
    ("ModelFiles", "Swift reads a folder, or bytes"),
    ("ModelPack.MANIFEST", "Swift reads a folder"),
    ("ModelPack.close", "Swift frees it automatically"),
    ("SampleFormat", "Swift's arrays have a type"),
    ("closeWith", "Swift's tasks end with their owner"),
    ("getPowerBudget", "Android only: of PowerManager; Swift: ProcessInfo.powerBudget"),
    ("powerBudgets", "Android only: of a Context; Swift: ProcessInfo.powerBudgets"),
];
const SWIFT_ALONE: &[(&str, &str)] = &[
    ("AdaptTask.identifier", "BackgroundTasks names tasks"),
    ("AdaptTask.register", "WorkManager creates workers by their class"),
    ("CameraFeed.captureOutput", "AVFoundation calls it"),
    ("CameraFeed.detach", "Apple only; Kotlin: unbind the use case"),
    ("CameraFeed.droppedFrames", "Apple only: CameraX does not report them"),
    ("CameraFeed.orientation", "Apple only: overrides the orientation of the buffers"),
    ("CameraOrientation", "Apple only: AVFoundation"),
    ("EmotionLabel.rawValue", "Swift's RawRepresentable"),
    ("FaceBounds.cgRect", "Apple only: Core Graphics"),
    ("FacePoint.cgPoint", "Apple only: Core Graphics"),
    ("KeyKeeper", "Apple only: keeps the key; Kotlin: KeyWrapper"),
    ("Keychain", "Apple only; Kotlin: KeystoreWrapper"),
    ("LiveResults", "Swift's AsyncSequence with a type of error; Kotlin: Flow"),
    ("ModelPack.bundled", "Kotlin: create takes a Context"),
    ("StoreKey", "Kotlin uses arrays of bytes"),
    ("StoreLocation.application", "Kotlin: AppStorage"),
    ("TimedFrame", "Apple only: AVFoundation"),
    ("TimelineTime", "Kotlin: Instant or Duration"),
    ("VideoFrames", "Apple only: AVFoundation; Kotlin: setImage for images of MediaCodec"),
];

/// Members of Swift's types that its protocols ask for, and why.
const SWIFT_MADE: [(&str, &str); 7] = [
    ("customMirror", "for printing in Swift"),
    ("debugDescription", "for printing in Swift"),
    ("description", "for printing in Swift"),
    ("encode", "Swift's Encodable"),
    ("errorDescription", "Swift's LocalizedError"),
    ("id", "Swift's Identifiable"),
    ("recoverySuggestion", "Swift's LocalizedError"),
];

/// Kotlin's types that Rust calls otherwise.
const RUST_TYPES: [(&str, &str); 13] = [
    ("AdaptProgress", "Progress"),
    ("CalibrationFigures", "Figures"),
    ("Clips", "Footage"),
    ("EmotionEngine", "Engine"),
    ("EmotionTimeline", "Engine"),
    ("ErrorCode", "ErrorKind"),
    ("LearningMode", "Mode"),
    ("LiveStatistics", "Statistics"),
    ("MienError", "Error"),
    ("StoreLimits", "Limits"),
    ("StreamEvent", "Event"),
    ("TimelineEvent", "Event"),
    ("Users", "Engine"),
];

const BEGIN: &str = "# Names

The public names in each language. `make contract` writes this page from the dumps of the APIs (`android/api`, `ios/api`) and the
declarations in Rust; it fails if a name is missing in one language. An empty cell under Rust: the core has another interface
(`cargo doc -p mien-core`) or the libraries add it. `mien-java` has futures, listeners and `java.time` for the same functions.

About `verify` and `Identity`: Identification is no lock: a photograph of the user passes, and of
strangers' pictures 0.22 % (LFW) and 0.52 % (KDEF) were taken for a user, by `mien eval identity --data DIR`.

About `LiveSession.results`, the same in Kotlin and Swift:

- A frame that failed is an element with an `error`; the session goes on.
- `close`, of the session or its engine, ends them at once and drops what was not read; `finish` lets the results
  of the frames that were taken come first.
- They throw `Internal` only if the session itself has failed. A reader that is cancelled takes none with it.

Names that end in `Blocking` do on the caller's thread what those without do off it. Flags read as assertions. Times are a `Duration`
(of `kotlin.time` and of Swift), an `Instant` or a `Date`; Rust's are numbers with their unit (`_us`, `_ms`).

About `MicrophoneSource`:

- Without the permission for the microphone, or without a microphone, `start` throws.
- An error ends the recording, one of the microphone as one that `take` throws: `failed` gets it once, and
  `start` begins again.
- A call, or another application that takes the microphone, pauses the recording: `interrupted` is called with
  true, and with false when sound comes again. On Android from 10 on; before, it is an error.
- Another device, or another format of it, restarts the recording; the sound has a gap.

| Rust | Kotlin | Swift | |
|---|---|---|---|
";

/// The page `docs/API.md`.
///
/// # Errors
/// The names that one language lacks without a reason.
pub fn page(root: &Path, contract: &Contract, rust: &[Item]) -> Result<String, String> {
    let read = |path: &str| fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"));
    let swift = swift_names(&read(SWIFT)?);
    let mut kotlin = BTreeSet::new();
    for path in KOTLIN {
        kotlin.extend(kotlin_names(&read(path)?, &swift));
    }
    let (rows, missing) = paired(&kotlin, &swift);
    if !missing.is_empty() {
        return Err(missing.join("\n"));
    }
    let mut rust = rust_names(rust);
    for one in &contract.types {
        let fields = one.fields().into_iter().map(|field| field.name.clone());
        rust.entry(one.name.clone()).or_default().extend(fields);
    }
    let mut text = BEGIN.to_owned();
    let code = |name: &str| if name.is_empty() { "—".to_owned() } else { format!("`{name}`") };
    for (kotlin, swift, note) in rows {
        let name = if kotlin.is_empty() { &swift } else { &kotlin };
        let _ = writeln!(text, "| {} | {} | {} | {note} |", in_rust(name, &rust), code(&kotlin), code(&swift));
    }
    Ok(text)
}

/// A name without capitals and underscores.
fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

/// `getMaxFaces` -> `maxFaces`; the getters of flags have the name of the flag.
fn of_getter(name: &str) -> Option<String> {
    let rest = name.strip_prefix("get")?;
    rest.starts_with(char::is_uppercase).then(|| lower(rest))
}

/// Kotlin's names in a dump: types, and members as `Type.member`. A setter that Swift has no name for is that of a
/// property.
fn kotlin_names(dump: &str, swift: &BTreeSet<String>) -> BTreeSet<String> {
    let swift: BTreeSet<String> = swift.iter().map(|name| plain(name)).collect();
    let mut names = BTreeSet::new();
    let mut owner = String::new();
    for line in dump.lines() {
        if let Some(declared) = line.strip_prefix("public ") {
            let path = declared.split(' ').find(|word| word.starts_with("io/mien/")).unwrap_or_default();
            let path: Vec<&str> = path.rsplit('/').next().unwrap_or_default().split('$').collect();
            owner = match path[..] {
                [kind] if kind.ends_with("Kt") => "Kt".to_owned(),
                [kind] | [kind, "Companion"] => kind.to_owned(),
                // Swift's options are structures: every property can be set.
                [_, "Builder"] => String::new(),
                [kind, case] => {
                    names.insert(format!("{kind}.{case}"));
                    String::new()
                }
                _ => String::new(),
            };
            if !owner.is_empty() && owner != "Kt" {
                names.insert(owner.clone());
            }
        } else if let Some(member) = line.strip_prefix("\tpublic").filter(|_| !owner.is_empty())
            && let Some(name) = kotlin_member(member, &owner, &swift)
        {
            names.insert(name);
        }
    }
    names
}

fn kotlin_member(line: &str, owner: &str, swift: &BTreeSet<String>) -> Option<String> {
    const MADE: [&str; 10] = [
        "<init>",
        "copy",
        "equals",
        "hashCode",
        "toString",
        "valueOf",
        "values",
        "getEntries",
        "toBuilder",
        "compareTo",
    ];
    if line.contains(" synthetic ") {
        return None;
    }
    if let Some((_, field)) = line.split_once(" field ") {
        let name = field.split(' ').next()?;
        return (!["$stable", "Companion", "INSTANCE"].contains(&name)).then(|| format!("{owner}.{name}"));
    }
    let (name, signature) = line.split_once(" fun ")?.1.split_once(' ')?;
    // What takes or returns a duration has a suffix.
    let name = name.split('-').next()?;
    if (MADE.contains(&name) && !(owner == "Frame" && name == "copy")) || name.starts_with("component") {
        return None;
    }
    let name = if signature.starts_with("()") { of_getter(name) } else { None }.unwrap_or_else(|| name.to_owned());
    if owner == "Kt" {
        // An extension, of a type or of its companion.
        let on = signature.strip_prefix("(Lio/mien/").and_then(|rest| rest.split([';', '$']).next());
        return Some(on.map_or_else(|| name.clone(), |on| format!("{on}.{name}")));
    }
    let full = format!("{owner}.{name}");
    let is_setter = name.starts_with("set") && name[3..].starts_with(char::is_uppercase);
    let sets_a_property = is_setter && !swift.contains(&plain(&full)) && reason(&full, KOTLIN_ALONE).is_none();
    (!sets_a_property).then_some(full)
}

/// Swift's names in a dump: types, and members as `Type.member`.
fn swift_names(dump: &str) -> BTreeSet<String> {
    let initializers: Vec<&str> = SAME.iter().map(|(_, swift)| *swift).filter(|name| name.ends_with(".init")).collect();
    let mut names = BTreeSet::new();
    for line in dump.lines() {
        let Some((name, kind)) = line.split_once(": ") else { continue };
        // The arguments of a function are no part of its name.
        let name = name.split('(').next().unwrap_or_default();
        let parts: Vec<&str> = name.split('.').collect();
        let is_shown = !name.contains("__")
            && !kind.starts_with("typealias")
            && parts.len() <= 2
            && (parts.last() != Some(&"init") || initializers.contains(&name))
            && parts.last().is_some_and(|last| last.starts_with(char::is_alphabetic));
        if is_shown {
            names.insert(name.to_owned());
        }
    }
    names
}

/// Types of Rust with their members.
fn rust_names(items: &[Item]) -> BTreeMap<String, BTreeSet<String>> {
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let is_public = |visibility: &syn::Visibility| matches!(visibility, syn::Visibility::Public(_));
    for item in items {
        match item {
            Item::Struct(of) if is_public(&of.vis) => {
                let fields = of.fields.iter().filter(|field| is_public(&field.vis));
                let fields = fields.filter_map(|field| field.ident.as_ref().map(ToString::to_string));
                names.entry(of.ident.to_string()).or_default().extend(fields);
            }
            Item::Enum(of) if is_public(&of.vis) => {
                let cases = of.variants.iter().map(|case| case.ident.to_string());
                names.entry(of.ident.to_string()).or_default().extend(cases);
            }
            Item::Impl(of) if of.trait_.is_none() => {
                let syn::Type::Path(path) = &*of.self_ty else { continue };
                let Some(owner) = path.path.segments.last() else { continue };
                let functions = of.items.iter().filter_map(|item| match item {
                    syn::ImplItem::Fn(function) if is_public(&function.vis) => Some(function.sig.ident.to_string()),
                    _ => None,
                });
                names.entry(owner.ident.to_string()).or_default().extend(functions);
            }
            _ => {}
        }
    }
    names
}

/// Rust's name for Kotlin's; empty if there is none.
fn in_rust(name: &str, rust: &BTreeMap<String, BTreeSet<String>>) -> String {
    let (kind, member) = name.split_once('.').unwrap_or((name, ""));
    let kind = RUST_TYPES.iter().find(|(kotlin, _)| *kotlin == kind).map_or(kind, |(_, rust)| *rust);
    let Some(members) = rust.get(kind) else { return String::new() };
    if member.is_empty() {
        return format!("`{kind}`");
    }
    let same = |found: &&String| spellings(found).iter().any(|spelling| plain(spelling) == plain(member));
    members.iter().find(same).map(|found| format!("`{kind}::{found}`")).unwrap_or_default()
}

/// Why only one language has the name, or its type.
fn reason(name: &str, alone: &[(&'static str, &'static str)]) -> Option<&'static str> {
    let find = |wanted: &str| alone.iter().find(|(name, _)| *name == wanted).map(|(_, reason)| *reason);
    find(name).or_else(|| find(name.split('.').next().unwrap_or_default()))
}

/// Why only Swift has the name.
fn swift_reason(name: &str, swift: &BTreeSet<String>) -> Option<&'static str> {
    let member = name.split_once('.').map_or("", |(_, member)| member);
    let made = SWIFT_MADE.iter().find(|(made, _)| *made == member).map(|(_, reason)| *reason);
    let is_code = name.starts_with("MienError.") && swift.contains(&format!("ErrorCode.{member}"));
    reason(name, SWIFT_ALONE).or(made).or(is_code.then_some("for `catch`; Kotlin: `when (error.code)`"))
}

type Row = (String, String, &'static str);

/// Rows of Kotlin's name, Swift's and a note, and messages about names that one language lacks.
fn paired(kotlin: &BTreeSet<String>, swift: &BTreeSet<String>) -> (Vec<Row>, Vec<String>) {
    let by_plain: BTreeMap<String, &String> = swift.iter().map(|name| (plain(name), name)).collect();
    let twin_of = |name: &str| SAME.iter().find(|(kotlin, _)| *kotlin == name).map(|(_, swift)| (*swift).to_owned());
    let (mut rows, mut missing, mut met) = (Vec::new(), Vec::new(), BTreeSet::new());
    for name in kotlin {
        let (kind, member) = name.split_once('.').unwrap_or((name, ""));
        let kind = twin_of(kind).unwrap_or_else(|| kind.to_owned());
        let wanted = if member.is_empty() { kind } else { format!("{kind}.{member}") };
        let twin = twin_of(name).or_else(|| by_plain.get(&plain(&wanted)).map(|name| (*name).clone()));
        match (twin.filter(|twin| swift.contains(twin)), reason(name, KOTLIN_ALONE)) {
            (Some(twin), _) => {
                met.insert(twin.clone());
                rows.push((name.clone(), twin, ""));
            }
            (None, Some(reason)) => rows.push((name.clone(), String::new(), reason)),
            (None, None) => missing.push(format!("Swift lacks {name}")),
        }
    }
    for name in swift.iter().filter(|name| !met.contains(*name)) {
        match swift_reason(name, swift) {
            Some(reason) => rows.push((String::new(), name.clone(), reason)),
            None => missing.push(format!("Kotlin lacks {name}")),
        }
    }
    rows.sort_by_key(|(kotlin, swift, _)| plain(if kotlin.is_empty() { swift } else { kotlin }));
    (rows, missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KOTLIN: &str = "public final class io/mien/Live {
\tpublic final fun getPace ()Lio/mien/Pace;
\tpublic final fun setPace (Lio/mien/Pace;)V
\tpublic final fun isClosed ()Z
\tpublic final fun setMirror (Z)V
\tpublic final fun submit-VtjQ1oo (Lio/mien/Frame;J)V
\tpublic static synthetic fun submit$default (Lio/mien/Live;)V
}

public final class io/mien/Live$Options$Builder {
\tpublic final fun build ()V
}

public final class io/mien/ExtraKt {
\tpublic static final field $stable I
\tpublic static final fun create (Lio/mien/Live$Companion;)V
}
";

    #[test]
    fn names_are_read_from_both_dumps() {
        let swift = swift_names(
            "Live: class: Sendable\nLive.pace: var Pace\nLive.setPace(_:): func (Pace) -> ()\nLive.isClosed: var Bool\n\
             Live.submit(_:timestamp:): func (Frame, Duration) -> ()\nLive.create(): static func\nLive.init(): constructor\n\
             Live.Inner.x: var Int\nLive.==(_:_:): static func\n",
        );
        let expected = ["Live", "Live.create", "Live.isClosed", "Live.pace", "Live.setPace", "Live.submit"];
        assert_eq!(swift.iter().collect::<Vec<_>>(), expected);
        assert_eq!(kotlin_names(KOTLIN, &swift).iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_name_that_one_language_lacks_is_told() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let (rows, missing) = paired(&names(&["A", "A.KEEP_ALL", "B"]), &names(&["A", "A.keepAll", "C"]));
        let row = |name: &str, twin: &str| (name.to_owned(), twin.to_owned(), "");
        assert_eq!(rows, [row("A", "A"), row("A.KEEP_ALL", "A.keepAll")]);
        assert_eq!(missing, ["Swift lacks B", "Kotlin lacks C"]);
    }
}
